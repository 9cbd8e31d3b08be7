"""A journal of every earlier revision is brought to the present one with all that is in it."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from recommender.journal.database import writing_engine
from recommender.journal.store import open_journal
from recommender.journal.upgrade import REVISION
from recommender.ports import StepState

STEP = """INSERT INTO steps (plan_id, number, vm, instance_uuid, source, destination, state, operation_id, intended_at,
 predicted_p50_s, predicted_p95_s, predicted_downtime_p50_ms, predicted_downtime_p95_ms)
 VALUES ('p', 1, 'vc/v1', 'uuid-v1', 'vc/h1', 'vc/h2', 'intent', 'op-1', '2026-01-05 12:00:00', 1, 2, 3, 4)"""


@pytest.mark.parametrize("revision", [f"{number:04}" for number in range(1, int(REVISION))])
def test_what_an_older_version_wrote_is_kept(url: str, revision: str) -> None:
    engine = writing_engine(url)
    config = Config()
    config.set_main_option("script_location", "recommender.journal:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        begun = "INSERT INTO plans (id, document, author, begun_at) VALUES ('p', '{}', 'ada', '2026-01-05 12:00:00')"
        connection.execute(text(begun))
        connection.execute(text(STEP))
    engine.dispose()
    with open_journal(url) as journal:
        (step,) = journal.open_steps()
        assert (step.state, step.vm.moid, step.disk_moves) == (StepState.INTENT, "v1", ())
        assert journal.plans(1)[0].author == "ada"
        assert journal.audit.head() is None
