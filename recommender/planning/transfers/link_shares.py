"""Max-min fair rates on links while transfers come and go: only those that share with a change are computed anew.

The same rates as ``migration.sharing.shared_rates`` gives for all of them at once.
"""

from collections.abc import Iterable, Sequence
from math import inf
from typing import Final

from recommender.planning.transfers.transfer import Link

NEARLY: Final = 1 + 1e-12


class LinkShares:
    """Transfers are known by a number of the caller's; rates in MiB/s."""

    def __init__(self) -> None:
        self.rates: dict[int, float] = {}
        self._numbers: dict[Link, int] = {}
        self._caps: list[float] = []
        self._users: list[dict[int, None]] = []
        self._links: dict[int, tuple[int, ...]] = {}
        self._own: dict[int, float] = {}
        self._changed: set[int] = set()

    def enter(self, transfer: int, links: Sequence[tuple[Link, float]], own_mib_s: float) -> None:
        """One more transfer over these links, each with what it carries; alone it would have ``own_mib_s``."""
        mine = tuple(dict.fromkeys(self._number(link, mib_s) for link, mib_s in links))
        self._links[transfer], self._own[transfer] = mine, own_mib_s
        self.rates[transfer] = own_mib_s
        for link in mine:
            self._users[link][transfer] = None
        self._changed.update(mine)

    def leave(self, transfer: int) -> None:
        """It is over."""
        for link in self._links.pop(transfer):
            del self._users[link][transfer]
            self._changed.add(link)
        del self._own[transfer], self.rates[transfer]

    def touched(self) -> list[int]:
        """The transfers whose rates may differ after ``settle``, in a settled order."""
        found: dict[int, None] = {}
        border, seen = sorted(self._changed), set(self._changed)
        while border:
            for transfer in self._users[border.pop()]:
                if transfer not in found:
                    found[transfer] = None
                    new = [link for link in self._links[transfer] if link not in seen]
                    seen.update(new)
                    border.extend(new)
        return list(found)

    def settle(self, touched: Iterable[int]) -> None:
        """Give the ``touched`` transfers their new rates, by progressive filling."""
        self._changed.clear()
        waiting = sorted(touched, key=lambda transfer: -self._own[transfer])
        count: dict[int, int] = {}
        for transfer in waiting:
            for link in self._links[transfer]:
                count[link] = count.get(link, 0) + 1
        left = {link: self._caps[link] for link in count}
        unsettled = set(waiting)
        while unsettled:
            share = min([left[link] / users for link, users in count.items() if users], default=inf)
            while waiting and waiting[-1] not in unsettled:
                waiting.pop()
            if self._own[waiting[-1]] <= share:
                settled = [waiting[-1]]
            else:
                tight = [link for link, users in count.items() if users and left[link] / users <= share * NEARLY]
                settled = [one for link in tight for one in self._users[link] if one in unsettled]
            for transfer in settled:
                if transfer in unsettled:
                    unsettled.discard(transfer)
                    rate = self.rates[transfer] = min(share, self._own[transfer])
                    for link in self._links[transfer]:
                        left[link] = max(0.0, left[link] - rate)
                        count[link] -= 1

    def _number(self, link: Link, mib_s: float) -> int:
        if link not in self._numbers:
            self._numbers[link] = len(self._caps)
            self._caps.append(mib_s)
            self._users.append({})
        return self._numbers[link]
