"""Rolling maintenance: every host empty once, few waves, few moves, HA kept, and every wave a legal timeline."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.inventory import Inventory
from recommender.inventory.pin import Pin
from recommender.placement.request import SolveLimits
from recommender.placement.tried import Tried
from recommender.planning.rolling.maintenance import RollingRequest, plan_rolling_maintenance, way_home
from recommender.planning.rolling.wave import RollingPlan
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

POLICY = Policy(cpu_reserve_percent=0, memory_reserve_percent=0)
QUICK = SolveLimits(proposals=2000, rounds=0, whole_choices=0)


def cluster_of(hosts: int, vms_each: int, *, memory: int = 10_000, **cluster: Any) -> Inventory:
    """Hosts of 102,400 MiB, equally loaded."""
    return make_inventory(
        [make_host(f"h{number}", cluster=ref("c")) for number in range(hosts)],
        [
            make_vm(f"vm{host}-{number}", f"h{host}", memory=memory, cpu=100)
            for host in range(hosts)
            for number in range(vms_each)
        ],
        clusters=(Cluster(ref=ref("c"), name="c", datacenter="dc", **cluster),),
    )


def rolled(inventory: Inventory, **changes: Any) -> RollingPlan:
    values: dict[str, Any] = {
        "inventory": inventory,
        "policy": POLICY,
        "hosts": tuple(host.ref for host in inventory.hosts),
        "limits": QUICK,
    }
    return plan_rolling_maintenance(RollingRequest(**(values | changes)))


def places_after(inventory: Inventory, rolling: RollingPlan) -> dict[Any, Any]:
    places = {vm.ref: vm.host for vm in inventory.virtual_machines}
    for wave in rolling.legs:
        for move in wave.moves:
            assert places[move.vm] == move.source
            places[move.vm] = move.destination
        assert not set(wave.hosts) & set(places.values())  # all of them are empty at one time
    return places


def test_every_host_is_empty_in_exactly_one_wave() -> None:
    inventory = cluster_of(6, 3)
    rolling = rolled(inventory)
    places_after(inventory, rolling)
    hosts = [host for wave in rolling.waves for host in wave.hosts]
    assert sorted(hosts) == [host.ref for host in inventory.hosts]
    assert not rolling.stuck


def test_a_vm_moves_twice_only_if_it_was_in_the_way() -> None:
    # Each host holds 40 %; one settled host takes two others' VMs under the headroom line of 85 %: after the first
    # wave of one host nothing has to go to a host that is still to come.
    inventory = cluster_of(8, 4)
    rolling = rolled(inventory, come_home=False, most_moves_per_vm=1.13)
    assert len(rolling.waves[0].hosts) == 1
    assert [wave.moved_again for wave in rolling.waves[1:]] == [0] * (len(rolling.waves) - 1)
    assert rolling.migrations == rolling.vms + 4
    sizes = [len(wave.hosts) for wave in rolling.waves[:-1]]
    assert sizes == sorted(sizes)


def test_more_moves_a_vm_save_waves() -> None:
    inventory = cluster_of(8, 4)
    assert len(rolled(inventory, most_moves_per_vm=None).waves) < len(rolled(inventory, most_moves_per_vm=1.0).waves)


def test_hosts_that_are_not_worked_on_take_vms_and_no_vm_moves_twice() -> None:
    inventory = cluster_of(4, 2)
    rolling = rolled(inventory, hosts=(ref("h0"), ref("h1")), most_moves_per_vm=1.0, come_home=False)
    assert rolling.migrations == 4
    assert {move.destination for wave in rolling.waves for move in wave.moves} <= {ref("h2"), ref("h3")}
    assert len(rolling.waves) == 1


def test_half_a_cluster_stays_unless_more_is_asked_for() -> None:
    idle = cluster_of(6, 0)
    assert [len(wave.hosts) for wave in rolled(idle).waves] == [3, 3]
    assert [len(wave.hosts) for wave in rolled(idle, at_once=5).waves] == [5, 1]


def test_of_a_vsan_cluster_one_host_is_away_at_a_time() -> None:
    rolling = rolled(cluster_of(4, 1, vsan_enabled=True), at_once=3, most_moves_per_vm=None)
    assert [len(wave.hosts) for wave in rolling.waves] == [1, 1, 1, 1]


def test_of_vsan_with_fault_domains_one_domain_is_away_at_a_time() -> None:
    inventory = cluster_of(6, 1, vsan_enabled=True)
    domain_of = {host.ref: f"rack-{number % 3}" for number, host in enumerate(inventory.hosts)}
    hosts = tuple(replace(host, vsan_fault_domain=domain_of[host.ref]) for host in inventory.hosts)
    rolling = rolled(replace(inventory, hosts=hosts), most_moves_per_vm=None)
    assert [len(wave.hosts) for wave in rolling.waves] == [2, 2, 2]
    assert all(len({domain_of[host] for host in wave.hosts}) == 1 for wave in rolling.waves)
    mixed = (replace(hosts[0], vsan_fault_domain=None), *hosts[1:])
    alone = rolled(replace(inventory, hosts=mixed), most_moves_per_vm=None).waves
    assert [wave.hosts for wave in alone if hosts[0].ref in wave.hosts] == [(hosts[0].ref,)]


def test_no_more_hosts_are_away_than_asked() -> None:
    rolling = rolled(cluster_of(6, 1), at_once=2, most_moves_per_vm=None)
    assert [len(wave.hosts) for wave in rolling.waves] == [2, 2, 2]


def test_what_ha_reserves_is_there_without_the_hosts_of_a_wave() -> None:
    # 6 times 40,000 MiB reserved; HA keeps 25 % free: they need 320,000 MiB, so 4 hosts of 102,400 must stay.
    control = AdmissionControl(policy=AdmissionPolicy.RESOURCE_PERCENTAGE, cpu_percent=0, memory_percent=25)
    inventory = make_inventory(
        [make_host(f"h{number}", cluster=ref("c")) for number in range(6)],
        [make_vm(f"v{n}", f"h{n}", memory=1000, cpu=10, memory_reservation_mib=40_000) for n in range(6)],
        clusters=(Cluster(ref=ref("c"), name="c", datacenter="dc", ha_enabled=True, admission_control=control),),
    )
    rolling = rolled(inventory, most_moves_per_vm=None)
    assert all(len(wave.hosts) <= 2 for wave in rolling.waves)
    stricter = AdmissionControl(policy=AdmissionPolicy.RESOURCE_PERCENTAGE, cpu_percent=0, memory_percent=60)
    kept = make_inventory(
        inventory.hosts,
        inventory.virtual_machines,
        clusters=(Cluster(ref=ref("c"), name="c", datacenter="dc", ha_enabled=True, admission_control=stricter),),
    )
    refused = rolled(kept)
    assert not refused.waves
    assert len(refused.stuck) == 6
    assert (
        "with 1 of its hosts away, HA keeps 60 % of the cluster's memory free: 240,000 MiB" in refused.stuck[0].reason
    )


def test_a_dedicated_failover_host_stays_and_the_others_have_their_turn() -> None:
    control = AdmissionControl(policy=AdmissionPolicy.DEDICATED_HOSTS, failover_hosts=(ref("h0"),))
    rolling = rolled(cluster_of(4, 1, ha_enabled=True, admission_control=control))
    assert [stuck.host for stuck in rolling.stuck] == [ref("h0")]
    assert "1 of 1 dedicated failover hosts of HA would be away" in rolling.stuck[0].reason
    assert sorted(host for wave in rolling.waves for host in wave.hosts) == [ref("h1"), ref("h2"), ref("h3")]


def test_a_host_whose_vms_find_no_place_yet_does_not_hold_up_its_wave() -> None:
    # vm1-0 may only run on h1 and h5: while h5's turn is to come its host cannot be emptied onto settled ones.
    inventory = cluster_of(6, 1)
    rule = VmHostRule(name="licence", vms=(ref("vm1-0"),), hosts=(ref("h1"), ref("h5")))
    bound = make_inventory(
        inventory.hosts, inventory.virtual_machines, clusters=inventory.clusters, vm_host_rules=(rule,)
    )
    rolling = rolled(bound, most_moves_per_vm=1.17)
    assert not rolling.stuck
    places_after(bound, rolling)
    assert max(len(wave.hosts) for wave in rolling.waves) == 3


def test_a_host_that_cannot_be_emptied_is_named_and_the_others_have_their_turn() -> None:
    inventory = cluster_of(3, 1)
    held = make_vm("held", "h1", pins=(Pin.PASSTHROUGH_DEVICE,))
    rolling = rolled(make_inventory(inventory.hosts, (*inventory.virtual_machines, held), clusters=inventory.clusters))
    assert [stuck.host for stuck in rolling.stuck] == [ref("h1")]
    assert "held" in rolling.stuck[0].reason
    assert sorted(host for wave in rolling.waves for host in wave.hosts) == [ref("h0"), ref("h2")]


def test_a_vm_bound_to_a_host_still_to_come_goes_there() -> None:
    inventory = cluster_of(4, 1)
    rule = VmHostRule(name="licence", vms=(ref("vm0-0"),), hosts=(ref("h0"), ref("h3")))
    bound = make_inventory(
        inventory.hosts, inventory.virtual_machines, clusters=inventory.clusters, vm_host_rules=(rule,)
    )
    rolling = rolled(bound)
    assert not rolling.stuck
    assert places_after(bound, rolling)[ref("vm0-0")] in rule.hosts


def test_evacuating_a_cluster_of_one_host_is_refused_with_the_reason() -> None:
    rolling = rolled(cluster_of(1, 1))
    assert not rolling.waves
    assert rolling.stuck[0].reason.startswith("1 VMs have nowhere to go (first: vm0-0")


def test_the_way_home_only_moves_what_pays() -> None:
    inventory = cluster_of(6, 4)
    rolling = rolled(inventory, most_moves_per_vm=1.0)
    assert rolling.home is not None
    assert rolling.home.hosts == ()
    assert {move.destination for move in rolling.home.moves} <= {host.ref for host in inventory.hosts}
    after = places_after(inventory, rolling)
    assert rolling.returned == sum(
        after[move.vm] == inventory.vm(move.vm).host
        for move in {m.vm: m for w in rolling.waves for m in w.moves}.values()
    )


def test_the_way_home_leaves_vms_alone_of_whose_migration_nothing_proves_the_end() -> None:
    uneven = make_inventory(
        [make_host(f"h{number}", cluster=ref("c")) for number in range(3)],
        [make_vm(f"vm{number}", "h0", memory=10_000, cpu=3000) for number in range(6)],
        clusters=(Cluster(ref=ref("c"), name="c", datacenter="dc"),),
    )
    asked = RollingRequest(
        inventory=uneven, policy=POLICY, hosts=tuple(host.ref for host in uneven.hosts), limits=QUICK
    )
    home = way_home(asked, 1)
    assert home is not None
    first, *others = home.moves
    assert others
    before = Tried(
        left_alone=((first.vm, "nobody knows what became of it"),),
        failed=tuple((move.vm, move.destination, "it failed there") for move in others),
    )
    again = way_home(replace(asked, before=before), 1)
    assert again is not None
    assert first.vm not in {move.vm for move in again.moves}
    assert {(move.vm, move.destination) for move in others}.isdisjoint((m.vm, m.destination) for m in again.moves)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_question_has_the_same_answer(seed: int) -> None:
    inventory = cluster_of(5, 3)
    assert rolled(inventory, seed=seed) == rolled(inventory, seed=seed)
