"""Which hosts of one cluster make the next wave, and where their VMs go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.result import Move
from recommender.planning.absence import is_away, may_be_away
from recommender.planning.rolling.wave import StuckHost
from recommender.planning.rolling.wave_moves import Evacuator, NotEmptied, joined
from recommender.planning.rolling.wave_size import longest_fitting
from recommender.policy import Policy

TRIES: Final = 12  # of a wave in one cluster
FEWER: Final = 0.8  # where whole VMs do not fit as their sums do, the next try is with so many of the hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The hosts of a wave in one cluster; ``stuck`` are given up, with the reason."""

    hosts: tuple[Host, ...] = ()
    moves: tuple[Move, ...] = ()
    moved_again: int = 0
    stuck: tuple[StuckHost, ...] = ()


@dataclass(slots=True, kw_only=True)
class ClusterRound:
    """One cluster on its round. ``left``: hosts whose turn is to come; ``settled``: those whose turn is over.

    ``others``: its hosts that are not worked on, which are settled from the start. ``budget``: how many VMs may still
    be brought to hosts whose turn is to come; ``None`` for any number. ``by_domain``: hosts that are away together are
    of one fault domain of vSAN, which keeps every object readable from the others.
    """

    policy: Policy
    evacuator: Evacuator
    left: list[Host]
    others: tuple[Host, ...]
    at_once: int
    budget: int | None
    settled: list[Host] = field(default_factory=list)
    by_domain: bool = False

    @classmethod
    def of(
        cls,
        inventory: Inventory,
        policy: Policy,
        evacuator: Evacuator,
        hosts: Sequence[Host],
        at_once: int | None,
        most_moves_per_vm: float | None,
    ) -> Self:
        """At its start."""
        named = {host.ref for host in hosts}
        cluster = hosts[0].cluster
        others = tuple(
            host
            for host in inventory.hosts
            if cluster is not None and host.cluster == cluster and host.ref not in named and host.is_available
        )
        vms = sum(len(inventory.vms_on(host.ref)) for host in hosts)
        found = inventory.find_cluster(cluster)
        has_vsan = found is not None and found.vsan_enabled
        if has_vsan and not any(host.vsan_fault_domain for host in hosts):
            at_once = 1  # a second one could take the last copy of an object with it
        return cls(
            policy=policy,
            evacuator=evacuator,
            # What is away already comes first: beside it fewer others may be.
            left=sorted(hosts, key=lambda host: (not is_away(host), len(inventory.vms_on(host.ref)), host.name)),
            others=others,
            at_once=at_once or max(1, (len(hosts) + len(others)) // 2),
            budget=None if most_moves_per_vm is None else int(max(0.0, most_moves_per_vm - 1) * vms),
            settled=list(others),
            by_domain=has_vsan,
        )

    def next_wave(self, picture: Inventory) -> Chosen:
        """The largest wave found: first what fits on settled hosts, then more as far as the budget goes.

        Without room on settled hosts one host at least is emptied onto those still to come, whatever the budget.
        A host that cannot even be emptied alone is given up.
        """
        if given_up := self._give_up(picture):
            return Chosen(stuck=given_up)
        most = self._most_away(picture)
        hosts, moves = self._onto_settled(picture, most)
        more, more_moves = self._onto_those_to_come(picture, hosts, moves, most - len(hosts))
        if not hosts and not more:
            return self._alone(picture)
        again = self._count_onto(more_moves, [host for host in self.left if host not in (*hosts, *more)])
        if self.budget is not None:
            self.budget = max(0, self.budget - again)
        return self._take((*hosts, *more), joined(picture, moves, more_moves), again)

    def _give_up(self, picture: Inventory) -> tuple[StuckHost, ...]:
        """Take out the hosts that may not even be away alone."""
        refused = {host.ref: reason for host in self.left if (reason := may_be_away(picture, [host]))}
        self.left = [host for host in self.left if host.ref not in refused]
        return tuple(StuckHost(host=ref, reason=reason) for ref, reason in refused.items())

    def _most_away(self, picture: Inventory) -> int:
        """How many of ``left``, from the front, may be away at once: one at least."""
        together = self._together()
        most = min(self.at_once, len(together))
        while most > 1 and may_be_away(picture, together[:most]):
            most -= 1
        return most

    def _together(self) -> list[Host]:
        """Those of ``left``, in its order, that may be away with its first."""
        if not self.by_domain:
            return self.left
        first = self.left[0]
        return [one for one in self.left if one is first or _share_a_domain(one, first)]

    def _onto_settled(self, picture: Inventory, most: int) -> tuple[tuple[Host, ...], tuple[Move, ...]]:
        """Hosts whose VMs all find a place on settled hosts."""
        return self._emptied(picture, self._together(), most, lambda _: self.settled, len)

    def _onto_those_to_come(
        self, picture: Inventory, hosts: tuple[Host, ...], moves: tuple[Move, ...], most: int
    ) -> tuple[tuple[Host, ...], tuple[Move, ...]]:
        """More hosts whose VMs may also go to hosts still to come; the fewest VMs first."""
        picture = inventory_after(picture, moves)
        together, to_come = ([host for host in some if host not in hosts] for some in (self._together(), self.left))

        def room(taken: Sequence[Host]) -> list[Host]:
            return [*self.settled, *(host for host in to_come if host not in taken)]

        return self._emptied(picture, together, most, room, lambda left: self._within_budget(picture, left), hosts)

    def _emptied(
        self,
        picture: Inventory,
        candidates: Sequence[Host],
        most: int,
        room: Callable[[Sequence[Host]], Sequence[Host]],
        affordable: Callable[[Sequence[Host]], int],
        closed: tuple[Host, ...] = (),
    ) -> tuple[tuple[Host, ...], tuple[Move, ...]]:
        """As many of ``candidates`` as found, from the front, onto the hosts ``room`` gives for those taken.

        ``affordable``: how many of some hosts, from the front, the budget allows.
        Hosts with VMs that found no place wait for a later wave; where that leaves none, fewer are tried.
        """
        left = list(candidates)
        for _ in range(TRIES):
            hosts = self._fitting(picture, left[: min(most, affordable(left))], room)
            if not hosts:
                break
            most = int(len(hosts) * FEWER)
            if may_be_away(picture, (*closed, *hosts)):
                continue
            moves = self.evacuator.emptied(picture, hosts, room(hosts), closed)
            if not isinstance(moves, NotEmptied):
                return tuple(hosts), moves
            kept = [host for host in left if host.ref not in moves.holding]
            if 0 < len(left) - len(kept) < len(hosts):
                left, most = kept, len(hosts)
        return (), ()

    def _fitting(
        self, picture: Inventory, hosts: Sequence[Host], room: Callable[[Sequence[Host]], Sequence[Host]]
    ) -> Sequence[Host]:
        return hosts[: longest_fitting(picture, self.policy, hosts, lambda number: room(hosts[:number]))]

    def _within_budget(self, picture: Inventory, candidates: Sequence[Host]) -> int:
        if self.budget is None:
            return len(candidates)
        vms = 0
        for number, host in enumerate(candidates):
            vms += len(picture.vms_on(host.ref))
            if vms > self.budget:
                return number
        return len(candidates)

    def _alone(self, picture: Inventory) -> Chosen:
        """One host by itself, onto whatever host of the cluster takes its VMs; the first that can be emptied."""
        stuck: list[StuckHost] = []
        for host in tuple(self.left):
            to_come = [other for other in self.left if other is not host]
            moves = self.evacuator.emptied(picture, [host], [*self.settled, *to_come])
            if not isinstance(moves, NotEmptied):
                again = self._count_onto(moves, to_come)
                taken = self._take((host,), moves, again)
                return Chosen(hosts=taken.hosts, moves=moves, moved_again=again)
            stuck.append(StuckHost(host=host.ref, reason=moves.reason))
        self.left = []
        return Chosen(stuck=tuple(stuck))

    def _count_onto(self, moves: Sequence[Move], to_come: Sequence[Host]) -> int:
        refs: set[EntityRef] = {host.ref for host in to_come}
        return sum(move.destination in refs for move in moves)

    def _take(self, hosts: tuple[Host, ...], moves: tuple[Move, ...], moved_again: int) -> Chosen:
        taken = {host.ref for host in hosts}
        self.left = [host for host in self.left if host.ref not in taken]
        self.settled = [*self.settled, *hosts]
        return Chosen(hosts=hosts, moves=moves, moved_again=moved_again)


def _share_a_domain(one: Host, other: Host) -> bool:
    return one.vsan_fault_domain is not None and one.vsan_fault_domain == other.vsan_fault_domain
