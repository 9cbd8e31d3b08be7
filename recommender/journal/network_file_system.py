"""Telling whether a folder is on a network file system, where SQLite's locks and shared memory do not hold."""

import re
from pathlib import Path
from typing import Final

_NETWORK_TYPES: Final = frozenset(
    {"afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "gpfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
)
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")  # blanks and the like


def network_file_system_of(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The type of the network file system that ``folder`` is on; ``None`` if it is local, or if nobody can tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None  # not Linux
    place = folder.resolve()
    nearest, found = 0, ""
    for line in lines:
        _, mount_point, kind, *_ = line.split(" ")
        point = Path(_ESCAPED.sub(lambda escaped: chr(int(escaped[1], 8)), mount_point))
        if (
            place.is_relative_to(point) and len(point.parts) >= nearest
        ):  # of two on one point, the later hides the other
            nearest, found = len(point.parts), kind
    return found if found in _NETWORK_TYPES else None
