"""A way out when moves wait for each other: one VM goes over an intermediate host and makes room for another."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.use import host_use
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.estimate_move import estimate_move
from recommender.placement.move_details import network_moves
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import units_of
from recommender.planning.evolving_picture import disk_targets, is_held_back, places_needed, refusals, with_ended
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy

HOSTS_TRIED: Final = 8  # for each VM, the emptiest that may take it: a fuller one seldom fits where these do not
VMS_TRIED: Final = 64  # the quickest; keeps a hopeless tangle of hundreds from taking minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class IntermediateHops:
    """Finds hops; ``constraints`` are all rules, of which the continuous ones alone must hold on the way.

    ``hosts`` that a rule closes for good (one that is being evacuated) are never used.
    """

    policy: Policy
    constraints: Sequence[Constraint]
    ledger: UnitLedger

    def find(
        self, picture: Inventory, waiting: Sequence[Move], not_over: Collection[EntityRef]
    ) -> tuple[Move, Move, Move] | None:
        """A waiting move and the two by which it may be replaced, ``None`` if there is none.

        Nothing may be under way but migrations of others; VMs in ``not_over`` take no second way round. A hop after
        which another move may start at once is preferred.
        """
        in_the_way = [
            move
            for move in waiting
            if move.vm not in not_over
            and picture.vm(move.vm).host == move.source
            and any(move.source in places_needed(other) for other in waiting if other.vm != move.vm)
        ]
        in_the_way.sort(key=lambda move: (move.estimate.duration_p50_s, move.vm))
        emptiest = sorted(picture.hosts, key=lambda host: (host_use(picture, host).memory, host.ref))
        fallback: tuple[Move, Move, Move] | None = None
        for move in in_the_way[:VMS_TRIED]:
            for first in self._first_legs(picture, move, emptiest):
                hop = (move, first, self._second_leg(picture, move, first))
                if self._opens_a_way(picture, waiting, first):
                    return hop
                fallback = fallback or hop
        return fallback

    def _first_legs(self, picture: Inventory, move: Move, emptiest: Sequence[Host]) -> Iterator[Move]:
        vm = picture.vm(move.vm)
        if move.network_moves:
            return  # what its adapters are on between the two would be a second riddle
        others = (
            host
            for host in emptiest
            if host.ref not in (move.source, move.destination) and not network_moves(picture, self.policy, vm, host)
        )
        open_hosts = (host for host in others if self._is_open(picture, vm, host))
        for host in islice(open_hosts, HOSTS_TRIED):
            estimate = estimate_move(picture, self.policy, vm, host)
            leg = replace(move, destination=host.ref, disk_moves=(), gain=0.0, estimate=estimate)
            has_units = self.ledger.lacking(units_of(picture, self.policy, leg)) is None
            may_go = has_units and not is_held_back(self._continuous(), picture, leg)
            if may_go and not refusals(self._continuous(), picture, leg):
                yield leg

    def _second_leg(self, picture: Inventory, move: Move, first: Move) -> Move:
        between = with_ended(picture, first)
        vm, destination = between.vm(move.vm), between.host(move.destination)
        estimate = estimate_move(between, self.policy, vm, destination, disk_targets(move))
        return replace(move, source=first.destination, estimate=estimate)

    def _opens_a_way(self, picture: Inventory, waiting: Sequence[Move], first: Move) -> bool:
        between = with_ended(picture, first)
        return any(
            first.source in places_needed(other)
            and between.vm(other.vm).host == other.source
            and not is_held_back(self._continuous(), between, other)
            for other in waiting
            if other.vm != first.vm
        )

    def _is_open(self, picture: Inventory, vm: VirtualMachine, host: Host) -> bool:
        return all(bool(rule.eligible(picture, (vm,), (host,))[0, 0]) for rule in self.constraints)

    def _continuous(self) -> list[Constraint]:
        return [rule for rule in self.constraints if rule.continuous]
