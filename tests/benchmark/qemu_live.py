"""Migrations between two QEMU processes on this machine, next to their predictions: a guest of known write rate.

``python -m tests.benchmark.qemu_live``. Needs ``qemu-system-x86_64`` and ``gcc`` (with ``-m32 -ffreestanding``), no
root and no KVM; says so and ends where one is missing. The guest is ``guest/writer.c``, which runs without any system
below it. About a minute, and more exact the quieter the machine is.
"""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from recommender.migration.dirty_rate import PageClass
from recommender.migration.paced_precopy import PacedPrecopy, paced_precopy
from tests.benchmark.accuracy import line
from tests.benchmark.prediction_qemu import MIB_PER_MB, PAGE_MIB, PROCESS_MIB_S

GUEST: Final = Path(__file__).parent / "guest" / "writer.c"
QEMU, GCC = "qemu-system-x86_64", "gcc"
FIRST_MIB: Final = 8
GOAL_MS: Final = 300
LONGEST_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``ram_mib`` of the guest, all of it written once; ``rate_pps`` pages a second of the first ``ws_mib`` anew."""

    ram_mib: int
    ws_mib: int
    rate_pps: int
    is_sweep: bool
    cap_mb_s: int

    def predicted(self) -> PacedPrecopy:
        writes = PageClass(self.ws_mib, self.rate_pps * PAGE_MIB, is_sweep=self.is_sweep)
        return paced_precopy(
            float(self.ram_mib - FIRST_MIB),
            (writes,) if self.rate_pps else (),
            speed_mib_s=PROCESS_MIB_S,
            cap_mib_s=self.cap_mb_s * MIB_PER_MB,
            switchover_goal_s=GOAL_MS / 1000,
        )


CASES: Final = tuple(
    Case(ram_mib=ram, ws_mib=ws, rate_pps=rate, is_sweep=sweep, cap_mb_s=cap)
    for ram, ws, rate, sweep, cap in (
        (128, 0, 0, False, 40),
        (128, 16, 1_000, False, 40),
        (128, 32, 3_000, False, 40),
        (128, 32, 3_000, True, 40),
        (256, 64, 6_000, False, 80),
        (256, 64, 6_000, True, 80),
        (256, 128, 8_000, False, 100),
    )
)


def main() -> None:
    """Print predicted next to actual, and the error as in the other tables."""
    missing = [tool for tool in (QEMU, GCC) if shutil.which(tool) is None]
    if missing:
        sys.exit(f"skipped: {' and '.join(missing)} is not installed")
    print(
        "| RAM MiB | set MiB | pages/s | manner | cap MB/s | predicted s | actual s | downtime ms, predicted | actual |"
    )
    print("|---:|---:|---:|---|---:|---:|---:|---:|---:|")
    pairs = []
    with TemporaryDirectory() as folder:
        kernel = _built(Path(folder))
        for case in CASES:
            said, (actual_s, downtime_ms) = case.predicted(), _migrated(case, kernel, Path(folder))
            manner = "sweep" if case.is_sweep else "random"
            print(
                f"| {case.ram_mib} | {case.ws_mib} | {case.rate_pps} | {manner} | {case.cap_mb_s} | {said.seconds:.2f} "
                f"| {actual_s:.2f} | {1000 * said.downtime_s:.0f} | {downtime_ms:.0f} |",
                flush=True,
            )
            pairs.append((said.seconds, actual_s))
    print(line("qemu, live", pairs, "2.5 / – / 6"))


def _built(folder: Path) -> Path:
    kernel = folder / "writer.elf"
    flags = ["-m32", "-O2", "-ffreestanding", "-fno-pie", "-no-pie", "-nostdlib", "-static", "-fno-stack-protector"]
    layout = ["-Wl,-Ttext=0x101000", "-Wl,--section-start=.multiboot=0x100000", "-Wl,--build-id=none"]
    subprocess.run([GCC, *flags, *layout, "-o", kernel, GUEST], check=True)  # noqa: S603  # our own file
    return kernel


def _migrated(case: Case, kernel: Path, folder: Path) -> tuple[float, float]:
    """Total time in s and downtime in ms, as QEMU tells them."""
    port = _free_port()
    with (
        _qemu(case, kernel, folder / "to", ("-incoming", f"tcp:127.0.0.1:{port}")),
        _qemu(case, kernel, folder / "from") as source,
    ):
        _wait_for(folder / "from.serial", "ready")
        time.sleep(2.0)  # the guest keeps its rate from the first second on
        limits = {"max-bandwidth": case.cap_mb_s * 1_000_000, "downtime-limit": GOAL_MS}
        source.ask("migrate-set-parameters", **limits)
        source.ask("migrate", uri=f"tcp:127.0.0.1:{port}")
        until = time.monotonic() + LONGEST_S
        while (found := source.ask("query-migrate"))["status"] in ("setup", "active", "device"):
            if time.monotonic() > until:
                raise TimeoutError(f"not over in {LONGEST_S:.0f} s")
            time.sleep(0.1)
        if found["status"] != "completed":
            raise RuntimeError(f"QEMU says {found['status']}")
        return found["total-time"] / 1000, float(found["downtime"])


class _Monitor:
    """QEMU's machine protocol: one JSON text a line, asked and answered."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        text = json.dumps({"execute": command, "arguments": arguments}) + "\n"
        self._socket.sendall(text.encode())
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise RuntimeError(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]


@contextmanager
def _qemu(case: Case, kernel: Path, place: Path, further: tuple[str, ...] = ()) -> Iterator[_Monitor]:
    for suffix in (".qmp", ".serial"):
        place.with_suffix(suffix).unlink(missing_ok=True)
    told = f"ws={max(1, case.ws_mib)} rate={case.rate_pps} sweep={int(case.is_sweep)}"
    process = subprocess.Popen(  # noqa: S603  # our own kernel
        [
            *(QEMU, "-accel", "tcg", "-m", str(case.ram_mib), "-display", "none", "-nodefaults", "-vga", "none"),
            *("-kernel", str(kernel), "-append", told, "-serial", f"file:{place.with_suffix('.serial')}"),
            *("-qmp", f"unix:{place.with_suffix('.qmp')},server=on,wait=off", *further),
        ]
    )
    try:
        _wait_for(place.with_suffix(".qmp"), "")
        yield _Monitor(place.with_suffix(".qmp"))
    finally:
        process.kill()
        process.wait()


def _wait_for(path: Path, text: str) -> None:
    for _ in range(300):
        if path.exists() and (not text or text in path.read_text(encoding="utf-8")):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{path.name}: no {text or 'file'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
