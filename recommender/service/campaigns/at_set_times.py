"""A campaign at set times: each window goes on where the last one stopped, until everything has moved."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.inventory.inventory import Inventory
from recommender.journal.campaigns import Campaign, CampaignKind
from recommender.policy import Policy
from recommender.report.campaign_plan import batch_text, left_text
from recommender.service.campaigns.approval import BatchApproval
from recommender.service.campaigns.decision import CampaignQuestion, decide_campaign
from recommender.service.campaigns.order import CampaignOrder, Places
from recommender.service.campaigns.promise import CampaignPromise
from recommender.service.campaigns.run import CampaignRun
from recommender.service.cycle import require_fresh
from recommender.service.decision_log import log_settled, log_step
from recommender.service.evacuations.terms import policy_of
from recommender.service.open_steps import runs_on, settle_open_steps
from recommender.service.promises.windows import later_windows
from recommender.service.proposed import room_s
from recommender.service.rolling.at_set_times import reason_not_to_act
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due_times import window_of
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.world import World
from recommender.settings.campaign import CampaignSettings
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings

KIND: Final = "campaign"
_CAMPAIGNS: Final = UUID("0f0a9a5c-4b0e-4b62-8f5c-5b4f2f9d1c77")  # any fixed one: a name has one campaign


def run_campaign_evacuation(
    settings: Settings,
    evacuation: EvacuationSettings,
    campaign: CampaignSettings,
    occurrence: OpenOccurrence,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    taught: Callable[[Inventory], Inventory] = lambda inventory: inventory,
    patience: Patience = DEFAULT_PATIENCE,
) -> str | None:
    """Go on in this window, or begin. What was done; ``None`` if it stays due, or another process claimed it.

    Only planned in a dry run and with the automation level *manual*. Where the service's plans need approval each batch
    is proposed, and it stays due until somebody has approved it. Raises any ``RecommenderError``.
    """
    author, began_at = f"evacuation {evacuation.name}", world.clock.now()
    policy = policy_of(settings.policy, evacuation)
    log: Any = structlog.get_logger()
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience, follow=False))
    if occurrence.is_cut_off and runs_on(journal, author):
        return None  # the turn after their ends goes on
    inventory = world.source.read()
    require_fresh(inventory, policy, world.clock.now())
    order = order_of(evacuation, campaign)
    order.of.hosts_in(inventory)  # names that nobody knows do not use the window up
    order.to.hosts_in(inventory)
    if not occurrence.claim():
        return None

    def told(status: str, text: str) -> str:
        detail = f"{evacuation.name}, due {occurrence.due:{MOMENT}}: {text}"
        journal.record_cycle(began_at, KIND, status, detail)
        return detail

    if reason := reason_not_to_act(settings, evacuation):
        window_s = (occurrence.deadline - world.clock.now()) / timedelta(seconds=1)
        return told("planned", f"{_planned(order, taught(inventory), world, policy, window_s)}; {reason}")
    found = _campaign(author, order, occurrence.due, journal, began_at)
    if found.ended_at is not None:
        return told("nothing_to_do", found.detail)
    promise = CampaignPromise(
        campaign_id=found.id,
        journal=journal,
        clock=world.clock,
        tell=lambda text: log.info(KIND, campaign=found.id, told=text),
        opened_at=occurrence.due,
        deadline=occurrence.deadline,
        later=partial(later_windows, evacuation, occurrence.due, journal),
        comes_again=True,
    )
    if promise.is_missing:
        _promise_whole(promise, order, taught(inventory), world, policy, _room_s(settings, evacuation))
    run = CampaignRun(
        campaign=found,
        policy=policy,
        world=world,
        journal=journal,
        deadline=occurrence.deadline,
        stop=stop,
        hand_over=hand_over,
        taught=taught,
        tell=promise.tell,
        on_event=partial(log_step, inventory),
        patience=patience,
        approval=_approval(settings, evacuation, found, journal),
        promise=promise,
    )
    stopped = run.run()
    moved = f"{run.moved} VMs moved in this window"
    waits = stopped if stopped and stopped.is_waiting and evacuation.interrupted == "continue" else None
    if waits and run.moved:
        told("waiting", f"{moved}; {waits.reason}")
    if waits or occurrence.goes_on(is_open=runs_on(journal, author)):
        return None
    return told("done", f"{moved}; all is moved") if stopped is None else told("stopped", f"{moved}; {stopped.reason}")


def propose_ahead(
    settings: Settings,
    evacuation: EvacuationSettings,
    campaign: CampaignSettings,
    due: datetime,
    world: World,
    journal: ServiceJournal,
    *,
    taught: Callable[[Inventory], Inventory],
) -> None:
    """Propose the batch of the window that opens at ``due``, unless one stands: there is time to approve it then.

    Nothing is sent or claimed. Raises any ``RecommenderError``.
    """
    author, now = f"evacuation {evacuation.name}", world.clock.now()
    order = order_of(evacuation, campaign)
    log: Any = structlog.get_logger()
    found = _campaign(author, order, due, journal, now)
    if found.ended_at is not None or runs_on(journal, author):
        return
    CampaignRun(
        campaign=found,
        policy=policy_of(settings.policy, evacuation),
        world=world,
        journal=journal,
        deadline=due + window_of(evacuation),
        stop=lambda: False,
        taught=taught,
        tell=lambda text: log.info(KIND, campaign=found.id, told=text),
        approval=_approval(settings, evacuation, found, journal),
    ).next_batch(order)


def order_of(evacuation: EvacuationSettings, campaign: CampaignSettings) -> CampaignOrder:
    """What the journal keeps of the settings."""
    return CampaignOrder(
        of=Places(hosts=evacuation.hosts, clusters=evacuation.clusters, datacenters=evacuation.datacenters),
        to=Places(hosts=campaign.to_hosts, clusters=campaign.to_clusters, datacenters=campaign.to_datacenters),
        categories=campaign.together,
        leave=campaign.leave,
    )


def _planned(order: CampaignOrder, inventory: Inventory, world: World, policy: Policy, window_s: float) -> str:
    decision = decide_campaign(
        CampaignQuestion(
            order=order, inventory=inventory, policy=policy, window_s=window_s, most=1, limits=world.limits
        )
    )
    told = [f"this window: {batch_text(inventory, batch)}" for batch in decision.batches]
    left = left_text(inventory, tuple(decision.left()))
    return "; ".join(text for text in (*decision.warnings, *told, left) if text) or "nothing is left to be moved"


def _promise_whole(
    promise: CampaignPromise, order: CampaignOrder, inventory: Inventory, world: World, policy: Policy, window_s: float
) -> None:
    """Plan all batches once, for their dates alone: each is decided afresh when it comes."""
    question = CampaignQuestion(order=order, inventory=inventory, policy=policy, window_s=window_s, limits=world.limits)
    decision = decide_campaign(question)
    if decision.batches:
        promise.begin(inventory, policy, order, decision.batches)


def _room_s(settings: Settings, evacuation: EvacuationSettings) -> float:
    window_s = window_of(evacuation) / timedelta(seconds=1)
    return room_s(window_s) if settings.approval.service else window_s


def _approval(
    settings: Settings, evacuation: EvacuationSettings, campaign: Campaign, journal: ServiceJournal
) -> BatchApproval | None:
    if not settings.approval.service:
        return None
    window_s = window_of(evacuation) / timedelta(seconds=1)
    return BatchApproval(settings=settings.approval, campaign=campaign, journal=journal, window_s=window_s)


def _campaign(author: str, order: CampaignOrder, due: datetime, journal: ServiceJournal, at: datetime) -> Campaign:
    """The one of this evacuation, begun where there is none; what is configured anew is asked anew."""
    asked = order.asked()
    known = [one for one in journal.campaigns.last(1000, CampaignKind.DATACENTER) if one.name == author]
    same = [one for one in known if dict(one.asked) == asked]
    if same:
        return same[0]
    number = uuid5(_CAMPAIGNS, f"{author} {due.isoformat()} {asked}").hex
    journal.campaigns.begin(number, author, asked, (), author=author, at=at, kind=CampaignKind.DATACENTER)
    return journal.campaigns.find(number, CampaignKind.DATACENTER)
