"""A failpoint from the environment: the process ends there and nowhere else, and mistakes are told at once."""

import signal
import subprocess
import sys

import pytest

from recommender import failpoints
from recommender.errors import ConfigurationError
from recommender.failpoints import Failpoint, reach
from recommender.service.armed_failpoint import arm_from

PROGRAM = """
import os
from recommender.failpoints import Failpoint, reach
from recommender.service.armed_failpoint import arm_from
arm_from(os.environ)
for number in range(3):
    reach(Failpoint.AFTER_INTENT)
    print(number, flush=True)
"""


def test_nothing_happens_where_nothing_is_armed() -> None:
    arm_from({})
    reach(Failpoint.AFTER_INTENT)
    assert failpoints._armed is None


@pytest.mark.parametrize(
    ("text", "printed", "ended"),
    [
        ("after_intent", "", -signal.SIGKILL),
        ("after_intent:3=kill", "0\n1\n", -signal.SIGKILL),
        ("after_submit", "0\n1\n2\n", 0),
    ],
)
def test_the_process_ends_at_the_failpoint_that_is_named(text: str, printed: str, ended: int) -> None:
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PROGRAM],
        env={"RECOMMENDER_FAILPOINT": text},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == (printed, ended), done.stderr


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        arm_from({"RECOMMENDER_FAILPOINT": "after_lunch:0=explode"})
    assert raised.value.problems[0].startswith("no failpoint is called 'after_lunch': after_claim, after_begin")
    assert raised.value.problems[1:] == ("'0' is no number of times", "'explode' is not one of kill, stop")
