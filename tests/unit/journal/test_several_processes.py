"""What only shows when several processes use one journal, or when one of them dies."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.journal.store import open_journal
from recommender.ports import StepState
from tests.unit.journal.test_store import AT, PLAN, TASK, begin

PROJECT = Path(__file__).parents[3]
PROCESSES = 3

OPEN = """
import sys
from recommender.errors import JournalError, PlanAlreadyApplied
from recommender.journal.store import open_journal
from tests.unit.journal.test_store import AT, PLAN, TASK, begin
url = sys.argv[1]
"""


def started(code: str, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", OPEN + code, url], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answers(code: str, url: str, processes: int = PROCESSES) -> list[str]:
    """What each process prints; they wait for each other, so that all do it at the same time."""
    running = [started(f"print('ready', flush=True); sys.stdin.readline()\n{code}", url) for _ in range(processes)]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return sorted(process.communicate(timeout=60)[0].strip() for process in running)


def test_a_new_journal_is_opened_by_several_processes_at_once_and_a_plan_begun_by_one(url: str) -> None:
    code = """
with open_journal(url) as journal:
    try:
        begin(journal)
        print("begun")
    except PlanAlreadyApplied:
        print("too late")
"""
    assert answers(code, url) == ["begun"] + ["too late"] * (PROCESSES - 1)


def test_each_occurrence_is_claimed_by_one_process(url: str) -> None:
    code = """
with open_journal(url) as journal:
    print(sum(journal.claim_occurrence(f"job {number}", AT, AT) for number in range(20)))
"""
    assert sum(int(answer) for answer in answers(code, url)) == 20


def test_only_one_process_may_intend_a_step(url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
    code = """
with open_journal(url) as journal:
    try:
        journal.record_intent(PLAN, 1, "op", AT)
        print("mine")
    except JournalError as error:
        print("intent and cannot become intent" in str(error))
"""
    assert answers(code, url) == ["True"] * (PROCESSES - 1) + ["mine"]


@pytest.mark.parametrize(
    ("act", "state"),
    [
        ("journal.record_intent(PLAN, 1, 'op', AT)", StepState.INTENT),
        ("journal.record_intent(PLAN, 1, 'op', AT); journal.record_submitted(PLAN, 1, TASK, AT)", StepState.SUBMITTED),
    ],
)
def test_what_was_recorded_is_there_after_a_kill(url: str, act: str, state: StepState) -> None:
    code = f"""
with open_journal(url) as journal:
    begin(journal)
    {act}
    print("recorded", flush=True)
    sys.stdin.readline()
"""
    process = started(code, url)
    assert process.stdout
    assert process.stdout.readline() == "recorded\n"
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    with open_journal(url) as journal:
        found = journal.open_steps()
        assert [(step.number, step.state, step.intended_at) for step in found] == [(1, state, AT)]
        assert found[0].task == (TASK if state is StepState.SUBMITTED else None)
        assert journal.plans(1)[0].plan_id == PLAN


def test_a_process_killed_inside_a_transaction_leaves_nothing_of_it(url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
    code = """
from recommender.journal import tables
with open_journal(url) as journal, journal._transaction("be tried") as connection:
    connection.execute(tables.plans.update().values(author="eve"))
    connection.execute(tables.steps.delete())
    print("written", flush=True)
    sys.stdin.readline()
"""
    process = started(code, url)
    assert process.stdout
    assert process.stdout.readline() == "written\n"
    process.kill()
    process.communicate(timeout=60)
    with open_journal(url) as journal:
        assert journal.plans(1)[0].author == "ada"
        assert len(journal.steps(PLAN)) == 2
        journal.record_intent(PLAN, 1, "op", AT)
