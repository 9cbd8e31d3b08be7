"""Steps that another one cannot do without and does not name. Part of the replay; shares nothing with the scheduler."""

from collections.abc import Iterable, Iterator

from recommender.constraints.base import Violation
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.plan import PlanStep
from recommender.planning.replay.broken_since import BrokenSince


class MissingDependencies:
    """Asks of each start whether it would still be allowed if one ended step had not happened."""

    def __init__(self, rules: BrokenSince) -> None:
        self._rules = rules
        self._started: list[PlanStep] = []
        self._ended: list[PlanStep] = []

    def at_start(self, picture: Inventory, step: PlanStep) -> Iterator[str]:
        """Why ``step``, which starts in ``picture``, lacks a dependency."""
        self._started.append(step)
        others = [other for other in self._ended if other.number not in step.depends_on]
        own = [other for other in others if other.move.vm == step.move.vm]
        if own and not any(other.number in step.depends_on for other in self._ended if other.move.vm == step.move.vm):
            yield f"it moves the VM of step {own[-1].number} on, but does not depend on it"
        made_room = [
            other for other in others if other not in own and not _left(other.move).isdisjoint(_entered(step.move))
        ]
        if not made_room or not self._broken(_back(picture, made_room), step.move):
            return
        for other in made_room:
            broken = self._broken(_back(self._without_followers(picture, other), [other]), step.move)
            # Some are broken in any case: that is told as what the start breaks.
            if broken and not self._rules.by_start(picture, step.move):
                yield f"without step {other.number} it would break {broken[0].constraint}, but does not depend on it"

    def _broken(self, picture: Inventory, move: Move) -> list[Violation]:
        # In a picture that never was, the VM's own source may be too full of those who had not left.
        return [broken for broken in self._rules.by_start(picture, move) if broken.host in {None, *_entered(move)}]

    def ended(self, step: PlanStep) -> None:
        """``step`` is over."""
        self._ended.append(step)

    def _without_followers(self, picture: Inventory, step: PlanStep) -> Inventory:
        """As if those who needed ``step`` had not come to where it made room."""
        for other in self._started:
            move = other.move
            if step.number in other.depends_on and not _left(step.move).isdisjoint(_entered(move)):
                under_way = picture.in_flight_of(move.vm)
                if under_way is not None and under_way.destination == move.destination:
                    picture = picture.without_in_flight(move.vm)
                elif picture.vm(move.vm).host == move.destination:
                    picture = picture.with_vm_on(move.vm, move.source)
        return picture


def _back(picture: Inventory, steps: Iterable[PlanStep]) -> Inventory:
    """As if the VMs of ``steps`` still held their old room besides the new."""
    for step in steps:
        stores = tuple(sorted({disk.source for disk in step.move.disk_moves}))
        picture = picture.with_in_flight(
            MigrationInFlight(vm=step.move.vm, destination=step.move.source, destination_datastores=stores)
        )
    return picture


def _left(move: Move) -> set[EntityRef]:
    return {move.source, *(d.source for d in move.disk_moves)} - _entered(move)


def _entered(move: Move) -> set[EntityRef]:
    return {move.destination, *(d.destination for d in move.disk_moves)}
