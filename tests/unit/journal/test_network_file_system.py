from pathlib import Path

import pytest

from recommender.errors import JournalError
from recommender.journal import sqlite_file
from recommender.journal.network_file_system import network_file_system_of
from recommender.journal.store import open_journal

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/export /srv/shared nfs4 rw 0 0
/dev/sdb1 /srv/shared/local xfs rw 0 0
//nas/files /mnt/with\\040blank cifs rw 0 0
server:/old /mnt/hidden nfs rw 0 0
/dev/sdc1 /mnt/hidden ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib", None),
        ("/srv/shared", "nfs4"),
        ("/srv/shared/journal", "nfs4"),
        ("/srv/shared/local/journal", None),
        ("/srv/shared2", None),
        ("/mnt/with blank/journal", "cifs"),
        ("/mnt/hidden", None),
    ],
)
def test_the_nearest_mount_decides(tmp_path: Path, folder: str, kind: str | None) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert network_file_system_of(Path(folder), mounts) == kind


def test_where_there_is_no_list_of_mounts_everything_counts_as_local(tmp_path: Path) -> None:
    assert network_file_system_of(tmp_path, tmp_path / "absent") is None


def test_a_journal_on_one_is_refused_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "network_file_system_of", lambda _: "nfs4")
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with pytest.raises(JournalError, match=r"network file system .nfs4., where SQLite loses data"), open_journal(url):
        pass
    assert list(tmp_path.iterdir()) == []
