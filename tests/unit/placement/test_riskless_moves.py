"""A move that may not converge is made only where somebody has to move."""

from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.host import VMotionAdapter
from recommender.inventory.load import VmLoad
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.estimate import RiskClass
from recommender.placement.solve import solve
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import evacuation, places, reasons, request, small_host

SLOW, FAST = VMotionAdapter(device="vmk1", link_mbit_s=1_000), VMotionAdapter(device="vmk1", link_mbit_s=25_000)


def writing(name: str, host: str, dirty_mib_s: float) -> VirtualMachine:
    """It uses 27 % of a host's CPU."""
    load = VmLoad(cpu_demand_mhz=2700, memory_active_mib=900, memory_consumed_mib=1000, dirty_mib_s=dirty_mib_s)
    return make_vm(name, host, memory=1000, load=load)


def hosts_of(*adapters: VMotionAdapter) -> list:  # type: ignore[type-arg]
    return [small_host(f"h{number}", vmotion_adapters=(one,)) for number, one in enumerate(adapters, start=1)]


def test_of_three_vms_the_quiet_one_relieves_the_host() -> None:
    vms = [writing("wild", "h1", 400.0), writing("calm", "h1", 1.0), writing("busy", "h1", 400.0)]
    assert places(solve(request(hosts_of(SLOW, SLOW), vms))) == {"calm": "h2"}


def test_where_all_may_not_converge_nothing_moves_for_balance() -> None:
    vms = [writing(name, "h1", 400.0) for name in "abc"]
    assert solve(request(hosts_of(SLOW, SLOW), vms)).moves == ()


def test_a_fast_way_takes_what_a_slow_one_does_not() -> None:
    vms = [writing(name, "h1", 400.0) for name in "abc"]
    assert set(places(solve(request(hosts_of(FAST, SLOW, FAST), vms))).values()) == {"h3"}


def test_who_has_to_move_does_and_the_risk_is_told() -> None:
    vms = [writing("wild", "h1", 400.0), writing("calm", "h2", 1.0)]
    rule = VmHostRule(name="licence", vms=(ref("wild"),), hosts=(ref("h2"),), is_affine=True, is_mandatory=True)
    result = solve(request(hosts_of(SLOW, SLOW), vms, vm_host_rules=(rule,)))
    assert reasons(result)["wild"] == ("MUST_RUN_ON", 1)
    assert result.moves[0].estimate.risk is RiskClass.MAY_NOT_CONVERGE


def test_an_evacuated_host_is_emptied_whatever_the_risk() -> None:
    result = solve(evacuation(hosts_of(SLOW, SLOW), [writing("wild", "h1", 400.0)], "h1"))
    assert places(result) == {"wild": "h2"}


def test_who_is_in_the_way_of_a_rule_moves_at_a_risk_where_nothing_else_helps() -> None:
    vms = [writing("wild", "h2", 400.0), writing("calm", "h1", 1.0), *(writing(name, "h2", 400.0) for name in "xy")]
    rule = VmHostRule(name="licence", vms=(ref("calm"),), hosts=(ref("h2"),), is_affine=True, is_mandatory=True)
    result = solve(request(hosts_of(SLOW, SLOW), vms, vm_host_rules=(rule,)))
    assert result.remaining_violations == ()
    assert places(result)["calm"] == "h2"
    assert len(result.moves) == 2
