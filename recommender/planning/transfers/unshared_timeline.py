"""Moves in time when nothing is shared: each runs alone on its links at full rate, one order gives one timeline.

A link carries the same in all, however many share it, so where room is scarce one at a time holds room at both ends for
less long. Everything a move needs (room, a share of a link, units) is an amount of something that it takes at its start
and that comes back at its end, links a little earlier, as nothing is sent while the next one is prepared: so an order
is timed in a millisecond, and hundreds of orders can be tried.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from math import ceil, floor, inf
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import units_of
from recommender.planning.order.model import in_ticks
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.link_use import LINK_PARTS, WHILE_SENDING, LinkUse
from recommender.planning.transfers.queues import ALONE, Amounts, Needs, Queues
from recommender.planning.transfers.transfer import median_transfer
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy

NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Timed:
    """Ticks: ``end`` of all, ``total`` of all ends, ``starts`` by number, and who let each start, or ``NOBODY``."""

    end: int
    total: int
    starts: list[int]
    let_by: list[int]


class UnsharedTimeline:
    """For ``moves`` (of one VM: in the order in which it makes them), of which rules say no more than ``said``.

    ``lengths`` in ticks. What may run out has a number: so much of it is ``free``; so much of which each move ``takes``
    at its start and ``gives`` at its end.
    """

    def __init__(
        self,
        inventory: Inventory,
        policy: Policy,
        said: RoomStatements,
        moves: Sequence[Move],
        ticks_a_s: int,
        link_use: LinkUse = WHILE_SENDING,
    ) -> None:
        self.transfers = transfers = [median_transfer(inventory, policy, move) for move in moves]
        self.lengths = [in_ticks(transfer.alone_s, ticks_a_s) for transfer in transfers]
        self._prepares = min((int(ticks_a_s * one.fixed_s) for one in transfers if one.links), default=0)
        self._hosts = [move.destination for move in moves]
        ledger, legs = UnitLedger(inventory, policy), defaultdict[int, list[int]](list)
        free = _room_left(said)
        uses = []
        for number, (move, transfer) in enumerate(zip(moves, transfers, strict=True)):
            use = _Use()
            of_links = use.takes if link_use.is_held else use.links
            for link, mib_s in transfer.links:
                of_links[link], free[link] = link_use.parts(transfer.own_mib_s, mib_s), LINK_PARTS
            for place, units in units_of(inventory, policy, move).items():
                use.takes[place], free[place] = units, ledger.grantable(place)
            use.gives.update(use.takes)
            vm = said.position[move.vm]
            use.takes.update(_room_of(said, vm, said.host_position[move.destination]))
            use.gives.update(_room_of(said, vm, said.host_position[move.source]))
            legs[vm].append(number)
            uses.append(use)
        for vm, numbers in legs.items():
            for before, after in pairwise(numbers):
                # That it has arrived is what the first gives and the second takes.
                uses[before].gives["arrived", vm, after] = uses[after].takes["arrived", vm, after] = 1
                free["arrived", vm, after] = 0
        self._number(uses, free)

    def _number(self, uses: Sequence["_Use"], free: dict[Hashable, int]) -> None:
        """Keep account, by number, of what may run out only."""
        asked: defaultdict[Hashable, int] = defaultdict(int)
        for use in uses:
            for amount, count in (*use.takes.items(), *use.links.items()):
                asked[amount] += count
        scarce = [amount for amount, count in asked.items() if count > free[amount]]
        numbers = {amount: number for number, amount in enumerate(scarce)}
        self.free = [free[amount] for amount in scarce]
        self.takes, self.gives, self._links = (
            [[(numbers[amount], count) for amount, count in held.items() if amount in numbers] for held in table]
            for table in ([use.takes | use.links for use in uses], [u.gives for u in uses], [u.links for u in uses])
        )
        self._lent = [
            [one for one in takes if one in gives] for takes, gives in zip(self.takes, self.gives, strict=True)
        ]
        self._needs = Needs(self.takes, len(scarce))

    def lent(self, number: int) -> Amounts:
        """What a move takes at its start and gives back at its end."""
        return self._lent[number]

    def taken(self, number: int) -> Amounts:
        """What it takes for good: room where it comes to."""
        return [one for one in self.takes[number] if one not in self._lent[number]]

    def given(self, number: int) -> Amounts:
        """What it gives that it did not take: room where it leaves."""
        return [one for one in self.gives[number] if one not in self._lent[number]]

    def one_by_one(self, ranks: Sequence[float]) -> list[int] | None:
        """An order in which each can start when all before it are over; of those that can, the lowest rank first.

        In turn, such an order can always be ``timed``. ``None`` if this way leads to none.
        """
        free, left, order = list(self.free), sorted(range(len(ranks)), key=ranks.__getitem__), list[int]()
        while left:
            number = next((one for one in left if all(free[a] >= count for a, count in self.takes[one])), None)
            if number is None:
                return None
            for amount, count in self.takes[number]:
                free[amount] -= count
            for amount, count in self.gives[number]:
                free[amount] += count
            left.remove(number)
            order.append(number)
        return order

    def left_shifted(self, starts: Sequence[int]) -> list[int]:
        """Each as early as the order of ``starts`` lets it: after all that are over by then and gave what it takes."""
        ends = [start + length for start, length in zip(starts, self.lengths, strict=True)]
        givers: list[list[int]] = [[] for _ in self.free]
        for number, given in enumerate(self.gives):
            for amount, _ in given:
                givers[amount].append(number)
        new = [0] * len(starts)
        for number in sorted(range(len(starts)), key=lambda one: (starts[one], one)):
            before = {one for amount, _ in self.takes[number] for one in givers[amount] if ends[one] <= starts[number]}
            new[number] = max((new[one] + self.lengths[one] for one in before if one != number), default=0)
        return new

    def timed(self, order: Sequence[int], cut: float = inf, *, in_turn: bool = False) -> Timed | None:
        """Each move as early as it can, those first in ``order`` first; ``None`` if some never can, or past ``cut``.

        ``in_turn``: none starts to a host before those that come first in ``order`` have started to it, so that small
        ones take no room that a large one waits for.
        """
        lengths, prepares, free = self.lengths, self._prepares, list(self.free)
        queues, (after, asked) = Queues(self._needs, order, free), self._turns(order, in_turn=in_turn)
        starts, let_by = [-1] * len(order), [NOBODY] * len(order)
        events: list[tuple[int, bool, int]] = []
        now, total, open_moves, last = 0, 0, len(order), NOBODY
        came_back: Collection[int] = ()
        while True:
            for rank in queues.started(asked, came_back, after):
                number = order[rank]
                starts[number], let_by[number] = now, last
                heappush(events, (now + max(0, lengths[number] - prepares), False, number))
                heappush(events, (now + lengths[number], True, number))
            if not events or events[0][0] > cut:
                return None
            now, asked = events[0][0], ()
            ended, last, came_back = self._give_back(events, free)
            total, open_moves = total + ended * now, open_moves - ended
            if not open_moves:
                return Timed(now, total, starts, let_by)

    def _turns(self, order: Sequence[int], *, in_turn: bool) -> tuple[list[int], Collection[int]]:
        """By place in ``order``: who comes to the same host after each; and those who come after nobody."""
        after, first = [ALONE] * len(order), list[int]()
        if not in_turn:
            return after, range(len(order))
        latest: dict[EntityRef, int] = {}
        for place, number in enumerate(order):
            host = self._hosts[number]
            if host in latest:
                after[latest[host]] = place
            else:
                first.append(place)
            latest[host] = place
        return after, first

    def _give_back(self, events: list[tuple[int, bool, int]], free: list[int]) -> tuple[int, int, set[int]]:
        """At the next moment: how many end, one whose event it is, and the things that come back."""
        now, ended, last = events[0][0], 0, NOBODY
        came_back: set[int] = set()
        while events and events[0][0] == now:
            _, is_end, last = heappop(events)
            ended += is_end
            for amount, count in self.gives[last] if is_end else self._links[last]:
                free[amount] += count
                came_back.add(amount)
        return ended, last, came_back


class _Use:
    """What a move takes at its start and gives back at its end, and its shares of links."""

    def __init__(self) -> None:
        self.takes: dict[Hashable, int] = {}
        self.gives: dict[Hashable, int] = {}
        self.links: dict[Hashable, int] = {}


def _room_of(said: RoomStatements, vm: int, host: int) -> dict[Hashable, int]:
    """What a VM holds at a host: of each thing that is limited, and its place among those that must stay apart."""
    room: dict[Hashable, int] = {("room", host, kind): ceil(one) for kind, one in enumerate(said.demands[vm]) if one}
    room.update({("apart", host, group): 1 for group in said.groups.get(vm, ())})
    return room


def _room_left(said: RoomStatements) -> dict[Hashable, int]:
    """What is free at each host before anything starts."""
    free: dict[Hashable, int] = {}
    groups = set().union(*said.groups.values())
    for host, limits in enumerate(said.limits):
        free.update({("room", host, kind): floor(limit) for kind, limit in enumerate(limits)})
        free.update({("apart", host, group): 1 for group in groups})
    for vm, one in enumerate(said.vms):
        for amount, count in _room_of(said, vm, said.host_position[one.host]).items():
            free[amount] -= count
    return free
