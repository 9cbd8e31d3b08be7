"""A campaign in batches: what a window's link carries, applications whole, whoever comes first in no later window."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState
from recommender.migration.estimate_move import estimate_move
from recommender.move_order import OrderPolicy, Precedence, Sync
from recommender.placement.answer import inventory_after
from recommender.placement.result import DiskMove, Move, Reason
from recommender.planning.replay.replay import replay
from recommender.planning.windows.batches import BatchRequest, BatchSplit, split_in_batches
from recommender.planning.windows.site_traffic import USED_AT_MOST
from recommender.policy import MoveScope, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

GIB = 1024
POLICY = Policy(cpu_reserve_percent=0, memory_reserve_percent=0, move_scope=MoveScope.DATACENTER)
LINK_MIB_S = 1000 * 1e6 / 8 / 2**20


def two_sites(*vms: Any, mbit_s: int = 1000, **changes: Any) -> Inventory:
    hosts = [
        make_host("old", site="east", memory_mib=512 * GIB),
        make_host("new", site="west", memory_mib=512 * GIB, datastores=("far",)),
    ]
    link = SiteLink(site_a="east", site_b="west", rtt_ms=5.0, bandwidth_mbit_s=mbit_s)
    inventory = make_inventory(hosts, vms, site_links=(link,), **changes)
    return replace(
        inventory, datastores=tuple(replace(one, capacity_mib=2**24, free_mib=2**24) for one in inventory.datastores)
    )


def all_go(inventory: Inventory, policy: Policy = POLICY) -> tuple[Move, ...]:
    def one(vm: Any) -> Move:
        disks = tuple(DiskMove(disk_key=disk.key, source=disk.datastore, destination=ref("far")) for disk in vm.disks)
        targets = {disk.disk_key: disk.destination for disk in disks}
        return Move(
            vm=vm.ref,
            source=vm.host,
            destination=ref("new"),
            disk_moves=disks,
            reason=Reason.HOST_MAINTENANCE,
            priority=1,
            gain=0.0,
            estimate=estimate_move(inventory, policy, vm, inventory.host(ref("new")), targets),
        )

    return tuple(map(one, inventory.virtual_machines))


def split(inventory: Inventory, window_s: float, policy: Policy = POLICY, **changes: Any) -> BatchSplit:
    rules = constraints_for(policy)
    found = split_in_batches(
        BatchRequest(
            inventory=inventory,
            policy=policy,
            moves=all_go(inventory, policy),
            constraints=rules,
            window_s=window_s,
            **changes,
        )
    )
    picture = inventory
    for batch in found.batches:
        assert batch.part.answer.fits
        assert replay(picture, rules, policy, batch.part.plan) == ()
        for one in batch.traffic:
            assert one.most_mib is not None
            assert one.sent_mib <= USED_AT_MOST * one.most_mib
            assert one.most_mib == pytest.approx(window_s * LINK_MIB_S)
        picture = inventory_after(picture, batch.moves)
    return found


def names(found: BatchSplit) -> list[list[str]]:
    return [sorted(move.vm.moid for move in batch.moves) for batch in found.batches]


def small(name: str, **changes: Any) -> Any:
    """20 GiB of disk and 1 GiB of memory: some 180 s alone on a link of 1 Gbit/s."""
    return make_vm(name, "old", memory=GIB, cpu=10, **changes)


def test_each_window_is_as_full_as_the_link_lets_it_be() -> None:
    off = [small(f"t{n}", power_state=PowerState.POWERED_OFF) for n in range(4)]
    found = split(two_sites(*(small(f"v{n}") for n in range(8)), *off), 1000.0)
    assert found.left == ()
    assert [len(one) for one in names(found)] == [4, 4, 4], "21 GiB each, 116 GiB in 1000 s: cold copies share it too"


def test_an_application_moves_in_one_window_whatever_else_would_fit_beside_it() -> None:
    shops = [small(f"s{n}", tags=("application/shop",)) for n in range(3)]
    banks = [small(f"b{n}", tags=("application/bank", "owner/a")) for n in range(3)]
    rule = VmAffinityRule(name="pair", vms=(ref("p0"), ref("p1")))
    pair = [small(f"p{n}", tags=("owner/a",)) for n in range(2)]
    found = split(two_sites(*shops, *banks, *pair, vm_affinity_rules=(rule,)), 1000.0, categories=("application",))
    assert sorted(names(found)) == [["b0", "b1", "b2"], ["p0", "p1"], ["s0", "s1", "s2"]]
    assert [(batch.applications, batch.cut) for batch in found.batches] == [(1, ())] * 3


def test_an_application_that_no_window_holds_is_cut_and_told_and_goes_on_in_the_next_window() -> None:
    shop = [small(f"s{n}", tags=("application/shop",)) for n in range(6)]
    found = split(two_sites(*shop, small("a"), small("z")), 1000.0, categories=("application",))
    assert names(found) == [["s0", "s1", "s2", "s3"], ["a", "s4", "s5", "z"]]
    assert [sorted(vm.moid for vm in batch.cut) for batch in found.batches] == [
        ["s0", "s1", "s2", "s3"],
        ["s4", "s5"],
    ]
    assert [batch.applications for batch in found.batches] == [0, 3]


def test_databases_are_in_no_later_window_than_their_applications() -> None:
    vms = [make_vm(f"app{n}", "old", memory=4 * GIB, cpu=10) for n in range(4)] + [small(f"db{n}") for n in range(3)]
    order = OrderPolicy(precedence=(Precedence(name="db first", first=("db*",), then=("app*",)),))
    found = split(two_sites(*vms), 1000.0, replace(POLICY, order=order))
    window = {vm: number for number, one in enumerate(names(found)) for vm in one}
    assert found.left == ()
    assert max(window[f"db{n}"] for n in range(3)) <= min(window[f"app{n}"] for n in range(4))


def test_what_moves_at_one_moment_is_not_cut_even_where_its_application_is() -> None:
    order = OrderPolicy(sync=(Sync(name="at once", vms=("s2", "x0")),))
    shop = [small(name, tags=("application/shop",)) for name in ("s0", "s1", "s2", "x0", "x1", "x2")]
    found = split(two_sites(*shop), 800.0, replace(POLICY, order=order), categories=("application",))
    assert found.left == ()
    assert any({"s2", "x0"} <= set(one) for one in names(found))


def test_a_window_shorter_than_any_move_leaves_all_with_the_numbers() -> None:
    found = split(two_sites(small("a"), small("b")), 30.0)
    assert found.batches == ()
    assert len(found.left) == 2
    assert found.reason.startswith("even the shortest migration takes")
    assert found.reason.endswith("a window has 30 s")


def test_one_batch_is_made_where_one_is_wanted() -> None:
    found = split(two_sites(*(small(f"v{n}") for n in range(8))), 1000.0, most=1)
    assert [len(one) for one in names(found)] == [4]
    assert (len(found.left), found.reason) == (4, "in a later window")
