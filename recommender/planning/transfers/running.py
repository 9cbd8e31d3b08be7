"""Migrations in time: those that run share their links fairly, and so each end depends on all others."""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from recommender.planning.transfers.link_shares import LinkShares
from recommender.planning.transfers.transfer import Transfer

SAME_TIME_S: Final = 1e-9  # what arithmetic leaves between ends that are one moment


@dataclass(slots=True)
class _Run:
    order: int
    transfer: Transfer
    left_mib: float
    is_sending: bool = False
    mib_s: float = 0.0
    since_s: float = 0.0
    entry: int = 0  # of its only valid line in the queue of what comes next


class Running:
    """The migrations under way at ``now_s``, each known by a number of the caller's."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s
        self._runs: dict[int, _Run] = {}
        self._next: list[tuple[float, int, int]] = []  # when, entry, number
        self._shares = LinkShares()
        self._entries = self._started = 0

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, number: int) -> bool:
        return number in self._runs

    def start(self, number: int, transfer: Transfer) -> None:
        """One more migration begins now."""
        self._started += 1
        self._runs[number] = _Run(self._started, transfer, transfer.work_mib)
        self._expect(number, self.now_s + transfer.fixed_s)

    def advance(self, until_s: float | None = None) -> list[int]:
        """Let time pass until something ends, at most until ``until_s``; the numbers of all that end at that moment.

        They are in the order of their start.
        """
        ended: list[int] = []
        while self._next and not ended:
            if until_s is not None and self._next[0][0] > until_s:
                break
            due = self._due()
            ended = [number for number in due if self._passes(number)]
            ended.sort(key=lambda number: self._runs[number].order)
            for number in ended:
                if self._runs.pop(number).is_sending:
                    self._shares.leave(number)
            if due:
                self._share_anew()
        if not ended and until_s is not None:
            self.now_s = max(self.now_s, until_s)
        return ended

    def _due(self) -> list[int]:
        """The numbers of all whose phase ends next; ``now_s`` is that moment."""
        first_s: float | None = None
        due: list[int] = []
        while self._next and (first_s is None or self._next[0][0] <= first_s + SAME_TIME_S):
            at_s, entry, number = heappop(self._next)
            run = self._runs.get(number)
            if run is not None and run.entry == entry:
                if first_s is None:
                    first_s = self.now_s = at_s
                due.append(number)
        return due

    def _passes(self, number: int) -> bool:
        """Whether it is over; else it begins to send."""
        run = self._runs[number]
        if run.is_sending or not run.left_mib:
            return True
        run.is_sending, run.since_s = True, self.now_s
        self._shares.enter(number, run.transfer.links, run.transfer.own_mib_s)
        return False

    def _share_anew(self) -> None:
        touched = self._shares.touched()
        self._shares.settle(touched)
        for number in touched:
            run, mib_s = self._runs[number], self._shares.rates[number]
            if run.mib_s != mib_s:
                run.left_mib -= run.mib_s * (self.now_s - run.since_s)
                run.mib_s, run.since_s = mib_s, self.now_s
                self._expect(number, self.now_s + max(0.0, run.left_mib) / mib_s)

    def _expect(self, number: int, at_s: float) -> None:
        self._entries += 1
        self._runs[number].entry = self._entries
        heappush(self._next, (at_s, self._entries, number))
