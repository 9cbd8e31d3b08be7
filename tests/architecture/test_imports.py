"""What a command may load before it is asked to work: looking at the help must cost nothing."""

import subprocess
import sys

import pytest

from recommender.cli.root import COMMANDS

HEAVY = ("ortools", "pandas", "numpy", "pyVmomi", "sqlalchemy", "alembic", "apscheduler", "rich", "fastapi")


def modules_loaded_by(*arguments: str) -> set[str]:
    program = (
        "import sys\n"
        "from recommender.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(  # noqa: S603  # our own interpreter with our own arguments
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stderr.splitlines()}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), *((name, "--help") for name in COMMANDS)])
def test_looking_at_the_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert modules_loaded_by(*arguments) & set(HEAVY) == set()


def test_checking_a_configuration_loads_the_rules_for_their_names_and_nothing_else_that_is_heavy() -> None:
    assert modules_loaded_by("config", "check", "config/example.toml") & set(HEAVY) == {"numpy"}
