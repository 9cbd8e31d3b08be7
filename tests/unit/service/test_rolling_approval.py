"""Rolling maintenance where plans need approvals: each wave is proposed, and nothing is sent before it is approved."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from recommender.actuation.turn import TurnState
from recommender.journal.approvals import Approval
from recommender.journal.proposals import Proposal
from recommender.policy import AutomationLevel
from recommender.service.rolling.approval import WaveApproval
from recommender.service.rolling.at_set_times import propose_ahead
from recommender.service.rolling.host_work import Stopped
from recommender.settings.automation import ApprovalSettings
from recommender.simulation.failures import CallFault, FaultyCall
from tests.unit.service.maintenances import HOSTS, POLICY, Maintenance, a_cluster
from tests.unit.service.stages import DUE, Stage, settings
from tests.unit.service.test_rolling_evacuation import WEEK, Patching
from tests.unit.vsphere.moves import make_move

WANTED = ApprovalSettings(required=True, service=True)


def proposed(stage: Stage) -> Proposal:
    (one,) = stage.journal.proposals.open(stage.clock.now())
    return one


def approve(stage: Stage, by: str = "ben") -> str:
    one = proposed(stage)
    given = Approval(plan_id=one.plan_id, approver=by, author=one.saved.author, at=stage.clock.now())
    stage.journal.approvals.give(given)
    return one.plan_id


class Approved(Maintenance):
    """Carried on by a person, with approvals."""

    def run(self, **changes: Any) -> Stopped | None:
        journal = self.stage.journal
        approval = WaveApproval(settings=WANTED, campaign=journal.campaigns.find("111"), journal=journal)
        return super().run(**({"approval": approval} | changes))


def test_each_wave_waits_for_its_own_approval_and_so_does_the_way_home() -> None:
    maintenance = Approved()
    stopped = maintenance.run()
    assert stopped is not None
    assert stopped.wants_approval
    assert "waits for an approval: recommender approve" in stopped.reason
    assert (maintenance.stage.sent, maintenance.worked) == (0, [])
    approved = list[str]()
    while stopped is not None:
        assert stopped.wants_approval
        waves = len(maintenance.worked)
        approved.append(approve(maintenance.stage))
        stopped = maintenance.run()
        assert len(maintenance.worked) <= waves + 1
    assert sorted(maintenance.worked) == ["a", "b", "c", "d"]
    assert len(approved) in (4, 5)  # with the way home, if anything pays
    assert all(maintenance.stage.journal.has_plan(plan) for plan in approved)


def test_the_words_of_who_proposed_it_do_not_count() -> None:
    maintenance = Approved()
    maintenance.run()
    approve(maintenance.stage, by="ada")
    stopped = maintenance.run()
    assert stopped is not None
    assert stopped.wants_approval
    assert maintenance.stage.sent == 0


def test_a_wave_to_whose_hosts_a_vm_came_is_proposed_anew() -> None:
    maintenance = Approved()
    stage = maintenance.stage
    maintenance.run()
    first = approve(stage)
    (host,) = proposed(stage).saved.evacuate
    somebody = next(vm for vm in stage.datacenter.read().virtual_machines if vm.host != host)
    stage.datacenter.relocate(make_move(vm=somebody.ref, destination=host), "a person")
    stage.clock.sleep(3600)
    stopped = maintenance.run()
    assert stopped is not None
    assert stopped.wants_approval
    told = f"plan {first[:12]} is not carried out: 1 VM came to its hosts since ({somebody.name})"
    assert told in maintenance.told
    assert proposed(stage).plan_id != first
    assert maintenance.worked == []


def test_what_failed_is_not_tried_elsewhere_without_an_approval() -> None:
    maintenance = Approved(Stage(a_cluster(), failures=[FaultyCall(call=1, fault=CallFault.BREAKS_OFF)]))
    maintenance.run()
    approve(maintenance.stage)
    stopped = maintenance.run()
    assert stopped is not None
    assert not stopped.wants_approval
    assert "not tried again: nobody has approved that: a later wave takes it" in maintenance.told
    sent = maintenance.stage.sent
    again = maintenance.run()
    assert again is not None
    assert again.wants_approval
    assert maintenance.stage.sent == sent


def test_an_approved_way_home_waits_for_time_and_an_unapproved_one_is_given_up_by_stay() -> None:
    maintenance = Approved()
    while (stopped := maintenance.run()) is not None and len(maintenance.worked) < len(HOSTS):
        approve(maintenance.stage)
    if stopped is None:
        return  # nothing pays
    approve(maintenance.stage)
    late = maintenance.run(deadline=maintenance.stage.clock.now())
    assert late is not None
    assert late.reason.startswith("the way home: wave 5 would be over at")
    assert maintenance.stage.journal.campaigns.find("111").ended_at is None


class ApprovedPatching(Patching):
    """By the service, in windows."""

    def run(self, due: datetime = DUE, **changes: Any) -> str | None:
        return super().run(due, approval=WANTED, **changes)

    def ahead(self, due: datetime = DUE) -> None:
        policy = replace(POLICY, automation_level=AutomationLevel.FULLY_AUTOMATED)
        of, stage = settings(policy=policy, approval=WANTED), self.stage
        propose_ahead(
            of, self.evacuation, self.rolling, due, stage.world, stage.journal, taught=lambda inventory: inventory
        )


def test_the_service_stays_due_until_the_wave_is_approved_and_proposes_the_next_one() -> None:
    patching = ApprovedPatching(minutes=240)
    assert patching.run() is None
    assert patching.stage.sent == 0
    first = approve(patching.stage)
    assert patching.run(is_cut_off=True) is None
    assert len(patching.worked) == 1
    assert proposed(patching.stage).plan_id != first


def test_the_service_proposes_before_the_window_and_begins_in_it() -> None:
    patching = ApprovedPatching(minutes=240)
    patching.ahead()
    first = proposed(patching.stage)
    patching.ahead()
    assert proposed(patching.stage).plan_id == first.plan_id  # it stands
    assert patching.stage.sent == 0
    approve(patching.stage)
    assert patching.run() is None
    assert len(patching.worked) == 1


def test_what_no_window_holds_is_not_proposed() -> None:
    patching = ApprovedPatching(minutes=30)  # of which the work on a host takes all
    told = patching.run()
    assert told is not None
    assert "nothing is proposed: what comes next takes 30:33 min (p95)" in told
    assert "a window has 30:00 min" in told
    assert patching.stage.journal.proposals.open(patching.stage.clock.now()) == ()


def test_what_is_approved_late_in_a_window_waits_for_the_next() -> None:
    patching = ApprovedPatching(minutes=40)
    assert patching.run() is None
    approve(patching.stage)
    patching.stage.clock.sleep(30 * 60)
    told = patching.run(is_cut_off=True)
    assert told is not None
    assert "wave 1 would be over at" in told
    assert patching.run(DUE + WEEK) is None
    assert len(patching.worked) == 1
    assert TurnState.BACK in patching.states.values()
