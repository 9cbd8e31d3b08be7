"""How concurrent transfers share links: max-min fairness by progressive filling.

Bertsekas and Gallager, *Data Networks*, section 6.5.2.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)


class Link(NamedTuple):
    """Something that carries so many MiB a second: ``kind`` is what it does, ``place`` where."""

    kind: str
    place: str


def fair_shares(flows: Mapping[K, Sequence[Link]], capacity_mib_s: Callable[[Link], float]) -> dict[K, float]:
    """The rate of every flow in MiB/s: none can have more without taking from one that has no more itself.

    Every flow must use at least one link.
    """
    rates: dict[K, float] = {}
    left = {link: capacity_mib_s(link) for links in flows.values() for link in links}
    while len(rates) < len(flows):
        waiting = {key: links for key, links in flows.items() if key not in rates}
        users = {link: sum(link in links for links in waiting.values()) for link in left}
        tightest = min((link for link in left if users[link]), key=lambda link: (left[link] / users[link], link))
        share = left[tightest] / users[tightest]
        for key, links in waiting.items():
            if tightest in links:
                rates[key] = share
                for link in set(links):
                    left[link] = max(0.0, left[link] - share)
    return rates
