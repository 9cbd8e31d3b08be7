"""How a daemon tells of itself: alive, ready, where it leads, and its metrics."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from recommender.inventory.reading_counts import ReadingCounts
from recommender.service.leading.branch import Branch
from recommender.service.over_http.health import Health
from recommender.service.over_http.metrics import TurnCounts, metrics_text
from recommender.service.reload import Reload
from recommender.service.service_journal import ServiceJournal


def health_of(
    branches: Sequence[Branch],
    turns: TurnCounts,
    journal: ServiceJournal,
    reload: Reload,
    is_alive: Callable[[], bool],
) -> Health:
    """One that stands by is ready as well: it is there to take over."""

    def metrics() -> str:
        head = journal.audit.head()
        return metrics_text(
            turns,
            is_leader=any(branch.leadership.is_ours for branch in branches),
            vcenters=_led(branches),
            is_paused=journal.orders.pause() is not None,
            is_braked=journal.orders.brake() is not None,
            reloads=(reload.succeeded, reload.failed),
            is_configuration_current=reload.problem is None,
            proposals=len(journal.proposals.open(datetime.now(UTC))),
            steps=journal.step_counts(),
            open_recommendations=len(journal.recommendations.open()),
            audit_entries=0 if head is None else head.number,
            reading=_sum([branch.part.world.counts for branch in branches]),
        )

    return Health(is_alive=is_alive, is_ready=is_alive, metrics=metrics, role=lambda: _role(branches))


def _led(branches: Sequence[Branch]) -> dict[str, bool]:
    """Whether it leads, by vCenter."""
    return {
        vcenter: branch.leadership.is_ours
        for branch in branches
        for vcenter in sorted(branch.part.world.vcenters or ())
    }


def _role(branches: Sequence[Branch]) -> str:
    told = []
    for word, leads in (("leads", True), ("stands by", False)):
        mine = [branch for branch in branches if branch.leadership.is_ours is leads]
        names = ", ".join(vcenter for branch in mine for vcenter in sorted(branch.part.world.vcenters or ()))
        if mine:
            told.append(f"{word} in {names}" if names else word)
    return "; ".join(told)


def _sum(counts: Sequence[ReadingCounts]) -> ReadingCounts:
    return ReadingCounts(
        differences=sum(one.differences for one in counts),
        begun_anew=sum(one.begun_anew for one in counts),
        unsampled=sum(one.unsampled for one in counts),
    )
