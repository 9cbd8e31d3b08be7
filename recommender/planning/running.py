"""Migrations in time: those that run share their links fairly, and so each end depends on all others."""

from dataclasses import dataclass
from math import inf
from typing import Final

from recommender.migration.sharing import shared_rates
from recommender.planning.transfer import Link, Transfer

SAME_TIME_S: Final = 1e-9  # what arithmetic leaves between ends that are one moment


@dataclass(slots=True)
class _Run:
    transfer: Transfer
    fixed_left_s: float
    work_left_mib: float
    mib_s: float = 0.0


class Running:
    """The migrations under way at ``now_s``, each known by a number of the caller's."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._runs: dict[int, _Run] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, number: int) -> bool:
        return number in self._runs

    def start(self, number: int, transfer: Transfer) -> None:
        """One more migration begins now."""
        self._runs[number] = _Run(transfer, transfer.fixed_s, transfer.work_mib)

    def advance(self) -> list[int]:
        """Let time pass until something ends; the numbers of all that end at that moment, in order of their start."""
        ended: list[int] = []
        while self._runs and not ended:
            self._step()
            ended = [number for number, run in self._runs.items() if not run.fixed_left_s and not run.work_left_mib]
            for number in ended:
                del self._runs[number]
        return ended

    def _step(self) -> None:
        """To the next moment at which a rate changes."""
        runs = list(self._runs.values())
        # Who still sets up or copies disks locally sends nothing yet.
        sending = [run for run in runs if not run.fixed_left_s and run.work_left_mib]
        caps: dict[Link, float] = dict(link for run in sending for link in run.transfer.links)
        uses = [[link for link, _ in run.transfer.links] for run in sending]
        for run, rate in zip(sending, shared_rates(uses, caps, [r.transfer.own_mib_s for r in sending]), strict=True):
            run.mib_s = rate
        step_s = min((_left_s(run) for run in runs), default=inf)
        self.now_s += step_s
        for run in runs:
            is_over = _left_s(run) <= step_s + SAME_TIME_S
            if run.fixed_left_s:
                run.fixed_left_s = 0.0 if is_over else run.fixed_left_s - step_s
            else:
                run.work_left_mib = 0.0 if is_over else run.work_left_mib - run.mib_s * step_s


def _left_s(run: _Run) -> float:
    """Until its present phase is over, if nothing changes."""
    if run.fixed_left_s:
        return run.fixed_left_s
    return run.work_left_mib / run.mib_s if run.work_left_mib else 0.0
