"""A decision made again, next to how it was made before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import DiskMove, PlacementResult
from recommender.report.json_document import entity_document, recommendation_document
from recommender.report.names import Names

REPLAY_FORMAT: Final = "recommender-replay/1"
EQUAL: Final = 1e-6  # of an objective: it is summed in another order by other versions
MOST_TOLD: Final = 20

_Place = tuple[EntityRef, tuple[DiskMove, ...]]  # where a move leads, without its prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """``then``: as recorded; ``now``: made again. The versions by name."""

    then: PlacementResult
    now: PlacementResult
    versions_then: Mapping[str, str]
    versions_now: Mapping[str, str]

    @property
    def is_same_versions(self) -> bool:
        """Whether the answer has to be identical."""
        return dict(self.versions_then) == dict(self.versions_now)

    @property
    def is_identical(self) -> bool:
        """Whether the same VMs go to the same places, with the same status."""
        return (self.then.status, _moves(self.then)) == (self.now.status, _moves(self.now))

    @property
    def is_equal(self) -> bool:
        """Whether the objective is the same, or better."""
        then, now = self.then.objective.total, self.now.objective.total
        return now <= then + EQUAL * max(1.0, abs(then))

    @property
    def is_as_promised(self) -> bool:
        """Identical with the same versions; with others, an objective that is no worse."""
        return self.is_identical if self.is_same_versions else self.is_equal


def replay_lines(inventory: Inventory, replay: Replay) -> Iterator[str]:
    """The verdict first, then whatever differs."""
    if replay.is_identical:
        stopped = f", stopped after {replay.now.rounds} rounds" if replay.now.is_stopped else ""
        yield f"identical: {len(replay.now.moves)} moves, status {replay.now.status.value.replace('_', ' ')}{stopped}"
    elif replay.is_as_promised:
        yield "not identical, but the objective is no worse, and other versions made it"
    else:
        yield "NOT as it was" + (", although the versions are the same" if replay.is_same_versions else "")
    yield f"objective  then {replay.then.objective.total:.6f}, now {replay.now.objective.total:.6f}"
    for name in sorted({*replay.versions_then, *replay.versions_now}):
        then, now = replay.versions_then.get(name, "–"), replay.versions_now.get(name, "–")
        yield f"{name:11} {then}" + ("" if then == now else f" then, {now} now")
    yield from _differences(Names(inventory), replay)


def replay_document(inventory: Inventory, replay: Replay) -> dict[str, Any]:
    """The same as JSON."""
    then, now = _moves(replay.then), _moves(replay.now)
    return {
        "format": REPLAY_FORMAT,
        "is_as_promised": replay.is_as_promised,
        "is_identical": replay.is_identical,
        "versions_then": dict(replay.versions_then),
        "versions_now": dict(replay.versions_now),
        "differing_vms": [
            entity_document(inventory, vm) for vm in sorted({*then, *now}) if then.get(vm) != now.get(vm)
        ],
        "then": recommendation_document(inventory, replay.then),
        "now": recommendation_document(inventory, replay.now),
    }


def _differences(names: Names, replay: Replay) -> Iterator[str]:
    then, now = _moves(replay.then), _moves(replay.now)
    differing = [vm for vm in sorted({*then, *now}) if then.get(vm) != now.get(vm)]
    for vm in differing[:MOST_TOLD]:
        before, after = (names.of(moves[vm][0]) if vm in moves else "stays" for moves in (then, now))
        yield f"  {names.of(vm)}: then {before}, now {after}"
    if len(differing) > MOST_TOLD:
        yield f"  and {len(differing) - MOST_TOLD} more"


def _moves(result: PlacementResult) -> dict[EntityRef, _Place]:
    return {move.vm: (move.destination, move.disk_moves) for move in result.moves}
