"""What VMs are to have again in the clusters that they were sent to, one row a step."""

from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, insert, select, update

from recommender.errors import JournalError
from recommender.inventory.reference import EntityRef
from recommender.journal.audit_chain import append
from recommender.journal.connections import Connections
from recommender.journal.tables import restorations
from recommender.planning.kept_settings import KeptSettings
from recommender.restoration import OpenRestoration, RestorationState

_KEPT: Final = TypeAdapter(KeptSettings)
OPEN: Final = (RestorationState.PENDING.value, RestorationState.INTENT.value)


class Restorations:
    """Implements the port; every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def expect(self, plan_id: str, number: int, kept: KeptSettings, destination: EntityRef) -> None:
        """Before the step is sent: this is to be made once its VM has arrived."""
        row = {"plan_id": plan_id, "number": number, "destination": destination, "kept": _KEPT.dump_json(kept).decode()}
        with self._connections.transaction("record what a VM is to have again") as connection:
            connection.execute(insert(restorations).values(row | {"state": RestorationState.PENDING.value}))

    def kept_with(self, instance_uuid: str) -> tuple[KeptSettings, ...]:
        """What was kept so far, of all plans, that names the VM of this identity."""
        named = select(restorations.c.kept).where(restorations.c.kept.contains(instance_uuid, autoescape=True))
        with self._connections.look() as connection:
            return tuple(map(_KEPT.validate_json, connection.scalars(named)))

    def intend(self, plan_id: str, number: int, operation_id: str, at: datetime) -> None:
        """Right before the call. Only a pending one may be."""
        change = {"state": RestorationState.INTENT.value, "operation_id": operation_id, "intended_at": at}
        with self._connections.transaction("record an intent") as connection:
            pending = restorations.c.state == RestorationState.PENDING.value
            this = update(restorations).where(*_key(plan_id, number), pending)
            if not connection.execute(this.values(change)).rowcount:
                raise JournalError(f"the settings of step {number} of plan {plan_id[:12]} are not pending")
            append(connection, at, "intent", "", {"plan": plan_id, "step": number, "operation": operation_id})

    def end(self, plan_id: str, number: int, state: RestorationState, detail: str, at: datetime) -> None:
        """It will not change any more; nothing happens to what a step has none of."""
        this = update(restorations).where(*_key(plan_id, number), restorations.c.state.in_(OPEN))
        with self._connections.transaction("record an outcome") as connection:
            if connection.execute(this.values(state=state.value, ended_at=at, detail=detail)).rowcount:
                told = {"plan": plan_id, "step": number, "settings": state.value, "detail": detail}
                append(connection, at, "outcome", "", told)

    def open(self) -> tuple[OpenRestoration, ...]:
        """Those that have not ended, in the order of plans and steps."""
        order = (restorations.c.plan_id, restorations.c.number)
        with self._connections.look() as connection:
            found = connection.execute(select(restorations).where(restorations.c.state.in_(OPEN)).order_by(*order))
            return tuple(map(_restoration, found))


def _key(plan_id: str, number: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return restorations.c.plan_id == plan_id, restorations.c.number == number


def _restoration(row: Row[tuple[object, ...]]) -> OpenRestoration:
    return OpenRestoration(
        plan_id=row.plan_id,
        number=row.number,
        kept=_KEPT.validate_json(row.kept),
        destination=row.destination,
        state=RestorationState(row.state),
        intended_at=row.intended_at,
    )
