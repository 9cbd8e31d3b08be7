"""One turn of balancing: poll, decide, log and record, and act as far as the automation level lets."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.inventory.inventory import Inventory
from recommender.journal.entity_names import refs_of
from recommender.placement.engine.run import SearchRun
from recommender.placement.request import PlacementRequest
from recommender.service.balancing.acting import Means, act_on, with_uuids
from recommender.service.balancing.automatic_answer import automatic_answer
from recommender.service.balancing.gain import measure_gain
from recommender.service.balancing.others import Others
from recommender.service.balancing.recent_history import REMEMBERED
from recommender.service.cycle import decide, require_fresh
from recommender.service.decision_log import log_decision, log_settled, record_last
from recommender.service.open_steps import settle_open_steps
from recommender.service.retries import tried_since
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.timed_search import stop_text, timed_run
from recommender.service.world import World
from recommender.settings.settings import Settings

KIND: Final = "balance"


def run_cycle(
    settings: Settings,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    taught: Callable[[Inventory], Inventory] = lambda inventory: inventory,
    patience: Patience = DEFAULT_PATIENCE,
    occurrence: OpenOccurrence | None = None,
    others: Others | None = None,
) -> str | None:
    """Poll and, with ``serve.balance`` or for an ``occurrence`` of a schedule, decide, record and act.

    Nothing is sent when manual, only mandatory moves are made when partially automated, all when fully automated.
    ``others`` remembers where VMs stood, to tell what somebody else moved; ``taught`` adds what finished migrations
    have taught. What was done, ``None`` where the occurrence was claimed by another process. Raises any
    ``RecommenderError``.
    """
    began_at = world.clock.now()
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience, follow=False))
    inventory = world.source.read()
    require_fresh(inventory, settings.policy, world.clock.now())
    inventory = taught(inventory)
    if others is not None:
        others.see(inventory, journal, world.clock.now())
    if occurrence is None and not settings.serve.balance:
        told = f"{len(inventory.hosts)} hosts, {len(inventory.virtual_machines)} VMs"
        journal.record_cycle(began_at, "poll", "read", told)
        return told
    recent = world.of_its_own(journal.recent_moves(began_at - REMEMBERED))
    retry = settings.policy.retry
    before = tried_since(inventory, journal, retry, began_at - timedelta(seconds=retry.remember_s))
    request = PlacementRequest(
        inventory=inventory,
        policy=settings.policy,
        recent_moves=recent,
        left_alone=before.left_alone,
        failed=before.failed,
        limits=world.limits,
    )

    def run() -> SearchRun:
        return timed_run(world, settings.serve.search_limit_s)

    decision = decide(request, run())
    log_decision(KIND, decision)
    record_last(settings.serve.decision_file, decision)
    if occurrence is not None and not occurrence.claim():
        return None
    measure_gain(settings.automation, journal, decision, world.clock.now(), world.reaches)
    life = timedelta(minutes=settings.automation.recommendation_life_minutes)
    answer = automatic_answer(decision, settings, run)
    wanted = (*with_uuids(answer), *with_uuids(decision))
    journal.names.keep(inventory, refs_of(move for move, _ in wanted))
    standing = journal.recommendations.renew(wanted, world.clock.now(), life, world.reaches)
    if occurrence is not None and occurrence.timed.dry_run:
        told = "recorded only: dry run"
    else:
        deadline = None if occurrence is None else occurrence.deadline
        means = Means(
            world=world, journal=journal, stop=stop, hand_over=hand_over, deadline=deadline, patience=patience
        )
        told = act_on(decision, answer, standing, settings, means)
    detail = f"{len(decision.result.moves)} moves recommended; {told}{stop_text(decision.result)}"
    journal.record_cycle(began_at, KIND, decision.result.status.value, detail)
    return detail
