"""What vCenter says of a move before it is made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCheck:
    """What vCenter says of a move before it is sent, in its own words: ``errors`` forbid it, ``warnings`` do not.

    ``unavailable``: why vCenter's own check could not be had; ``None`` where it was made, or was not wanted.
    """

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unavailable: str | None = None
