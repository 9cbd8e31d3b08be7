"""What contradicts itself, or names no time, is refused before anything is planned, and told with a way out."""

from pathlib import Path

import pytest

from recommender.errors import ConfigurationError
from recommender.move_order import OrderPolicy, Precedence, Serialize, Sync
from recommender.settings.load import load_settings

PAIR = Sync(name="both", vms=("db-1", "db-2"))


def refused(tmp_path: Path, cron: str) -> str:
    path = tmp_path / "cron.toml"
    path.write_text(f'[[evacuation]]\nname = "e"\nhosts = ["h"]\nduration_minutes = 60\ncron = "{cron}"\n')
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("@daily", "'@daily' is not understood: write its five fields, '0 0 * * *'"),
        ("0 0 2 * * 6", "has 6 fields: a cron text has five"),
        ("0 2 * *", "has 4 fields: a cron text has five"),
        ("0 0 30 2 *", "'0 0 30 2 *' names no time"),
        ("0 25 * * *", "'0 25 * * *' names no time"),
    ],
)
def test_a_text_that_is_no_cron_text_is_told_with_what_would_be_one(tmp_path: Path, cron: str, told: str) -> None:
    assert told in refused(tmp_path, cron)


def test_what_starts_together_has_no_turns() -> None:
    with pytest.raises(ValueError, match="sync 'both' and serialize 'never' contradict each other about db-1, db-2"):
        OrderPolicy(sync=(PAIR,), serialize=(Serialize(name="never", vms=("db-2", "db-1", "x")),))
    with pytest.raises(ValueError, match="take one of the two out"):
        OrderPolicy(sync=(Sync(name="s", vms=("db-*",)),), serialize=(Serialize(name="never", vms=("db-*",)),))


def test_what_starts_together_does_not_start_one_after_the_other() -> None:
    with pytest.raises(ValueError, match="sync 'both' and precedence 'first' contradict each other about db-1, db-2"):
        OrderPolicy(sync=(PAIR,), precedence=(Precedence(name="first", first=("db-1",), then=("db-2",)),))


def test_rules_that_meet_in_one_vm_are_kept() -> None:
    OrderPolicy(
        sync=(PAIR,),
        serialize=(Serialize(name="turns", vms=("db-1", "app")),),
        precedence=(Precedence(name="first", first=("db-1",), then=("app",)),),
    )
