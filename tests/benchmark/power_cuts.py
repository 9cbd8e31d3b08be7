"""The power cut before each write and sync of a journal: ``python -m tests.benchmark.power_cuts --seeds 20``.

A seed decides which of the sectors that were not synced survive. Ends with 1 if anything that was committed is lost.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.unit.journal.power_cuts import cut, record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        recording = record(Path(folder) / "journal.db")
        cuts = 0
        wrong = []
        for seed in range(asked.seeds):
            for number in range(recording.number_of_writes):
                place = Path(folder) / f"{seed}-{number}"
                place.mkdir()
                left = cut(recording, number, seed=seed * recording.number_of_writes + number, place=place)
                cuts += 1
                if left.wrong:
                    wrong.append(f"seed {seed}, after {number} writes: {left.wrong}")
    print(f"{cuts} cuts, {len(wrong)} of them lost or damaged something", *wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
