"""Learning from finished migrations."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.migration.calibration import MOST_FINISHED, Calibration, FinishedMigration, MigrationCase
from recommender.migration.calibrator import TRAILING, Calibrator


def case(vm: str = "", memory: float = 8_192, dirty: float | None = 400.0, **further: str) -> MigrationCase:
    return MigrationCase(
        vm=vm,
        group=further.get("group", "web"),
        site_path=further.get("site_path", "a>a"),
        host_pair=further.get("host_pair", "h1>h2"),
        memory_mib=memory,
        bandwidth_mib_s=1_000.0,
        dirty_mib_s=dirty,
        physical_s=memory / 1_000 + 3,
    )


def taught(factor: float, times: int, vm: str = "") -> Calibrator:
    calibrator = Calibrator()
    for _ in range(times):
        one = case(vm)
        calibrator.learn(one, one.physical_s * factor)
    return calibrator


def test_without_history_the_model_is_answered_and_says_so() -> None:
    said = Calibrator().predict(case())
    assert said.seconds == case().physical_s
    assert (said.p95_s, said.spans) == (None, ())
    assert said.why == "nothing is learnt yet"


def test_what_migrations_of_a_vm_took_longer_the_next_one_takes_longer() -> None:
    said = taught(1.5, 5, vm="u1").predict(case("u1"))
    assert said.seconds == pytest.approx(1.5 * case().physical_s)
    assert "5 similar migrations took 1.50 × that (known: 5 of this VM, 5 of its group)" in said.why


def test_a_vm_counts_more_than_its_group_and_that_more_than_strangers() -> None:
    calibrator = Calibrator()
    for name, group, factor in [*[("s", "other", 0.5)] * 4, *[("g", "web", 2.0)] * 4, *[("own", "web", 1.3)] * 4]:
        one = case(name, group=group)
        calibrator.learn(one, one.physical_s * factor)
    physical_s = case().physical_s
    assert calibrator.predict(case("own")).seconds == pytest.approx(1.3 * physical_s)
    assert calibrator.predict(case("new")).seconds >= 1.3 * physical_s
    assert calibrator.predict(case("new", group="other")).seconds == pytest.approx(0.5 * physical_s)


def test_outliers_do_not_poison_it() -> None:
    calibrator = taught(1.2, 6, vm="u1")
    calibrator.learn(case("u1"), 100 * case().physical_s)
    calibrator.learn(case("u1"), 50 * case().physical_s)
    assert calibrator.predict(case("u1")).seconds == pytest.approx(1.2 * case().physical_s)


def test_it_falls_back_to_the_model_where_it_was_worse_lately_and_says_so() -> None:
    calibrator = taught(3.0, 12)
    one = case()
    for _ in range(TRAILING):
        calibrator.learn(one, one.physical_s)
    # Taught anew it is right; its predictions of the last fifty migrations were worse than the model's.
    said = calibrator.predict(one)
    assert said.is_physical
    assert said.seconds == one.physical_s
    assert "the physical model was better on the last 50 migrations" in said.why


def test_nothing_is_learnt_from_numbers_that_make_no_sense() -> None:
    calibrator = Calibrator()
    calibrator.learn(case(), 0.0)
    calibrator.learn(replace(case(), bandwidth_mib_s=0.0), 5.0)
    assert calibrator.calibration == Calibration()


def test_a_host_pair_with_a_slow_link_is_known_by_its_quiet_migrations() -> None:
    """Actual = 5 s + 1.5 × predicted, over sizes from 1 to 20 GiB."""
    calibrator = Calibrator()
    for gib in range(1, 21):
        one = case(f"u{gib}", memory=1024.0 * gib, dirty=0.0)
        calibrator.learn(one, 5 + 1.5 * one.physical_s)
    fit = calibrator.pair_fits()["h1>h2"]
    assert fit.slowness == pytest.approx(1.5, rel=0.08)
    assert fit.overhead_s == pytest.approx(5.0, rel=0.3)
    big = case("never seen", memory=65_536, dirty=300.0)
    assert calibrator.predict(big).seconds == pytest.approx(5 + 1.5 * big.physical_s, rel=0.1)


def test_a_state_that_was_exported_answers_the_same() -> None:
    chance = np.random.default_rng(1)
    calibrator = Calibrator()
    for number in range(60):
        one = case(f"u{number % 7}", memory=chance.uniform(1_000, 20_000), host_pair=f"h{number % 3}>h9")
        calibrator.learn(one, one.physical_s * chance.lognormal(0.2, 0.3))
    again = Calibrator(calibrator.calibration)
    for number in range(7):
        assert again.predict(case(f"u{number}")) == calibrator.predict(case(f"u{number}"))


def test_intervals_cover_as_often_as_they_say() -> None:
    chance = np.random.default_rng(2)
    calibrator = Calibrator()
    held: dict[float, int] = {}
    for number in range(600):
        one = case(f"u{number % 5}")
        actual_s = one.physical_s * chance.lognormal(0.3, 0.4)
        if number >= 200:
            said = calibrator.predict(one)
            for share, low_s, high_s in said.spans:
                held[share] = held.get(share, 0) + (low_s <= actual_s <= high_s)
        calibrator.learn(one, actual_s)
    assert held.keys() == {0.5, 0.8, 0.9, 0.95}
    for share, times in held.items():
        assert times / 400 == pytest.approx(share, abs=0.05)


def test_only_the_newest_are_kept() -> None:
    one = FinishedMigration(case=case(), calibrated_s=1.0, given_s=1.0, actual_s=1.0)
    newest = replace(one, actual_s=2.0)
    kept = Calibration().with_finished([one] * MOST_FINISHED).with_finished([newest]).finished
    assert len(kept) == MOST_FINISHED
    assert kept[-1] == newest


SIZES = st.floats(min_value=1, max_value=2.6e7)
DIRTY = st.one_of(st.none(), st.floats(min_value=0, max_value=1e5))
HISTORY = st.lists(
    st.tuples(SIZES, DIRTY, st.floats(min_value=1e-3, max_value=1e7), st.sampled_from("ab")), max_size=30
)


@given(HISTORY, SIZES, DIRTY)
def test_whatever_happened_the_answer_is_a_time(
    history: list[tuple[float, float | None, float, str]], memory: float, dirty: float | None
) -> None:
    calibrator = Calibrator()
    for size, written, actual_s, vm in history:
        calibrator.learn(case(vm, memory=size, dirty=written), actual_s)
    said = calibrator.predict(case("a", memory=memory, dirty=dirty))
    assert 0 < said.seconds < 1e12
    if said.spans:
        assert said.p95_s is not None
        assert [low for _, low, _ in said.spans] == sorted((low for _, low, _ in said.spans), reverse=True)
        assert all(low_s <= high_s for _, low_s, high_s in said.spans)


def test_each_level_is_explained_and_the_levels_decide() -> None:
    calibrator = Calibrator()
    for name, group, path, factor in [
        *[("own", "web", "a>a", 1.3)] * 4,
        *[("g", "web", "a>a", 2.0)] * 3,
        *[("s", "other", "a>a", 0.5)] * 2,
        *[("far", "else", "b>b", 4.0)] * 5,
    ]:
        one = case(name, group=group, site_path=path)
        calibrator.learn(one, one.physical_s * factor)
    why = calibrator.explain(case("own"))
    assert [(one.level, one.migrations) for one in why.levels] == [
        ("this VM", 4),
        ("its group", 3),
        ("its site path", 2),
        ("all others", 5),
        ("the model itself", 0),
    ]
    assert [one.factor for one in why.levels] == pytest.approx([1.3, 2.0, 0.5, 4.0, 1.0])
    shares = [one.share for one in why.levels]
    assert shares[0] > shares[1] > shares[2]
    assert sum(shares) == pytest.approx(1.0)
    assert why.said == calibrator.predict(case("own"))


def test_quiet_guests_of_a_vsphere_teach_their_host_pair() -> None:
    """No dirty rate is measured there; a guest that surely writes less than a tenth of what is sent counts as quiet."""
    calibrator = Calibrator()
    for number in range(12):
        for name, assumed in (("quiet", 10.0), ("busy", 400.0)):
            one = replace(
                case(name, memory=2_000.0 * (1 + number % 4), dirty=None, host_pair=f"{name} pair"),
                assumed_dirty_mib_s=assumed,
            )
            calibrator.learn(one, 2.0 + 1.5 * one.physical_s)
    fits = calibrator.pair_fits()
    assert fits["quiet pair"].number == 12
    assert fits["quiet pair"].slowness == pytest.approx(1.5**0.75, rel=0.01)
    assert fits["busy pair"].number == 0
