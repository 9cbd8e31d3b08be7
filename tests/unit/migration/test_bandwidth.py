"""The narrowest place between two hosts decides how fast memory goes."""

import pytest

from recommender.inventory.host import VMotionAdapter
from recommender.inventory.site import SiteLink
from recommender.migration.bandwidth import VMotionEnd, route, vmotion_end

MIB_S_PER_GBIT_S = 119.2093  # 10^9 / 8 / 2^20


def end(*speeds: int | None) -> VMotionEnd:
    return vmotion_end(tuple(VMotionAdapter(device=f"vmk{i}", link_mbit_s=s) for i, s in enumerate(speeds)), 0.9)


@pytest.mark.parametrize(
    ("speeds", "gbit_s", "is_assumed"),
    [
        ((10_000,), 9.0, False),
        ((10_000, 10_000), 18.0, False),
        ((40_000,), 15.0, False),  # one stream carries no more
        ((40_000, 40_000), 30.0, False),
        ((None,), 0.9, True),
        ((10_000, None), 9.9, True),
        ((), 0.9, True),
    ],
)
def test_an_end_is_the_sum_of_its_adapters(speeds: tuple[int | None, ...], gbit_s: float, is_assumed: bool) -> None:
    one = end(*speeds)
    assert one.mib_s == pytest.approx(gbit_s * MIB_S_PER_GBIT_S, rel=1e-5)
    assert one.is_assumed is is_assumed
    assert vmotion_end(None, 0.9) == end()


def test_the_slower_end_decides_and_says_whether_its_speed_was_assumed() -> None:
    way = route(end(25_000), end(10_000), None)
    assert (way.mib_s, way.limit) == (end(10_000).mib_s, "vMotion adapters")
    assert not way.speed_is_assumed
    assert way.rtt_is_assumed
    assert route(end(None), end(10_000), None).speed_is_assumed


def test_what_lies_between_sites_may_be_narrower() -> None:
    """100 ms over a buffer of 16 MiB: 160 MiB/s a stream; 1,000 Mbit/s: 119.2 MiB/s."""
    far = SiteLink(site_a="a", site_b="b", rtt_ms=100.0)
    assert route(end(10_000), end(10_000), far).mib_s == pytest.approx(160.0)
    assert route(end(10_000, 10_000), end(10_000, 10_000), far).mib_s == pytest.approx(320.0)
    narrow = SiteLink(site_a="a", site_b="b", rtt_ms=100.0, bandwidth_mbit_s=1_000)
    way = route(end(10_000), end(None, 10_000), narrow)
    assert way.mib_s == pytest.approx(MIB_S_PER_GBIT_S, rel=1e-5)
    assert (way.rtt_ms, way.limit, way.speed_is_assumed) == (100.0, "link between the sites", False)
    assert not way.rtt_is_assumed


def test_a_link_of_no_bandwidth_makes_no_endless_prediction() -> None:
    closed = SiteLink(site_a="a", site_b="b", rtt_ms=1.0, bandwidth_mbit_s=0)
    assert route(end(10_000), end(10_000), closed).mib_s > 0


def test_lost_packets_slow_each_stream_as_mathis_says() -> None:
    """√1.5 · 1448 B / (0.05 s · √0.0001) = 3.38255 MiB/s for each stream, however fast the link."""
    lossy = SiteLink(site_a="a", site_b="b", rtt_ms=50.0, loss=0.0001)
    assert route(end(10_000), end(10_000), lossy).mib_s == pytest.approx(3.38255, abs=1e-4)
    way = route(end(10_000, 10_000), end(10_000, 10_000), lossy)
    assert way.mib_s == pytest.approx(2 * 3.38255, abs=1e-4)
    assert way.limit == "0.01% of packets lost"


def test_encryption_limits_each_stream_and_says_so() -> None:
    way = route(end(40_000), end(40_000), None, cipher_mib_s=500.0)
    assert (way.mib_s, way.limit) == (500.0, "encryption")
    assert route(end(40_000, 40_000), end(40_000, 40_000), None, cipher_mib_s=500.0).mib_s == 1_000.0
