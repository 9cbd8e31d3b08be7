"""What the ways between sites still carry in a window, while it is filled."""

from collections.abc import Iterable, Sequence

from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.windows.site_traffic import USED_AT_MOST, SitePair, carried_mib, sent_between_sites


class LinkRoom:
    """What is still to be had of each way."""

    def __init__(self, inventory: Inventory, window_s: float) -> None:
        self._inventory, self._window_s = inventory, window_s
        self._left: dict[SitePair, float | None] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was taken yet."""
        return not self._left

    def would_take(self, sent: Sequence[tuple[SitePair, float]]) -> bool:
        """Whether all of it still goes."""
        before = self._left
        fits = self.takes(sent)
        self._left = before
        return fits

    def takes(self, sent: Sequence[tuple[SitePair, float]]) -> bool:
        """Whether all of it still goes; it is then taken away."""
        left = dict(self._left)
        for sites, mib in sent:
            if sites not in left:
                most = carried_mib(self._inventory, sites, self._window_s)
                left[sites] = None if most is None else USED_AT_MOST * most
            now = left[sites]
            if now is None:
                continue
            if mib > now:
                return False
            left[sites] = now - mib
        self._left = left
        return True


def link_traffic(inventory: Inventory, moves: Iterable[Move]) -> list[tuple[SitePair, float]]:
    """What these moves send over ways between sites, in MiB."""
    return [found for move in moves if (found := sent_between_sites(inventory, move)) is not None]
