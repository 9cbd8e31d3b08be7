"""The round-trip time from here to hosts, by how long TCP takes to connect: that is one round trip.

No byte is sent over the connection. It is this machine's way through the management network, not the hosts' own through
the vMotion network: an approximation.
"""

import socket
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Final

HTTPS: Final = 443  # every ESXi host listens there
CONNECTS: Final = 5
TIMEOUT_S: Final = 1.0
AT_ONCE: Final = 16


def round_trip_ms(host: str, port: int = HTTPS) -> float | None:
    """The median of several connects to a host's name or address; ``None`` where one is refused or not answered."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return median(_connect_ms(family, kind, protocol, address) for _ in range(CONNECTS))
    except OSError:
        return None


def round_trips_ms(hosts_by_site: Mapping[str, Iterable[str]], port: int = HTTPS) -> dict[str, float]:
    """By site, the median over its hosts; sites of which no host answers are left out."""
    asked = [(site, host) for site, hosts in hosts_by_site.items() for host in hosts]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda one: round_trip_ms(one[1], port), asked))
    told: dict[str, list[float]] = {}
    for (site, _), answer in zip(asked, answers, strict=True):
        if answer is not None:
            told.setdefault(site, []).append(answer)
    return {site: median(times) for site, times in told.items()}


def _connect_ms(family: int, kind: int, protocol: int, address: object) -> float:
    with socket.socket(family, kind, protocol) as connection:
        connection.settimeout(TIMEOUT_S)
        began = time.perf_counter()
        connection.connect(address)  # type: ignore[arg-type]  # of whatever form the family has
        return 1000 * (time.perf_counter() - began)
