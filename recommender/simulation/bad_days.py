"""Days on which everything happens that can happen to a data centre, drawn from a seed."""

from dataclasses import replace
from typing import Final

import numpy as np

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.simulation.chance import chance
from recommender.simulation.failures import (
    CallFault,
    Failure,
    FaultyCall,
    HostStopsResponding,
    LoadJumps,
    MovedByHand,
    Outage,
    VmAppears,
    VmVanishes,
)

CALLS_A_DAY: Final = 500
FAULTY_SHARE: Final = 0.15
# How often something happens within a day, on average.
JUMPS: Final = 20.0
BY_HAND: Final = 8.0
APPEAR: Final = 4.0
VANISH: Final = 4.0
HOSTS_LOST: Final = 3.0
OUTAGES: Final = 6.0


def bad_days(seed: int, inventory: Inventory, duration_s: float) -> tuple[Failure, ...]:
    """Of every kind of failure some, at random times within ``duration_s`` seconds."""
    draw = chance(seed, "bad days")
    vms = [vm for vm in inventory.virtual_machines if vm.kind is VmKind.ORDINARY]
    days = duration_s / 86_400
    vcenters = sorted({host.ref.vcenter for host in inventory.hosts})

    def times(a_day: float) -> list[float]:
        return sorted(draw.uniform(0.0, duration_s, size=draw.poisson(a_day * days)).tolist())

    def some_vm() -> VirtualMachine:
        return vms[int(draw.integers(len(vms)))]

    def some_host() -> EntityRef:
        return inventory.hosts[int(draw.integers(len(inventory.hosts)))].ref

    return (
        *_faulty_calls(draw, round(CALLS_A_DAY * max(days, 1.0))),
        *(LoadJumps(at_s=at_s, vm=some_vm().ref, factor=float(draw.uniform(0.3, 4.0))) for at_s in times(JUMPS)),
        *(MovedByHand(at_s=at_s, vm=some_vm().ref, destination=some_host()) for at_s in times(BY_HAND)),
        *(VmAppears(at_s=at_s, vm=_like(some_vm(), number)) for number, at_s in enumerate(times(APPEAR))),
        *(VmVanishes(at_s=at_s, vm=some_vm().ref) for at_s in times(VANISH)),
        *(
            HostStopsResponding(at_s=at_s, host=some_host(), for_s=float(draw.uniform(30.0, 1800.0)))
            for at_s in times(HOSTS_LOST)
        ),
        *(
            Outage(
                at_s=at_s,
                for_s=float(draw.uniform(5.0, 600.0)),
                is_restart=bool(draw.random() < 0.5),
                vcenter=vcenters[int(draw.integers(len(vcenters)))] if len(vcenters) > 1 else None,
            )
            for at_s in times(OUTAGES)
        ),
    )


def _faulty_calls(draw: np.random.Generator, calls: int) -> tuple[FaultyCall, ...]:
    kinds = tuple(CallFault)
    return tuple(
        FaultyCall(call=call, fault=kinds[int(draw.integers(len(kinds)))])
        for call in range(1, calls + 1)
        if draw.random() < FAULTY_SHARE
    )


def _like(vm: VirtualMachine, number: int) -> VirtualMachine:
    """A new VM of the same size, on the same host, in no rule."""
    name = f"new-{number}"
    ref = EntityRef(vm.ref.vcenter, f"vm-{name}")
    return replace(vm, ref=ref, name=name, instance_uuid=f"00000000-0000-4000-8000-{number:012d}")
