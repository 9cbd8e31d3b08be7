"""Sites (hosts within one round-trip-time domain) and what lies between them."""

from dataclasses import dataclass
from typing import Final

UNNAMED: Final = "default"  # the site of hosts for which nobody named one


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLink:
    """The way between two sites, or within one when ``site_a == site_b``; the same in both directions.

    ``rtt_ms`` is the round-trip time; ``bandwidth_mbit_s`` what migrations may use of it, ``None`` where
    only the hosts' own adapters limit them. ``loss``: the share of packets that is lost on it (0 … 1).
    ``is_measured``: nobody configured it; ``rtt_ms`` is what connects to hosts of both sites took.
    """

    __pydantic_config__ = {"extra": "forbid"}

    site_a: str
    site_b: str
    rtt_ms: float
    bandwidth_mbit_s: int | None = None
    loss: float = 0.0
    is_measured: bool = False

    def joins(self, one: str, other: str) -> bool:
        """Whether this is the way between the two sites, in either direction."""
        return {self.site_a, self.site_b} == {one, other}
