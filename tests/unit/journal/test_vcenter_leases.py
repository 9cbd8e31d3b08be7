"""One lease for each vCenter: two daemons lead beside each other, each in its own, and neither touches the other's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.errors import JournalError, LeaseLost
from recommender.inventory.reference import EntityRef
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.policy import Policy
from recommender.ports import StepState
from recommender.service.documents.status import status_document
from recommender.service.leading.leadership import Leadership, leader_leases
from recommender.service.open_steps import settle_open_steps
from recommender.settings.settings import Settings
from recommender.settings.vcenters import VCenterSettings
from tests.inventories import TAKEN_AT as AT
from tests.inventories import ref
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, a_step
from tests.unit.journal.test_lease import Times
from tests.unit.journal.test_store import PLAN, begin
from tests.unit.service.stages import Stage


def leading(journal: DatabaseJournal, *vcenters: str) -> Leadership:
    return Leadership([journal.lease(name) for name in leader_leases(vcenters)])


def of(*vcenters: str) -> Settings:
    return Settings(
        policy=Policy(),
        vcenter=tuple(VCenterSettings(name=name, url=f"https://{name}.example/sdk") for name in vcenters),
    )


def test_two_lead_beside_each_other_and_who_wants_both_waits_for_both(url: str) -> None:
    times = Times()
    with times.opened(url) as one, times.opened(url) as other, times.opened(url) as third:
        east, west, both = leading(one, "east"), leading(other, "west"), leading(third, "west", "east")
        assert east.keep()
        assert west.keep()
        assert not both.keep()
        assert east.is_ours
        assert west.is_ours
        east.give_up()
        assert not both.keep(), "east alone is given back at once"
        assert east.keep()
        for one_of_them in (east, west):
            one_of_them.give_up()
        assert both.keep()
        assert not east.keep()
        assert not west.keep()


def test_a_frozen_one_is_replaced_within_its_time_to_live_and_only_in_its_vcenter(url: str) -> None:
    times = Times()
    with times.opened(url) as one, times.opened(url) as other, times.opened(url) as standby:
        east, west, next_one = leading(one, "east"), leading(other, "west"), leading(standby, "east")
        assert east.keep()
        assert west.keep()
        for _ in range(4):  # east stands still
            times.now_s += 2.6
            west.keep()
        assert not east.is_ours
        assert next_one.keep()
        assert west.is_ours
        assert not east.keep(), "the one that wakes leads no more"


def test_who_loses_one_of_its_vcenters_gives_the_others_to_whoever_can_have_them(url: str) -> None:
    times = Times()
    with times.opened(url) as one, times.opened(url) as other:
        both, west = leading(one, "east", "west"), leading(other, "west")
        assert both.keep()
        times.now_s += 10.1
        assert west.keep()
        assert not both.keep()
        assert leading(other, "east").keep()


def test_plans_in_different_vcenters_are_carried_out_beside_each_other(url: str) -> None:
    with open_journal(url) as one, open_journal(url) as other:
        with one.acting({"east"}), other.acting({"west"}):
            one.require_hold()
            other.require_hold()
        with one.acting({"east"}):
            with pytest.raises(JournalError, match="in this vCenter"), other.acting({"west", "east"}):
                pytest.fail("two acted at once")
            with other.acting({"west"}):
                pass


def test_the_hold_is_asked_for_every_vcenter_of_a_plan(url: str) -> None:
    times = Times()
    with times.opened(url) as frozen, times.opened(url) as next_one, frozen.acting({"east", "west"}):
        begin(frozen)
        frozen.require_hold()
        times.now_s += 11.0
        with next_one.acting({"west"}):
            for lease in frozen.acting_leases[:1]:
                assert lease.take(), "east is still its own"
            with pytest.raises(LeaseLost, match="acting west"):
                frozen.require_hold()
            with pytest.raises(LeaseLost, match="acting west"):
                frozen.record_intent(PLAN, 1, "op-1", AT)


def test_a_leader_whose_clock_stood_still_starts_nothing_although_nobody_else_acts(url: str) -> None:
    times = Times()
    with (
        open_journal(url, now_ms=times.now_ms, monotonic=lambda: 0.0) as deceived,
        times.opened(url) as next_one,
    ):
        former, successor = leading(deceived, "east"), leading(next_one, "east")
        assert former.keep()
        deceived.fences = former.leases
        times.now_s += 11.0
        assert successor.keep()
        assert former.is_ours, "by its own clock"
        with deceived.acting({"east"}):
            begin(deceived)
            with pytest.raises(LeaseLost, match="leader east"):
                deceived.record_intent(PLAN, 1, "op-1", AT)
            with pytest.raises(LeaseLost, match="leader east"):
                deceived.require_hold()


def test_steps_in_a_vcenter_that_is_not_ours_are_left_to_others() -> None:
    stage = Stage()
    now = stage.clock.now()
    stage.journal.begin_plan(PLAN_ID, "", "test", now)
    stage.journal.add_steps(PLAN_ID, [(a_step(stage.datacenter.read(), 1, "v0", "b"), "uuid-v0")], now)
    stage.journal.record_intent(PLAN_ID, 1, "op-1", now)
    stage.clock.sleep(PATIENCE.appear_s)

    def settled(*vcenters: str) -> int:
        world = replace(stage.world, vcenters=frozenset(vcenters))
        return len(settle_open_steps(world, stage.journal, stop=lambda: False, patience=PATIENCE, follow=False))

    assert settled("west") == 0
    assert stage.journal.rows[PLAN_ID, 1].state is StepState.INTENT
    assert PLAN_ID not in stage.journal.ended_plans
    assert settled("west", ref("a").vcenter) == 1


def test_recommendations_gains_and_proposals_of_another_vcenter_stand(url: str) -> None:
    def concerns(of: EntityRef) -> bool:
        return of.vcenter == "west"

    with open_journal(url) as journal:
        begin(journal)
        move = journal.steps(PLAN)[0]
        journal.gains.promise(PLAN, AT, before=10.0, promised=5.0)
        assert journal.gains.measure(AT, AT, 3.0, concerns) == 0
        assert journal.gains.last(1)[0].measured is None
        assert journal.gains.measure(AT, AT, 3.0, lambda of: of == move.destination or of.vcenter == "vc") == 1
        wanted = a_step(Stage().datacenter.read(), 1, "v0", "b").move
        journal.recommendations.renew([(wanted, "uuid-v0")], AT, timedelta(hours=1))
        assert len(journal.recommendations.renew([], AT, timedelta(hours=1), concerns)) == 1
        assert journal.recommendations.renew([], AT, timedelta(hours=1)) == {}


def test_status_tells_who_leads_where(url: str) -> None:
    with open_journal(url) as journal:
        east = leading(journal, "east")
        assert east.keep()
        document = status_document(journal, of("west", "east"), AT, limit=1)
        assert document["leaders"] == [
            {"vcenter": "east", "holder": east.holder},
            {"vcenter": "west", "holder": None},
        ]
        assert document["leader"] == east.holder
        assert "no service leads in west" in document["idle"]
        alone = status_document(journal, of(), AT, limit=1)
        assert alone["leaders"] == [{"vcenter": None, "holder": None}]
        assert "no service leads: none runs on this journal" in alone["idle"]
