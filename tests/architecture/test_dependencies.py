"""Libraries that were measured to behave in some way are kept to the versions of which that is true."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [
    *PROJECT["dependencies"],
    *(one for extra in PROJECT["optional-dependencies"].values() for one in extra),
]
RUNS_WHAT_IT_READS = {"pickle", "marshal", "shelve", "yaml", "dill", "cloudpickle"}


@pytest.mark.parametrize("wanted", ["pyvmomi>=9.1,<10", "apscheduler>=3.11,<4", "cronsim>=2.6,<3"])
def test_a_library_whose_traps_are_known_stays_within_its_major_version(wanted: str) -> None:
    assert wanted in REQUIREMENTS


def test_no_reader_of_yaml_and_no_wrapper_of_pyvmomi_is_asked_for() -> None:
    names = {re.split(r"[\[<>=~; ]", requirement)[0].lower() for requirement in REQUIREMENTS}
    assert names.isdisjoint({"pyyaml", "ruamel.yaml", "vcf-sdk"})


def test_nothing_of_ours_reads_a_format_that_can_run_code() -> None:
    for path in sorted((ROOT / "recommender").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert RUNS_WHAT_IT_READS.isdisjoint(alias.name.split(".")[0] for alias in node.names), path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in RUNS_WHAT_IT_READS, path
