"""What VMs are to have again survives a crash, each once, in the order of its life."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.errors import JournalError
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.journal.audit_chain import problems
from recommender.journal.store import open_journal
from recommender.planning.kept_settings import KeptHostRule, KeptRule, KeptSettings, KeptVm
from recommender.restoration import OpenRestoration, RestorationState

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
VM, OTHER = KeptVm(EntityRef("vc", "vm-1"), "uuid-1"), KeptVm(EntityRef("vc", "vm-2"), "uuid-2")
KEPT = KeptSettings(
    vm=VM,
    rules=(KeptRule(name='"; DROP TABLE', vms=(VM, OTHER), is_affine=False),),
    groups=("dbs",),
    host_rules=(KeptHostRule(name="near", vm_group="dbs", host_group="rack", is_affine=True, is_mandatory=True),),
    drs_behavior=VmDrsBehavior.MANUAL,
    ha_restart_priority="high",
)
HOST = EntityRef("far", "host-9")


def test_it_is_found_again_until_it_has_ended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with open_journal(url) as journal:
        journal.restorations.expect("p", 1, KEPT, HOST)
    with open_journal(url) as journal:
        found = OpenRestoration(plan_id="p", number=1, kept=KEPT, destination=HOST)
        assert journal.restorations.open() == (found,)
        journal.restorations.intend("p", 1, "operation", NOW)
        (intended,) = journal.restorations.open()
        assert (intended.state, intended.intended_at) == (RestorationState.INTENT, NOW)
        with pytest.raises(JournalError):
            journal.restorations.intend("p", 1, "operation", NOW)
        journal.restorations.end("p", 1, RestorationState.DONE, "all of it", NOW)
        assert journal.restorations.open() == ()
        journal.restorations.end("p", 2, RestorationState.SKIPPED, "there is none", NOW)
        entries = list(journal.audit.entries())
        assert [entry.kind for entry in entries] == ["intent", "outcome"]
        assert list(problems(entries)) == []


def test_what_names_a_vm_is_found_in_all_plans(tmp_path: Path) -> None:
    with open_journal(f"sqlite:///{tmp_path / 'journal.db'}") as journal:
        journal.restorations.expect("p", 1, KEPT, HOST)
        journal.restorations.end("p", 1, RestorationState.DONE, "", NOW)
        assert journal.restorations.kept_with("uuid-2") == (KEPT,)
        assert journal.restorations.kept_with("uuid-%") == ()


def test_a_plan_with_one_that_is_open_is_kept_whole(tmp_path: Path) -> None:
    with open_journal(f"sqlite:///{tmp_path / 'journal.db'}") as journal:
        for plan in ("open", "over"):
            journal.begin_plan(plan, "{}", "test", NOW)
            journal.restorations.expect(plan, 1, KEPT, HOST)
            journal.end_plan(plan, NOW)
        journal.restorations.end("over", 1, RestorationState.DONE, "", NOW)
        assert journal.remove_before(NOW + timedelta(days=1), NOW + timedelta(days=2)) == 1
        assert [one.plan_id for one in journal.restorations.open()] == ["open"]
        assert journal.plan_documents("open") == {"open": "{}"}
