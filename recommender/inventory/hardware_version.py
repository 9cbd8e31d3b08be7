"""Which virtual hardware versions an ESXi release runs.

Source: VMware knowledge base article 2007240 (virtual machine hardware versions). A release runs all older ones, too.
"""

from functools import lru_cache
from typing import Final

# By hardware version, the first ESXi release that runs it. 12 and 16 are versions of desktop products, which the next
# release of ESXi runs.
FIRST_RELEASE: Final[dict[int, tuple[int, int, int]]] = {
    9: (5, 1, 0),
    10: (5, 5, 0),
    11: (6, 0, 0),
    12: (6, 5, 0),
    13: (6, 5, 0),
    14: (6, 7, 0),
    15: (6, 7, 0),
    16: (7, 0, 0),
    17: (7, 0, 0),
    18: (7, 0, 1),
    19: (7, 0, 2),
    20: (8, 0, 0),
    21: (8, 0, 2),
    22: (9, 0, 0),
}
# Version 15 came with an update of 6.7 that calls itself by the same number.
_NOT_TOLD_APART: Final = (15, (6, 7))
_RELEASE_PARTS: Final = 3


@lru_cache(maxsize=1024)  # asked for each VM and host, and of few values
def runs_hardware_version(esxi_version: str | None, hardware_version: int) -> bool | None:
    """Whether ESXi ``esxi_version`` (``8.0.2``) runs VMs of ``hardware_version`` (21); ``None`` where it is unknown."""
    release = _release(esxi_version)
    if hardware_version < min(FIRST_RELEASE):
        return True
    if release is None:
        return None
    first = FIRST_RELEASE.get(hardware_version)
    if first is None:  # made after us
        return None if release >= max(FIRST_RELEASE.values()) else False
    if (hardware_version, release[:2]) == _NOT_TOLD_APART:
        return None
    return release >= first


def _release(text: str | None) -> tuple[int, ...] | None:
    parts = (text or "").split(".")[:_RELEASE_PARTS]
    if not all(part.isdecimal() for part in parts):
        return None
    return (*(int(part) for part in parts), 0, 0)[:_RELEASE_PARTS]
