"""The README, the CI script and the package must tell the same story."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def commands_in_readme() -> list[str]:
    blocks = re.findall(
        r"```(?:sh|bash|console)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_ci_runs_the_very_test_command_that_the_readme_gives() -> None:
    command = commands_in_readme()[1]
    assert "pytest" in command
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace(" --quiet", "")
    assert script.rstrip().endswith(command)


def test_the_first_command_runs_the_main_job() -> None:
    assert commands_in_readme()[0].endswith("recommender demo")
