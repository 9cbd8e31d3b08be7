"""The window in which a campaign ends is promised when it begins, and told when batches leave too much behind."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import CampaignKind
from recommender.planning.windows.campaign_rest import BatchWindow, Piece, PlannedBatch
from recommender.policy import RetryPolicy
from recommender.service.campaigns.promise import CampaignPromise, PlannedCampaign
from recommender.service.documents.promises import promise_document
from recommender.service.promises.expected import NOTHING_SAID, Expected
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import ref
from tests.unit.service.stages import DUE, Stage
from tests.unit.service.test_campaign import POLICY, WEEK, Leaving

ONCE = replace(POLICY, retry=RetryPolicy(attempts=1, remember_s=0))
NUMBER = "c" * 32


def document(stage: Stage, number: str | None = None) -> dict[str, Any]:
    found = number or stage.journal.campaigns.last(1, CampaignKind.DATACENTER)[0].id
    promise = promise_document(stage.journal.promises.of(found))
    assert promise is not None
    return promise


def audited(stage: Stage) -> list[str]:
    return [entry.content for entry in stage.journal.audit.entries() if entry.kind == "promise"]


def test_the_window_that_was_promised_is_the_one_where_all_goes_as_planned() -> None:
    leaving = Leaving()
    leaving.run()
    promise = document(leaving.stage)
    assert promise["promised"]["window"] == promise["expected"]["window"] == 2
    assert promise["promised"]["window_opens_at"] == (DUE + WEEK).isoformat()
    assert [leg["state"] for leg in promise["legs"]] == ["over", "expected"]
    leaving.run(DUE + WEEK)
    assert leaving.left == 0
    promise = document(leaving.stage)
    assert [leg["state"] for leg in promise["legs"]] == ["over", "over"]
    assert DUE + WEEK < datetime.fromisoformat(promise["expected"]["ends_at"]) < DUE + WEEK + timedelta(minutes=15)


def test_migrations_that_fail_move_the_last_batch_into_the_window_in_which_it_is() -> None:
    failures = [FaultyCall(call=number, fault=CallFault.BREAKS_OFF) for number in (1, 2, 3)]
    leaving = Leaving(failures=failures)
    leaving.run(policy=ONCE)
    assert "window 2 (Mon 2026-01-12 09:05)" in audited(leaving.stage)[0]
    moved = "the last batch moves from window 2 (Mon 2026-01-12 09:05) to window 3 (Mon 2026-01-19 09:05)"
    assert moved in audited(leaving.stage)[1]
    assert document(leaving.stage)["expected"]["window_opens_at"] == (DUE + 2 * WEEK).isoformat()
    leaving.run(DUE + WEEK, policy=ONCE)
    assert leaving.left
    leaving.run(DUE + 2 * WEEK, policy=ONCE)
    assert leaving.left == 0
    assert document(leaving.stage)["promised"]["window"] == 2


class ByHand:
    """Windows of five hours, opened by a person: nobody knows when. Two batches of four applications each."""

    def __init__(self) -> None:
        self.stage, self.told = Stage(), list[str]()
        now = self.stage.clock.now()
        journal = self.stage.journal
        journal.campaigns.begin(NUMBER, "west", {}, (), author="ada", at=now, kind=CampaignKind.DATACENTER)
        batches = tuple(
            PlannedBatch(
                pieces=tuple(Piece(vms=(vm,), shares=(0.25,)) for vm in vms(names)), takes_s=14400, p95_s=18000
            )
            for names in ("abcd", "efgh")
        )
        nothing = Expected(looked_at=now, end=NOTHING_SAID, p95_at=None, left_s=0, said=NOTHING_SAID)
        planned = PlannedCampaign(batches=batches, promised=nothing)
        journal.promises.begin(NUMBER, planned.as_json(), nothing.as_json())

    def window(self) -> CampaignPromise:
        now = self.stage.clock.now()
        return CampaignPromise(
            campaign_id=NUMBER,
            journal=self.stage.journal,
            clock=self.stage.clock,
            tell=self.told.append,
            opened_at=now,
            deadline=now + timedelta(hours=5),
            later=lambda: repeat(BatchWindow(opens_at=None, room_s=18000)),
        )


def vms(names: str) -> list[EntityRef]:
    return [ref(name) for name in names]


def test_windows_without_dates_are_counted_and_another_process_goes_on_counting() -> None:
    by_hand = ByHand()
    first = by_hand.window()
    first.seen(vms("abcdefgh"))
    assert by_hand.told[0].startswith("the whole campaign is to be over in window 2: estimated by the plan made when")
    first.begins(vms("abcd"), 14400)
    by_hand.stage.clock.sleep(14400)
    first.ends(vms("a"))
    first.closes()
    assert by_hand.told[1:] == ["the last batch moves from window 2 to window 3"]
    by_hand.stage.clock.sleep(86400)
    second = by_hand.window()
    second.seen(vms("bcdefgh"))
    second.begins(vms("bcde"), 14400)
    assert by_hand.told[2:] == []
    assert document(by_hand.stage, NUMBER)["expected"]["window"] == 3


def test_a_batch_that_runs_late_dates_what_follows_from_its_end_on() -> None:
    by_hand = ByHand()
    second = by_hand.window()
    second.seen(vms("efgh"))
    second.begins(vms("efgh"), 14400)
    now = by_hand.stage.clock.now()
    second.moves(now + timedelta(hours=4.5), again_s=600)
    assert by_hand.told[-1].startswith("the finish of the whole campaign moves 13:00 → 13:40 UTC, still in the window")
    second.moves(now + timedelta(hours=5.5), again_s=0)
    assert "beyond the window, which ends at 14:00" in by_hand.told[-1]


def test_a_window_in_which_no_batch_begins_is_not_counted() -> None:
    by_hand = ByHand()
    for _ in range(3):
        window = by_hand.window()
        window.seen(vms("abcdefgh"))
        window.closes()
        by_hand.stage.clock.sleep(86400)
    assert len(by_hand.told) == 1
    assert document(by_hand.stage, NUMBER)["expected"]["window"] == 2
