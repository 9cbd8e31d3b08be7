"""Territories: which vCenters are led together, by one daemon, so that what is decided across them is decided once.

Each vCenter is one by itself, and daemons with the same configuration share them. They are joined where something is
decided across them: all by ``move_scope = "vcenters"``, those of an evacuation or a schedule by its ``vcenters``, which
are all where it names none; and where a migration between them is still open, since only who leads both ends can tell
what became of it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from recommender.policy import MoveScope
from recommender.ports import OpenStep
from recommender.settings.schedule import EvacuationSettings, TimedSettings
from recommender.settings.settings import Settings

OF_THE_JOURNAL: Final = ("backup", "calibration")  # kinds of schedules that concern no vCenter


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """``vcenters`` are names in order, none where none is configured; ``settings`` are as if there were no others."""

    vcenters: tuple[str, ...]
    settings: Settings

    @property
    def name(self) -> str:
        """How it is told."""
        return ",".join(self.vcenters)


def territories(settings: Settings, crossed: Iterable[Collection[str]] = ()) -> tuple[Territory, ...]:
    """At least one; every vCenter is in one, every evacuation and schedule in one at most.

    ``crossed``: names of vCenters between which something is under way, see ``crossed_by``.
    What concerns the journal alone is done in the first. A job of vCenters that are not configured is nobody's.
    """
    joined = _joined(settings, crossed)
    return tuple(
        Territory(vcenters=vcenters, settings=_settings_of(settings, vcenters, is_first=number == 0))
        for number, vcenters in enumerate(joined)
    )


def crossed_by(steps: Iterable[OpenStep]) -> tuple[frozenset[str], ...]:
    """The vCenters of each migration that goes from one to another."""
    pairs = {frozenset((step.source.vcenter, step.destination.vcenter)) for step in steps}
    return tuple(sorted((pair for pair in pairs if len(pair) > 1), key=sorted))


def crossed_apart(steps: Iterable[OpenStep], led: Sequence[Territory]) -> str | None:
    """vCenters that are ``led`` in two territories although a migration between them is open; else ``None``."""
    apart = (names for names in crossed_by(steps) if sum(not names.isdisjoint(one.vcenters) for one in led) > 1)
    return next((" and ".join(sorted(names)) for names in apart), None)


def _joined(settings: Settings, crossed: Iterable[Collection[str]]) -> list[tuple[str, ...]]:
    every = [vcenter.name for vcenter in settings.vcenter]
    parts = [{name} for name in every] or [set[str]()]
    together = [_of(timed, settings) for timed in (*settings.evacuation, *settings.schedule)]
    together += [set(names) for names in crossed]
    if settings.policy.move_scope is MoveScope.VCENTERS:
        together.append(set(every))
    for names in together:
        touched = [part for part in parts if part & names]
        if touched:
            parts = [part for part in parts if part not in touched] + [set[str]().union(*touched)]
    return sorted(tuple(sorted(part)) for part in parts)


def _of(timed: TimedSettings, settings: Settings) -> set[str]:
    """The vCenters that it is about."""
    if not isinstance(timed, EvacuationSettings) and getattr(timed, "kind", None) in OF_THE_JOURNAL:
        return set()
    return set(timed.vcenters) or {vcenter.name for vcenter in settings.vcenter}


def _settings_of(settings: Settings, vcenters: tuple[str, ...], *, is_first: bool) -> Settings:
    def is_here(timed: TimedSettings) -> bool:
        names = _of(timed, settings)
        return not names.isdisjoint(vcenters) if names else is_first

    return settings.model_copy(
        update={
            "vcenter": tuple(vcenter for vcenter in settings.vcenter if vcenter.name in vcenters),
            "evacuation": tuple(filter(is_here, settings.evacuation)),
            "schedule": tuple(filter(is_here, settings.schedule)),
        }
    )
