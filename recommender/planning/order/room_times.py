"""When room lets each move begin at the soonest, and how long what comes after it takes at the least.

Room is held at both ends. So who comes to a crowded host waits until enough has left it, and those who leave share the
host's link: the quickest set that is large enough says how long, whatever the order and however links are shared. Seen
backwards in time the same is true of who leaves a host that is crowded at the end: those for whom it made room come
after. One wait leads to the next, from host to host.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from recommender.placement.result import Move
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.transfer import Transfer

ROUNDS: Final = 12  # each is a valid answer; chains of waits are seldom longer
LONGEST_FRONT: Final = 128  # sets that are kept apart; beyond that some pass for quicker than they are
ROUNDING: Final = 1e-6  # of sums of room


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTimes:
    """Seconds by move: ``heads``: it begins no earlier; ``tails``: after its end the rest takes no less."""

    heads: list[float]
    tails: list[float]


def room_times(said: RoomStatements, moves: Sequence[Move], transfers: Sequence[Transfer]) -> RoomTimes:
    """For ``moves`` (of one VM: in the order in which it makes them), of which rules say no less than ``said``."""
    legs: defaultdict[int, list[int]] = defaultdict(list)
    for number, move in enumerate(moves):
        legs[said.position[move.vm]].append(number)
    forth, back = _Way(), _Way()
    for number, (move, transfer) in enumerate(zip(moves, transfers, strict=True)):
        vm = said.position[move.vm]
        place = legs[vm].index(number)
        here, there = (dict(_room_of(said, vm, said.host_position[host])) for host in (move.source, move.destination))
        links = dict(transfer.links)
        send_s, receive_s = (
            transfer.work_mib / links[link] if link in links else 0.0
            for link in (("send", move.source), ("receive", move.destination))
        )
        is_last = place + 1 == len(legs[vm])
        forth.movers.append(
            _Mover(
                asks=there,
                gives={} if place else here,
                alone_s=transfer.alone_s,
                link_s=send_s,
                before_link_s=transfer.fixed_s,
                after=legs[vm][place - 1] if place else None,
            )
        )
        back.movers.append(
            _Mover(
                asks=here,
                gives=there if is_last else {},
                alone_s=transfer.alone_s,
                link_s=receive_s,
                after_link_s=transfer.fixed_s,
                after=None if is_last else legs[vm][place + 1],
            )
        )
    ends = {vm: said.host_position[moves[numbers[-1]].destination] for vm, numbers in legs.items()}
    for vm, one in enumerate(said.vms):
        begin = said.host_position[one.host]
        forth.occupy(_room_of(said, vm, begin))
        back.occupy(_room_of(said, vm, ends.get(vm, begin)))
    forth.limit = back.limit = dict(_limits(said))
    return RoomTimes(heads=forth.earliest(), tails=back.earliest())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mover:
    """In one direction of time: the room it asks for where it comes to, and gives where it leaves.

    ``link_s``: how long it alone fills the link of the host it leaves, at the soonest ``before_link_s`` after its start
    and at the latest ``after_link_s`` before its end. ``after``: the number of its VM's move before.
    """

    asks: dict[Hashable, float]
    gives: dict[Hashable, float]
    alone_s: float
    link_s: float
    before_link_s: float = 0.0
    after_link_s: float = 0.0
    after: int | None = None


@dataclass(slots=True)
class _Way:
    """One direction of time: forth from the beginning, or back from the end."""

    movers: list[_Mover] = field(default_factory=list)
    limit: dict[Hashable, float] = field(default_factory=dict)
    _held: defaultdict[Hashable, float] = field(default_factory=lambda: defaultdict(float))

    def occupy(self, room: Iterator[tuple[Hashable, float]]) -> None:
        """What a VM holds before anything moves."""
        for place, amount in room:
            self._held[place] += amount

    def earliest(self) -> list[float]:
        """Before which moment each cannot start."""
        leavers: defaultdict[Hashable, list[tuple[int, float]]] = defaultdict(list)
        for number, mover in enumerate(self.movers):
            for place, amount in mover.gives.items():
                leavers[place].append((number, amount))
        needs = [dict(self._needs(mover, leavers)) for mover in self.movers]
        crowded = sorted({place for need in needs for place in need}, key=str)
        heads = [0.0] * len(self.movers)
        for _ in range(ROUNDS):
            left = {place: self._leaving(leavers[place], heads) for place in crowded}
            new = [
                max(
                    [0.0 if mover.after is None else heads[mover.after] + self.movers[mover.after].alone_s]
                    + [left[place].soonest(amount) for place, amount in need.items()]
                )
                for mover, need in zip(self.movers, needs, strict=True)
            ]
            if new == heads:
                break
            heads = new
        return heads

    def _needs(
        self, mover: _Mover, leavers: dict[Hashable, list[tuple[int, float]]]
    ) -> Iterator[tuple[Hashable, float]]:
        """How much has to have left each place before this one comes."""
        for place, amount in mover.asks.items():
            lacking = self._held[place] + amount - self.limit[place]
            # A place that is overfull whoever leaves is one where nothing is asked, or of which nothing is known.
            lacking = min(lacking, sum(given for _, given in leavers.get(place, ())))
            if lacking > ROUNDING * amount:
                yield place, lacking * (1 - ROUNDING)

    def _leaving(self, leavers: Sequence[tuple[int, float]], heads: Sequence[float]) -> "_Leaving":
        ends = sorted((heads[number] + self.movers[number].alone_s, amount) for number, amount in leavers)
        on_link = sorted(
            (heads[number] + self.movers[number].before_link_s, self.movers[number].link_s, amount)
            for number, amount in leavers
        )
        rest_s = min((self.movers[number].after_link_s for number, _ in leavers), default=0.0)
        front = _front(on_link)
        return _Leaving(
            [end for end, _ in ends], _sums(ends), [end + rest_s for end, _ in front], [amount for _, amount in front]
        )


@dataclass(frozen=True, slots=True)
class _Leaving:
    """How much can have left a place by which moment: by each one's own time, and by what their link carries."""

    ends: list[float]
    by_end: list[float]
    link_ends: list[float]
    by_link: list[float]

    def soonest(self, amount: float) -> float:
        """When so much can have left."""
        one, other = bisect_left(self.by_end, amount), bisect_left(self.by_link, amount)
        return max(self.ends[one], self.link_ends[other])


def _sums(ends: Sequence[tuple[float, float]]) -> list[float]:
    total, sums = 0.0, []
    for _, amount in ends:
        total += amount
        sums.append(total)
    return sums


def _front(on_link: Sequence[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """(moment, most that can have left by then), both rising, of (not before, seconds on the link, amount), sorted.

    A link that is never idle while it has work carries a set of movers, whatever their order, within the time that it
    takes for them in the order in which they may begin.
    """
    front = [(0.0, 0.0)]
    for begin, seconds, amount in on_link:
        more = [(max(moment, begin) + seconds, total + amount) for moment, total in front]
        best, kept = -1.0, []
        for moment, total in sorted([*front, *more], key=lambda one: (one[0], -one[1])):
            if total > best:
                best = total
                kept.append((moment, total))
        # Of two sets one that is as quick as the first and as large as the second is better than both.
        front = kept if len(kept) <= LONGEST_FRONT else _thinned(kept)
    return front


def _thinned(front: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [front[0], *((front[n][0], front[min(n + 1, len(front) - 1)][1]) for n in range(1, len(front), 2))]


def _room_of(said: RoomStatements, vm: int, host: int) -> Iterator[tuple[Hashable, float]]:
    """What a VM holds at a host: of each thing that is limited, and its place among those that must stay apart."""
    for kind, amount in enumerate(said.demands[vm]):
        if amount:
            yield ("room", host, kind), amount
    for group in said.groups.get(vm, ()):
        yield ("apart", host, group), 1.0


def _limits(said: RoomStatements) -> Iterator[tuple[Hashable, float]]:
    groups = set().union(*said.groups.values())
    for host, limits in enumerate(said.limits):
        yield from ((("room", host, kind), limit) for kind, limit in enumerate(limits))
        yield from ((("apart", host, group), 1.0) for group in groups)
