"""What is left of a rolling maintenance for its dates: by the hosts that wait, whatever waves they come in."""

from recommender.planning.rolling.rest import HOME, PlannedWave, rest_of_rolling
from recommender.planning.windows.legs import Leg
from tests.inventories import ref


def wave(hosts: str, moves_s: float) -> PlannedWave:
    refs = tuple(ref(name) for name in hosts)
    return PlannedWave(hosts=refs, migrations=1, moves_s=moves_s, moves_p95_s=2 * moves_s)


PLANNED = (wave("ab", 600), wave("cd", 400), wave("", 60))


def test_all_of_it_is_left_when_it_begins() -> None:
    assert rest_of_rolling(PLANNED, {ref(name) for name in "abcd"}, 1800) == [
        (1, Leg(takes_s=2400, p95_s=3000)),
        (2, Leg(takes_s=2200, p95_s=2600)),
        (HOME, Leg(takes_s=60, p95_s=120)),
    ]


def test_a_host_that_waits_for_another_wave_brings_its_share_of_migrations_and_all_of_the_work() -> None:
    left = rest_of_rolling(PLANNED, {ref("a"), ref("c"), ref("d")}, 1800, first=2)
    assert left[0] == (2, Leg(takes_s=300 + 1800, p95_s=600 + 1800))
    assert [number for number, _ in left] == [2, 3, HOME]


def test_once_all_hosts_had_their_turn_the_way_home_is_left() -> None:
    assert [number for number, _ in rest_of_rolling(PLANNED, set(), 1800)] == [HOME]
