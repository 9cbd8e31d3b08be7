"""A campaign in the simulated data centre: nothing twice, a crash loses nothing, failures are tried elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from recommender import failpoints
from recommender.failpoints import Failpoint
from recommender.inventory.cluster import Cluster, DrsAutomation
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.journal.approvals import Approval
from recommender.journal.batches import BatchRecord
from recommender.journal.campaigns import CampaignKind
from recommender.policy import AutomationLevel, Policy, RetryPolicy
from recommender.service.campaigns.at_set_times import run_campaign_evacuation
from recommender.service.campaigns.drs_warning import drs_warnings
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.settings.automation import ApprovalSettings
from recommender.settings.campaign import CampaignSettings
from recommender.settings.schedule import EvacuationSettings
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import DUE, Stage, a_worker, settings

WEEK = timedelta(days=7)
ASKED = ApprovalSettings(service=True)
POLICY = Policy(
    automation_level=AutomationLevel.FULLY_AUTOMATED,
    cpu_reserve_percent=0,
    memory_reserve_percent=0,
    retry=RetryPolicy(back_off_s=1.0),
)


def two_datacenters(rtt_ms: float = 5.0) -> Inventory:
    """Two hosts with eight VMs in the east, two empty ones in the west that share no datastore with them."""
    east = [make_host(name, site="east", datacenter="east", cluster=ref("e")) for name in "ab"]
    west = [make_host(name, site="west", datacenter="west", cluster=ref("w"), datastores=("far",)) for name in "yz"]
    vms = [make_vm(f"v{n}", "ab"[n % 2], memory=1024, cpu=100) for n in range(8)]
    inventory = make_inventory(
        [*east, *west],
        vms,
        clusters=tuple(Cluster(ref=ref(name[0]), name=name, datacenter=name) for name in ("east", "west")),
        site_links=(SiteLink(site_a="east", site_b="west", rtt_ms=rtt_ms, bandwidth_mbit_s=1000),),
    )
    return replace(
        inventory, datastores=tuple(replace(one, capacity_mib=2**24, free_mib=2**23) for one in inventory.datastores)
    )


class Leaving:
    """The east moves west, in weekly windows of ``minutes``."""

    def __init__(
        self,
        inventory: Inventory | None = None,
        *,
        minutes: int = 15,
        failures: Any = (),
        approval: ApprovalSettings | None = None,
        **of: Any,
    ) -> None:
        self.stage = Stage(inventory or two_datacenters(), failures=failures)
        self.approval = approval or ApprovalSettings()
        self.campaign = CampaignSettings(to_datacenters=("west",), **of)
        self.evacuation = EvacuationSettings(
            name="go-west", datacenters=("east",), cron="5 9 * * 1", duration_minutes=minutes, campaign=self.campaign
        )

    def run(self, due: datetime = DUE, *, policy: Policy = POLICY, is_cut_off: bool = False) -> str | None:
        self.stage.wait_until(max(due, self.stage.clock.now()))
        occurrence = OpenOccurrence(
            timed=self.evacuation,
            due=due,
            by="me",
            is_cut_off=is_cut_off,
            journal=self.stage.journal,
            clock=self.stage.clock,
        )
        return run_campaign_evacuation(
            settings(policy=policy, approval=self.approval),
            self.evacuation,
            self.campaign,
            occurrence,
            self.stage.world,
            self.stage.journal,
            stop=lambda: False,
            patience=PATIENCE,
        )

    @property
    def left(self) -> int:
        return self.stage.left_on("a") + self.stage.left_on("b")

    @property
    def batches(self) -> tuple[BatchRecord, ...]:
        (campaign,) = self.stage.journal.campaigns.last(5, CampaignKind.DATACENTER)
        return self.stage.journal.batches.of(campaign.id)


def test_window_after_window_until_everything_has_moved_once() -> None:
    leaving = Leaving()
    told = leaving.run() or ""
    assert 0 < leaving.left < 8
    assert f"{8 - leaving.left} VMs moved in this window" in told
    assert "nothing more fits this window" in told
    weeks = 0
    while leaving.left:
        weeks += 1
        leaving.run(DUE + weeks * WEEK)
    assert leaving.stage.sent == 8
    (campaign,) = leaving.stage.journal.campaigns.last(5, CampaignKind.DATACENTER)
    assert campaign.detail.startswith("all is moved, in ")
    assert leaving.stage.journal.campaigns.last(5) == (), "it is no rolling maintenance"
    assert leaving.run(DUE + (weeks + 1) * WEEK) == (
        f"go-west, due {DUE + (weeks + 1) * WEEK:%Y-%m-%d %H:%M:%S} UTC: {campaign.detail}"
    )
    assert leaving.stage.sent == 8


class _CrashError(BaseException):
    """The process is gone."""


@contextmanager
def crashing_at(point: Failpoint) -> Iterator[None]:
    def crash(reached: Failpoint) -> None:
        if reached is point:
            raise _CrashError

    failpoints.arm(crash)
    try:
        yield
    finally:
        failpoints.arm(None)


@pytest.mark.parametrize("point", [Failpoint.AFTER_BEGIN, Failpoint.AFTER_INTENT, Failpoint.AFTER_SUBMIT])
def test_a_crash_in_a_batch_is_gone_on_from_and_nothing_is_sent_twice(point: Failpoint) -> None:
    leaving = Leaving(minutes=600)
    with crashing_at(point), pytest.raises(_CrashError):
        leaving.run()
    leaving.stage.journal.is_acting = False  # its lease runs out with it
    leaving.stage.clock.sleep(600)
    told = leaving.run(is_cut_off=True) or ""
    if leaving.left:
        assert "nothing proves that its migration" in told
        leaving.run(DUE + WEEK)
    assert leaving.left == 0
    assert leaving.stage.sent == 8
    assert leaving.batches[0].detail == "it was cut off"


def test_a_failed_migration_is_tried_on_another_host_within_the_batch() -> None:
    leaving = Leaving(minutes=600, failures=[FaultyCall(call=1, fault=CallFault.BREAKS_OFF)])
    leaving.run()
    assert leaving.left == 0
    assert leaving.stage.sent == 9


def test_beyond_the_round_trip_time_nothing_is_sent_and_the_numbers_are_told() -> None:
    leaving = Leaving(two_datacenters(rtt_ms=200.0))
    told = leaving.run() or ""
    assert leaving.stage.sent == 0
    assert "200" in told
    assert "150" in told


def test_what_is_to_stay_stays_and_the_rest_goes() -> None:
    leaving = Leaving(minutes=600, leave=("v3",))
    leaving.run()
    assert [vm.name for host in "ab" for vm in leaving.stage.datacenter.read().vms_on(ref(host))] == ["v3"]
    (campaign,) = leaving.stage.journal.campaigns.last(5, CampaignKind.DATACENTER)
    assert campaign.detail.endswith("left: v3: the campaign leaves it")


def test_with_the_level_manual_it_is_only_planned_with_its_numbers() -> None:
    leaving = Leaving()
    told = leaving.run(policy=replace(POLICY, automation_level=AutomationLevel.MANUAL)) or ""
    assert "GiB from site to site (east | west) of 104.8 GiB that the link carries in the window" in told
    assert told.endswith("nothing was sent: the automation level is manual")
    assert leaving.stage.sent == 0


def test_what_has_no_meaning_together_is_refused() -> None:
    values: dict[str, Any] = {"name": "x", "cron": "5 9 * * 1", "duration_minutes": 60}
    somewhere = {"to_clusters": ("w",)}
    for wrong, words in (
        ({"datacenters": ("east",)}, "says where to"),
        ({"datacenters": ("east",), "campaign": {}}, "say where to"),
        ({"hosts": ("a",), "campaign": somewhere, "to": ("y",)}, "no meaning with campaign"),
        ({"hosts": ("a",), "campaign": somewhere, "at_window_end": "roll_back"}, "campaign roll-back"),
    ):
        with pytest.raises(ValidationError, match=words):
            EvacuationSettings.model_validate(values | wrong)


def approve(stage: Stage, approver: str) -> str:
    """Whatever is proposed; the plan's id."""
    (found,) = stage.journal.proposals.open(stage.clock.now())
    given = Approval(plan_id=found.plan_id, approver=approver, author=found.saved.author, at=stage.clock.now())
    stage.journal.approvals.give(given)
    return found.plan_id


def test_with_approvals_each_batch_waits_for_one_of_its_very_plan() -> None:
    leaving = Leaving(approval=ASKED)
    journal, clock = leaving.stage.journal, leaving.stage.clock
    assert leaving.run() is None
    assert leaving.run(is_cut_off=True) is None
    approve(leaving.stage, "evacuation go-west")
    assert leaving.run(is_cut_off=True) is None
    assert leaving.stage.sent == 0, "its author's own approval does not count"
    first = approve(leaving.stage, "ann")
    assert leaving.run(is_cut_off=True) is None, "the next batch waits"
    moved = leaving.stage.sent
    assert 0 < moved < 8
    (second,) = journal.proposals.open(clock.now())
    assert second.plan_id != first
    assert leaving.stage.cycles[-1][2].endswith(
        f"{moved} VMs moved in this window; plan {second.plan_id[:12]} waits "
        f"for an approval: recommender approve {second.plan_id[:12]}"
    )
    clock.sleep(500)
    approve(leaving.stage, "ann")
    told = leaving.run(is_cut_off=True) or ""
    assert "it waits for the next one" in told
    assert leaving.stage.sent == moved, "of this window too little is left"
    leaving.run(DUE + WEEK)
    assert leaving.stage.sent > moved
    assert [batch.plan_id for batch in leaving.batches][:2] == [first, second.plan_id]


def test_an_approved_batch_is_proposed_anew_once_its_world_has_changed() -> None:
    leaving = Leaving(approval=ASKED)
    assert leaving.run() is None
    first = approve(leaving.stage, "ann")
    assert leaving.run(is_cut_off=True, policy=replace(POLICY, cpu_reserve_percent=10)) is None
    assert leaving.stage.sent == 0
    (second,) = leaving.stage.journal.proposals.open(leaving.stage.clock.now())
    assert second.plan_id != first


def test_the_service_proposes_the_first_batch_before_its_window_opens() -> None:
    leaving = Leaving()
    stage = leaving.stage
    worker = a_worker(stage, settings(policy=POLICY, approval=ASKED, evacuation=(leaving.evacuation,)))
    for _ in range(2):
        worker.look_ahead()
    assert stage.clock.now() < DUE
    first = approve(stage, "ann")
    stage.wait_until(DUE)
    worker.do_what_is_due()
    assert stage.sent > 0
    assert leaving.batches[0].plan_id == first


def test_it_says_what_a_fully_automated_drs_may_do_meanwhile() -> None:
    inventory = two_datacenters()
    steered = tuple(
        replace(one, drs_enabled=True, drs_automation=DrsAutomation.FULLY_AUTOMATED) for one in inventory.clusters
    )
    inventory = replace(inventory, clusters=steered)
    old, new = drs_warnings(inventory, (ref("a"),), (ref("y"), ref("z")))
    assert old.startswith("WARNING: DRS is fully automated in cluster east (to be emptied)")
    assert "bring VMs there from the others (b)" in old
    assert new.startswith("WARNING: DRS is fully automated in cluster west")
    assert list(drs_warnings(two_datacenters(), (ref("a"),), (ref("y"),))) == []
    told = Leaving(inventory).run(policy=replace(POLICY, automation_level=AutomationLevel.MANUAL)) or ""
    assert "WARNING: DRS is fully automated in cluster east" in told
