"""Who holds room where at one moment of a draft: the question every start asks, behind one small protocol."""

from collections.abc import Sequence
from typing import Protocol

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.dependencies import Dependencies, DraftStep
from recommender.planning.evolving_picture import is_held_back, refusals, with_ended, with_started


class Room(Protocol):
    """Follows a draft: ``positions`` are places in its list of steps."""

    def host_of(self, vm: EntityRef) -> EntityRef:
        """Where a VM is, as far as the draft has come."""

    def refuses(self, move: Move) -> bool:
        """Whether a continuous rule forbids ``move`` to start now."""

    def refuses_together(self, moves: Sequence[Move]) -> bool:
        """Whether a continuous rule forbids that all ``moves``, of different VMs, start now."""

    def needed_by(self, move: Move) -> tuple[int, ...]:
        """The ended steps without which ``move``, which may start now, could not; earliest first."""

    def started(self, position: int) -> None:
        """A step of the draft begins."""

    def ended(self, position: int) -> None:
        """A step of the draft has ended."""

    def picture(self) -> Inventory:
        """Everything as it is now."""

    def disks_now(self) -> Inventory:
        """As ``picture``, but where VMs are may be out of date: quick where no disks are copied."""


class PictureRoom:
    """Asks every rule about a picture of the whole inventory: right for every move, slow with thousands of VMs."""

    def __init__(self, inventory: Inventory, constraints: Sequence[Constraint], steps: Sequence[DraftStep]) -> None:
        self._picture, self._constraints, self._steps = inventory, constraints, steps
        self._dependencies = Dependencies(constraints, steps)

    def host_of(self, vm: EntityRef) -> EntityRef:
        """See ``Room``."""
        return self._picture.vm(vm).host

    def refuses(self, move: Move) -> bool:
        """See ``Room``."""
        return self._refuses_in(self._picture, move)

    def refuses_together(self, moves: Sequence[Move]) -> bool:
        """See ``Room``."""
        picture = self._picture
        for move in moves:
            if self._refuses_in(picture, move):
                return True
            picture = with_started(picture, move)
        return False

    def _refuses_in(self, picture: Inventory, move: Move) -> bool:
        # Most refusals are quickly told; whoever passes is asked about in full.
        return is_held_back(self._constraints, picture, move) or bool(refusals(self._constraints, picture, move))

    def needed_by(self, move: Move) -> tuple[int, ...]:
        """See ``Room``."""
        return self._dependencies.of(self._picture, move)

    def started(self, position: int) -> None:
        """See ``Room``."""
        self._dependencies.started(position)
        self._picture = with_started(self._picture, self._steps[position].move)

    def ended(self, position: int) -> None:
        """See ``Room``."""
        self._picture = with_ended(self._picture, self._steps[position].move)
        self._dependencies.ended(position)

    def picture(self) -> Inventory:
        """See ``Room``."""
        return self._picture

    def disks_now(self) -> Inventory:
        """See ``Room``."""
        return self._picture
