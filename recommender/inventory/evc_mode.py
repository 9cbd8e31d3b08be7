"""Enhanced vMotion Compatibility modes, in the order in which each vendor's CPUs grew.

Keys and order: VMware knowledge base article 1003212 (EVC processor support).
"""

from typing import Final

EVC_MODES: Final[tuple[tuple[str, ...], ...]] = (
    (
        "intel-merom",
        "intel-penryn",
        "intel-nehalem",
        "intel-westmere",
        "intel-sandybridge",
        "intel-ivybridge",
        "intel-haswell",
        "intel-broadwell",
        "intel-skylake",
        "intel-cascadelake",
        "intel-icelake",
        "intel-sapphirerapids",
    ),
    (
        "amd-rev-e",
        "amd-rev-f",
        "amd-greyhound-no3dnow",
        "amd-greyhound",
        "amd-bulldozer",
        "amd-piledriver",
        "amd-steamroller",
        "amd-zen",
        "amd-zen2",
        "amd-zen3",
        "amd-zen4",
    ),
)

_PLACE: Final = {key: (vendor, position) for vendor, keys in enumerate(EVC_MODES) for position, key in enumerate(keys)}


def is_evc_mode_at_least(offered: str | None, needed: str | None) -> bool | None:
    """Whether a CPU in mode ``offered`` runs a VM that needs ``needed``; ``None`` where a mode is unknown."""
    if offered is None or needed is None or offered not in _PLACE or needed not in _PLACE:
        return None
    (vendor, position), (needed_vendor, needed_position) = _PLACE[offered], _PLACE[needed]
    return vendor == needed_vendor and position >= needed_position
