"""What the service measures of itself, in Prometheus' text format; never a VM's name as a label."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from recommender.inventory.reading_counts import ReadingCounts
from recommender.ports import StepState

# Name without prefix, kind, meaning: the README's table shows the same.
METRICS: Final = (
    ("leader", "gauge", "1 while this process leads anywhere, 0 while it stands by"),
    ("vcenter_leader", "gauge", "The same by vCenter"),
    ("paused", "gauge", "1 while a person's pause stands"),
    ("braked", "gauge", "1 while the service's own brake is on"),
    ("configuration_reloads_total", "counter", "Changed configurations by result (done, failed)"),
    ("configuration_current", "gauge", "0 after a changed configuration was refused, until one is taken up"),
    ("proposals", "gauge", "Plans of the service that wait for an approval"),
    ("last_turn_timestamp_seconds", "gauge", "When the last turn of the worker ended, 0 before the first"),
    ("turns_total", "counter", "Turns of the worker by kind and result (done, failed)"),
    ("steps", "gauge", "Steps in the journal by state"),
    ("open_recommendations", "gauge", "Recommendations that stand"),
    ("audit_entries", "gauge", "Entries of the audit"),
    ("reading_differences_total", "counter", "Entities that a full reading told otherwise than followed updates"),
    ("following_begun_anew_total", "counter", "Times that updates were lost and everything was read anew"),
    ("unsampled_readings_total", "counter", "Readings for which a vCenter told no real-time samples"),
    ("vms_sharing_identity", "gauge", "VMs of the latest reading whose instance UUID another one has, too"),
)


@dataclass(slots=True)
class TurnCounts:
    """What the worker has done since the process began; safe to use from several threads."""

    last_at: datetime | None = None
    _turns: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, kind: str, result: str, at: datetime) -> None:
        """One turn of a kind has ended so."""
        with self._lock:
            self._turns[kind, result] += 1
            self.last_at = at

    def all(self) -> Mapping[tuple[str, str], int]:
        """A copy of the counts."""
        with self._lock:
            return dict(self._turns)


def metrics_text(
    turns: TurnCounts,
    *,
    is_leader: bool,
    vcenters: Mapping[str, bool],
    is_paused: bool,
    is_braked: bool,
    reloads: tuple[int, int],
    is_configuration_current: bool,
    proposals: int,
    steps: Mapping[StepState, int],
    open_recommendations: int,
    audit_entries: int,
    reading: ReadingCounts,
) -> str:
    """All metrics, each with its help and type, in the text format 0.0.4. ``vcenters``: whether it leads in each."""
    values: dict[str, list[tuple[str, float]]] = {
        "leader": [("", is_leader)],
        "vcenter_leader": [(f'{{vcenter="{name}"}}', leads) for name, leads in sorted(vcenters.items())],
        "paused": [("", is_paused)],
        "braked": [("", is_braked)],
        "configuration_reloads_total": [('{result="done"}', reloads[0]), ('{result="failed"}', reloads[1])],
        "configuration_current": [("", is_configuration_current)],
        "proposals": [("", proposals)],
        "last_turn_timestamp_seconds": [("", turns.last_at.timestamp() if turns.last_at else 0.0)],
        "turns_total": [
            (f'{{kind="{kind}",result="{result}"}}', number) for (kind, result), number in sorted(turns.all().items())
        ],
        "steps": [(f'{{state="{state.value}"}}', steps.get(state, 0)) for state in StepState],
        "open_recommendations": [("", open_recommendations)],
        "audit_entries": [("", audit_entries)],
        "reading_differences_total": [("", reading.differences)],
        "following_begun_anew_total": [("", reading.begun_anew)],
        "unsampled_readings_total": [("", reading.unsampled)],
        "vms_sharing_identity": [("", reading.sharing_identity)],
    }
    lines: list[str] = []
    for name, kind, meaning in METRICS:
        lines += [f"# HELP recommender_{name} {meaning}", f"# TYPE recommender_{name} {kind}"]
        lines += [f"recommender_{name}{labels} {float(value)!r}" for labels, value in values[name]]
    return "\n".join(lines) + "\n"
