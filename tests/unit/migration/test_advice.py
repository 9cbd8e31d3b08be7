"""What is advised for a risky migration, with numbers; nothing for a safe one."""

from recommender.inventory.load import QuietHour, VmLoad
from recommender.migration.estimate import MigrationEstimate, RiskClass
from recommender.migration.estimate_inputs import estimate_inputs
from recommender.migration.estimate_move import estimate_move
from recommender.policy import MigrationPolicy, Policy
from tests.inventories import make_host, make_inventory, make_vm

RULES = MigrationPolicy()


def busy(quiet_hour: QuietHour | None = None) -> MigrationEstimate:
    """It writes about as fast as its link of 1,061 MiB/s carries."""
    load = VmLoad(memory_active_mib=30_000, memory_consumed_mib=60_000, dirty_mib_s=1_000.0, quiet_hour=quiet_hour)
    vm, hosts = make_vm("v", "a", memory=65_536, load=load), [make_host("a"), make_host("b")]
    return estimate_move(make_inventory(hosts, [vm]), Policy(), vm, hosts[1])


def test_a_safe_migration_needs_no_advice() -> None:
    found = estimate_inputs(memory_mib=8_192, working_set_mib=100, dirty_mib_s=1, bandwidth_mib_s=1_000, policy=RULES)
    assert (found.risk, found.advice) == (RiskClass.SAFE, ())


def test_bandwidth_that_would_do_and_the_price_of_going_cold() -> None:
    """At p95 1,000 · 1.179 of 1,061 · 0.848 MiB/s are 1.31, to be 0.7: 8,900 · 1.31 / 0.7 Mbit/s."""
    found = busy()
    assert found.risk is RiskClass.MAY_NOT_CONVERGE
    bandwidth, cold = found.advice
    assert bandwidth.startswith("more bandwidth: 16,6")
    assert "instead of 8,900" in bandwidth
    assert cold.startswith("cold: powered off it needs no memory copy")
    assert "3 s in all" in cold


def test_its_own_quiet_hour_comes_first() -> None:
    advice = busy(QuietHour(hour=3, load_share=0.25, days=12)).advice[0]
    assert advice.startswith("wait: around 03:00 UTC its load has been 25% of what it is now (12 days seen)")
    assert advice.endswith("about 0.33 at p95: safe")
    assert busy(QuietHour(hour=3, load_share=0.9, days=12)).advice[0].endswith("still at risk")


def test_an_hour_that_is_busier_than_now_is_no_advice() -> None:
    assert not any(one.startswith("wait") for one in busy(QuietHour(hour=3, load_share=1.2, days=9)).advice)


def test_a_long_migration_is_told_the_bandwidth_that_would_fit_the_limit() -> None:
    rules = MigrationPolicy(max_duration_s=60.0)
    found = estimate_inputs(memory_mib=65_536, working_set_mib=0, dirty_mib_s=0, bandwidth_mib_s=100, policy=rules)
    assert found.risk is RiskClass.LONG
    needed = float(found.advice[0].split()[2].replace(",", ""))
    faster = estimate_inputs(
        memory_mib=65_536, working_set_mib=0, dirty_mib_s=0, bandwidth_mib_s=needed / 8.388608, policy=rules
    )
    assert faster.duration_p95_s < 1.05 * rules.max_duration_s


def test_less_than_vsphere_asks_for_is_said() -> None:
    found = estimate_inputs(memory_mib=65_536, working_set_mib=0, dirty_mib_s=0, bandwidth_mib_s=10, policy=RULES)
    assert any("250 Mbit/s for each vMotion" in one for one in found.advice)
