"""A rolling maintenance at set times: each window goes on where the last one stopped, until every host had its turn."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.actuation.turn import Turn, TurnState
from recommender.errors import PlanError
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import cluster_named, datastore_named, host_named
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.planning.rolling.maintenance import RollingRequest, plan_rolling_maintenance
from recommender.policy import AutomationLevel
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.cycle import require_fresh
from recommender.service.decision_log import log_settled, log_step
from recommender.service.hooks import RunHook, run_hook
from recommender.service.open_steps import runs_on, settle_open_steps
from recommender.service.promises.windows import set_times
from recommender.service.rolling.approval import WaveApproval
from recommender.service.rolling.decision import RollingDecision
from recommender.service.rolling.host_work import Stopped
from recommender.service.rolling.order import RollingOrder
from recommender.service.rolling.promise import RollingPromise
from recommender.service.rolling.run import OVER, RollingRun
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due_times import window_of
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.world import World
from recommender.settings.rolling import RollingSettings
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings

KIND = "rolling"
AT_WORK = (TurnState.READY, TurnState.WORKING, TurnState.WORKED, TurnState.LEAVING)
_CAMPAIGNS = UUID("7a1f4a0e-3f6f-4a53-9d0c-0b5d4d0f6c11")  # any fixed one: the same occurrence has the same id


def run_rolling_evacuation(
    settings: Settings,
    evacuation: EvacuationSettings,
    rolling: RollingSettings,
    occurrence: OpenOccurrence,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    hook: RunHook = run_hook,
    background: BackgroundHooks | None = None,
    patience: Patience = DEFAULT_PATIENCE,
) -> str | None:
    """Go on in this window, or begin; no wave begins that would not be over when it closes.

    Only planned in a dry run and with the automation level *manual*. Where the service's plans need approval each wave
    is proposed, and it stays due until somebody has approved it. What was done, ``None`` if it was claimed by another
    process or waits for a person, for hooks in the ``background`` or for migrations that hang, so that it stays due.
    Raises any ``RecommenderError``.
    """
    author, began_at = f"evacuation {evacuation.name}", world.clock.now()
    log: Any = structlog.get_logger()
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience, follow=False))
    if _has_to_wait(occurrence, journal, author, background):
        return None
    inventory = world.source.read()
    require_fresh(inventory, settings.policy, world.clock.now())
    order = order_of(rolling)
    hosts = hosts_of(inventory, evacuation)
    if not occurrence.claim():
        return None

    def told(status: str, text: str) -> str:
        detail = f"{evacuation.name}, due {occurrence.due:{MOMENT}}: {text}"
        journal.record_cycle(began_at, KIND, status, detail)
        return detail

    if reason := reason_not_to_act(settings, evacuation):
        plan = plan_rolling_maintenance(order.request(inventory, settings.policy, hosts, limits=world.limits))
        text = f"{len(plan.waves)} waves and {plan.migrations} migrations planned, {len(plan.stuck)} hosts stuck"
        return told("planned", f"{text}; {reason}")
    campaign = _campaign(rolling, author, order, hosts, occurrence.due, journal, world)
    if campaign is None:
        return told("nothing_to_do", "every host had its turn")
    journal.names.keep(inventory, hosts)
    promise = RollingPromise(
        campaign_id=campaign.id,
        work_s=order.work_s,
        journal=journal,
        clock=world.clock,
        tell=lambda text: log.info(KIND, campaign=campaign.id, told=text),
        windows=partial(set_times, evacuation, occurrence.due, journal),
    )
    if promise.is_missing:
        _promise_whole(promise, order.request(inventory, settings.policy, hosts, limits=world.limits))
    stopped = RollingRun(
        campaign=campaign,
        policy=settings.policy,
        world=world,
        journal=journal,
        stop=stop,
        hand_over=hand_over,
        deadline=occurrence.deadline,
        tell=promise.tell,
        on_event=partial(log_step, inventory),
        hook=hook,
        patience=patience,
        waits=False,
        background=background,
        promise=promise,
        approval=_approval(settings, evacuation, campaign, journal),
    ).run()
    if _stays_due(stopped, occurrence, journal, author):
        return None
    if stopped is not None and not stopped.may_go_on:
        log.error("a person has to look", campaign=campaign.id, told=stopped.reason)
    progress = _progress(journal.campaigns.turns(campaign.id))
    return told("done", progress) if stopped is None else told("stopped", f"{progress}; {stopped.reason}")


def order_of(rolling: RollingSettings) -> RollingOrder:
    """What the journal keeps of the settings."""
    return RollingOrder(
        at_once=rolling.at_once,
        most_moves_per_vm=rolling.moves_per_vm,
        work_s=60 * rolling.work_minutes,
        come_home=rolling.come_home,
        work=rolling.work,
    )


def hosts_of(inventory: Inventory, evacuation: EvacuationSettings) -> tuple[EntityRef, ...]:
    """The hosts that are named, alone or by clusters, or datastores. Raises ``UnknownName`` or ``AmbiguousName``."""
    clusters = {cluster_named(inventory, name).ref for name in evacuation.clusters}
    named = {host_named(inventory, name).ref for name in evacuation.hosts}
    named |= {datastore_named(inventory, name).ref for name in evacuation.datastores}
    return tuple(sorted(named | {host.ref for host in inventory.hosts if host.cluster in clusters}))


def reason_not_to_act(settings: Settings, evacuation: EvacuationSettings) -> str | None:
    """Why what decides as it goes is only planned; ``None`` if it may act."""
    if evacuation.dry_run:
        return "dry run, nothing was sent"
    level = evacuation.automation_level or settings.policy.automation_level
    if level is AutomationLevel.MANUAL:
        return "nothing was sent: the automation level is manual"
    return None


def propose_ahead(
    settings: Settings,
    evacuation: EvacuationSettings,
    rolling: RollingSettings,
    due: datetime,
    world: World,
    journal: ServiceJournal,
    *,
    taught: Callable[[Inventory], Inventory],  # noqa: ARG001  # as of campaigns; waves are decided without it
) -> None:
    """Propose the wave of the window that opens at ``due``, unless one stands: there is time to approve it then.

    Nothing is sent or claimed. Raises any ``RecommenderError``.
    """
    author, order = f"evacuation {evacuation.name}", order_of(rolling)
    inventory = world.source.read()
    require_fresh(inventory, settings.policy, world.clock.now())
    campaign = _campaign(rolling, author, order, hosts_of(inventory, evacuation), due, journal, world)
    if campaign is None or runs_on(journal, author):
        return
    turns = journal.campaigns.turns(campaign.id)
    if any(turn.state not in (TurnState.WAITING, *OVER) for turn in turns):
        return  # what was begun comes first
    log: Any = structlog.get_logger()
    decision = RollingDecision(
        campaign=campaign,
        policy=settings.policy,
        world=world,
        journal=journal,
        tell=lambda text: log.info(KIND, campaign=campaign.id, told=text),
        approval=_approval(settings, evacuation, campaign, journal),
    )
    order = RollingOrder.from_asked(campaign.asked)
    if all(turn.state in OVER for turn in turns):
        decision.way_home(order, turns)
        return
    decision.wave(order, turns, lambda host, reason: _give_up(journal, campaign, host, reason, world))


def _give_up(journal: ServiceJournal, campaign: Campaign, host: EntityRef, reason: str, world: World) -> None:
    journal.campaigns.turn(campaign.id, host, TurnState.GIVEN_UP, world.clock.now(), detail=reason)


def _approval(
    settings: Settings, evacuation: EvacuationSettings, campaign: Campaign, journal: ServiceJournal
) -> WaveApproval | None:
    if not settings.approval.service:
        return None
    window_s = window_of(evacuation) / timedelta(seconds=1)
    return WaveApproval(settings=settings.approval, campaign=campaign, journal=journal, window_s=window_s)


def _campaign(
    rolling: RollingSettings,
    author: str,
    order: RollingOrder,
    hosts: tuple[EntityRef, ...],
    due: datetime,
    journal: ServiceJournal,
    world: World,
) -> Campaign | None:
    """The one that is to go on, or a new one; ``None`` where all is done and it is not to be repeated."""
    if unfinished := journal.campaigns.open(author):
        return unfinished[0]
    earlier = [one for one in journal.campaigns.last(1000) if one.name == author]
    number = uuid5(_CAMPAIGNS, f"{author} {due.isoformat()}").hex
    if earlier and (not rolling.repeat or any(one.id == number for one in earlier)):
        return None
    journal.campaigns.begin(number, author, order.asked(), hosts, author=author, at=world.clock.now())
    return journal.campaigns.find(number)


def _promise_whole(promise: RollingPromise, request: RollingRequest) -> None:
    """Plan all waves once, for their dates alone: each is decided afresh when it comes."""
    try:
        promise.begin(plan_rolling_maintenance(request))
    except PlanError as error:  # of a later wave, which is not what is done now
        promise.tell(f"when all of it is over is not known: {error}")


def _has_to_wait(
    occurrence: OpenOccurrence, journal: ServiceJournal, author: str, background: BackgroundHooks | None
) -> bool:
    """Whether nothing can go on before a hook or a migration of it ends; hosts in maintenance mode can always."""
    if background is not None and background.all_run_for(author):
        return True
    if not occurrence.is_cut_off or not runs_on(journal, author):
        return False
    turns = (turn for campaign in journal.campaigns.open(author) for turn in journal.campaigns.turns(campaign.id))
    return not any(turn.state in AT_WORK for turn in turns)


def _stays_due(stopped: Stopped | None, occurrence: OpenOccurrence, journal: ServiceJournal, author: str) -> bool:
    """Whether each turn looks again until the window closes: for a person, a hook, or a migration that hangs."""
    if stopped is None or stopped.is_waiting:
        return stopped is not None
    return stopped.may_go_on and occurrence.goes_on(is_open=runs_on(journal, author))


def _progress(turns: tuple[Turn, ...]) -> str:
    back = sum(turn.state is TurnState.BACK for turn in turns)
    return f"{back} of {len(turns)} hosts had their turn"
