"""How far migrations have come that run now, as vCenter told last; only for people who look."""

from sqlalchemy import update

from recommender.journal.connections import Connections
from recommender.journal.tables import steps
from recommender.ports import StepState


class Progress:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def tell(self, plan_id: str, number: int, percent: int) -> None:
        """A step has come so far; nothing happens to one that has ended."""
        this = (steps.c.plan_id == plan_id, steps.c.number == number, steps.c.state == StepState.SUBMITTED.value)
        with self._connections.transaction("record progress") as connection:
            connection.execute(update(steps).where(*this).values(progress_percent=percent))

    def all(self) -> dict[tuple[str, int], int]:
        """Of every step that runs and has told something."""
        with self._connections.look() as connection:
            running = (steps.c.state == StepState.SUBMITTED.value, steps.c.progress_percent.is_not(None))
            query = steps.select().where(*running)
            return {(row.plan_id, row.number): row.progress_percent for row in connection.execute(query)}
