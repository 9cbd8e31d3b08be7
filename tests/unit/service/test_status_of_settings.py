"""``status`` tells of VMs that are still to get what their old clusters said of them."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from rich.console import Console

from recommender.inventory.reference import EntityRef
from recommender.journal.store import open_journal
from recommender.planning.kept_settings import KeptSettings, KeptVm
from recommender.report.status import print_status
from recommender.restoration import RestorationState
from recommender.service.documents.status import status_document
from recommender.settings.settings import Settings

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
KEPT = KeptSettings(vm=KeptVm(EntityRef("old", "vm-1"), "uuid-1"), groups=("dbs",))


def test_they_are_told_until_it_is_done(tmp_path: Path) -> None:
    with open_journal(f"sqlite:///{tmp_path / 'journal.db'}") as journal:
        journal.restorations.expect("p", 1, KEPT, EntityRef("new", "host-9"))
        document = status_document(journal, Settings(), NOW, limit=1)
        (one,) = document["open_settings"]
        assert (one["vm"]["ref"], one["state"], one["destination"]) == ("old/vm-1", "pending", "new/host-9")
        console = Console(width=200, record=True, file=StringIO())
        print_status(console, document)
        told = "old/vm-1: settings of its old cluster are still to be made where it comes to (new/host-9)"
        assert told in console.export_text()
        journal.restorations.end("p", 1, RestorationState.DONE, "", NOW)
        assert status_document(journal, Settings(), NOW, limit=1)["open_settings"] == []
