"""``predict --csv``: many migrations at once, each from what stands before it in the file."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from recommender.report.prediction_csv import COLUMNS
from tests.unit.cli.front_door import FrontDoor


def answered(recommender: FrontDoor, tmp_path: Path, text: str, *more: str) -> list[dict[str, str]]:
    file = tmp_path / "cases.csv"
    file.write_text(text, encoding="utf-8")
    ended = recommender("predict", "--csv", str(file), "-o", "csv", *more)
    assert (ended.code, ended.stderr) == (0, "")
    return list(csv.DictReader(StringIO(ended.stdout)))


def test_a_row_says_what_the_numbers_alone_say(recommender: FrontDoor, tmp_path: Path) -> None:
    """The hand-worked prediction: 16,384 MiB, 4,096 of them written at 400 MiB/s, over 1,000 MiB/s and 10 ms."""
    text = (
        "name,memory_mib,working_set_mib,dirty_mib_s,bandwidth_mib_s,rtt_ms\n"
        "web,16384,4096,400,1000,10\nidle,8192,,0,1000,\n"
    )
    web, idle = answered(recommender, tmp_path, text)
    assert tuple(web) == COLUMNS
    assert float(web["duration_p50_s"]) == pytest.approx(24.3267, abs=1e-3)
    assert (web["name"], web["rounds"], web["converges"], web["risk"]) == ("web", "3", "yes", "safe")
    assert (web["actual_s"], web["learnt"]) == ("", "nothing is learnt yet")
    assert float(idle["duration_p50_s"]) == pytest.approx(3.1 + 8.192, abs=1e-3)


def test_rows_that_are_over_teach_those_that_follow_and_not_those_before(
    recommender: FrontDoor, tmp_path: Path
) -> None:
    row = "u1,8192,0,1000,"
    text = "vm,memory_mib,dirty_mib_s,bandwidth_mib_s,actual_s\n" + f"{row}22.584\n" * 4 + f"{row}\n"
    first, *_, last = answered(recommender, tmp_path, text)
    assert float(first["duration_p50_s"]) == pytest.approx(11.292, abs=1e-3)
    assert float(last["duration_p50_s"]) == pytest.approx(22.584, abs=1e-3)
    assert float(last["model_p50_s"]) == pytest.approx(11.292, abs=1e-3)
    assert "4 similar migrations took 2.00" in last["learnt"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_no_cell_is_a_formula(recommender: FrontDoor, tmp_path: Path, name: str) -> None:
    text = StringIO()
    csv.writer(text).writerows([("name", "memory_mib", "bandwidth_mib_s"), (name, "1024", "100")])
    file = tmp_path / "cases.csv"
    file.write_bytes(text.getvalue().encode())
    ended = recommender("predict", "--csv", str(file))
    _, row = csv.reader(StringIO(ended.stdout, newline=""))
    assert row[0] == "'" + name.replace("\t", " ").replace("\r", " ")


def test_the_same_as_json(recommender: FrontDoor, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("memory_mib,bandwidth_mib_s\n1024,100\n")
    (found,) = json.loads(recommender("predict", "--csv", str(file), "-o", "json").stdout)["predictions"]
    assert tuple(found) == COLUMNS
    assert found["actual_s"] is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("memory_mib\n1\n", "there is no column bandwidth_mib_s"),
        ("memory_mib,bandwidth_mib_s,size\n1,1,1\n", "column 'size': there is no such column"),
        ("memory_mib,bandwidth_mib_s\n,1\n", "row 2, memory_mib: is empty"),
        ("memory_mib,bandwidth_mib_s\n1,1\nnan,1\n", "row 3, memory_mib: is not in the range"),
        ("memory_mib,bandwidth_mib_s\n1,0\n", "row 2, bandwidth_mib_s: is not in the range 0.001"),
        ("memory_mib,bandwidth_mib_s\n1,x\n", "row 2, bandwidth_mib_s: is not a number"),
        ("memory_mib,bandwidth_mib_s\n1,1,1\n", "row 2: has more cells than there are columns"),
        ("\0", "there is no column memory_mib"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(recommender: FrontDoor, tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(text)
    ended = recommender("predict", "--csv", str(file))
    assert ended.code != 0
    assert ended.stdout == ""
    assert problem in ended.stderr


def test_an_absent_file_and_contradicting_options_are_refused(recommender: FrontDoor, tmp_path: Path) -> None:
    assert "No such file" in recommender("predict", "--csv", str(tmp_path / "none.csv")).stderr
    assert "--csv goes with" in recommender("predict", "web", "--csv", "cases.csv").stderr
    assert "-o csv goes with --csv" in recommender("predict", "--memory-mib", "1", "-o", "csv").stderr
