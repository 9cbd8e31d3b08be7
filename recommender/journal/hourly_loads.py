"""How busy each VM usually is, by the hour of the day: one look an hour, old days fading."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from recommender.journal.connections import Connections
from recommender.journal.tables import hourly_loads
from recommender.migration.quiet_hours import FEWEST_DAYS, HourlyLoad

REMEMBERED_DAYS: Final = 14  # a day counts as much as so many of them allow
FORGOTTEN: Final = timedelta(days=60)  # a VM that nobody has seen for so long


class HourlyLoads:
    """What a journal knows of it; every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def record(self, at: datetime, active_mib: Mapping[str, float]) -> None:
        """The active memory of each VM, by its instance UUID, at this hour of this day; later looks add nothing."""
        began = at.replace(minute=0, second=0, microsecond=0)
        with self._connections.transaction("record the load of VMs") as connection:
            query = select(hourly_loads).where(hourly_loads.c.hour == at.hour)
            known = {row.instance_uuid: row for row in connection.execute(query)}
            new, changed = [], []
            for uuid, active in active_mib.items():
                row = known.get(uuid)
                if row is None:
                    new.append(
                        {"instance_uuid": uuid, "hour": at.hour, "active_mib": active, "days": 1, "last_seen": at}
                    )
                elif row.last_seen < began:
                    days = min(row.days + 1, REMEMBERED_DAYS)
                    usual = row.active_mib + (active - row.active_mib) / days
                    changed.append({"of": uuid, "active_mib": usual, "days": days, "last_seen": at})
            if new:
                connection.execute(insert(hourly_loads), new)
            if changed:
                one = (hourly_loads.c.instance_uuid == bindparam("of")) & (hourly_loads.c.hour == at.hour)
                values: dict[str, Any] = {name: bindparam(name) for name in ("active_mib", "days", "last_seen")}
                connection.execute(update(hourly_loads).where(one).values(values), changed)
            if new or changed:
                connection.execute(delete(hourly_loads).where(hourly_loads.c.last_seen < at - FORGOTTEN))

    def quietest(self) -> Mapping[str, HourlyLoad]:
        """The quietest hour of each VM, by instance UUID, among those that were seen on ``FEWEST_DAYS`` days."""
        seen = hourly_loads.c.days >= FEWEST_DAYS
        uuid = hourly_loads.c.instance_uuid
        least = select(uuid, func.min(hourly_loads.c.active_mib).label("active_mib")).where(seen).group_by(uuid)
        lowest = least.subquery()
        query = (
            select(hourly_loads)
            .join(lowest, (uuid == lowest.c.instance_uuid) & (hourly_loads.c.active_mib == lowest.c.active_mib))
            .where(seen)
            .order_by(hourly_loads.c.hour.desc())
        )
        with self._connections.look() as connection:
            rows = connection.execute(query).all()
        return {row.instance_uuid: HourlyLoad(row.hour, row.active_mib, row.days) for row in rows}
