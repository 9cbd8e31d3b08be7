"""What a move takes of a link in a timeline that shares nothing: how much of it, and for how long."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

LINK_PARTS: Final = 100  # of what a link carries
NEARLY: Final = 0.5  # of a transfer: so much may be lacking for one more on a link


@dataclass(frozen=True, slots=True)
class LinkUse:
    """``is_held``: from a move's start to its end, else only while it sends.

    Whoever carries a plan out starts a step when another has ended, not a little before. ``is_shared``: as many
    transfers go over a link as nearly have room on it at full rate: each takes a little longer than it is thought to.
    ``is_counted``: links are no limit otherwise.
    """

    is_held: bool = False
    is_shared: bool = False
    is_counted: bool = True

    def parts(self, own_mib_s: float, link_mib_s: float) -> int:
        """What a transfer that alone has ``own_mib_s`` takes of a link's ``LINK_PARTS``."""
        if not self.is_counted:
            return 0
        parts = floor(LINK_PARTS * min(1.0, own_mib_s / link_mib_s))
        if not self.is_shared:
            return parts
        return min(parts, LINK_PARTS // max(1, ceil(link_mib_s / own_mib_s - NEARLY)))


WHILE_SENDING: Final = LinkUse()
HELD: Final = LinkUse(is_held=True)
HELD_AND_SHARED: Final = LinkUse(is_held=True, is_shared=True)
UNCOUNTED: Final = LinkUse(is_held=True, is_counted=False)
