"""The hour in which a VM is least busy, from what it has been like hour by hour on past days."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from recommender.inventory.inventory import Inventory
from recommender.inventory.load import QuietHour
from recommender.inventory.virtual_machine import VirtualMachine

FEWEST_DAYS: Final = 3  # one quiet night is chance


class HourlyLoad(NamedTuple):
    """``active_mib``: what a VM's active memory usually is in this hour of the day (UTC), seen on ``days`` days."""

    hour: int
    active_mib: float
    days: int


def with_quiet_hours(inventory: Inventory, quietest: Mapping[str, HourlyLoad]) -> Inventory:
    """``inventory`` with the quietest hour of each VM of which it is known; ``quietest`` by instance UUID."""
    if not quietest:
        return inventory
    return replace(
        inventory,
        virtual_machines=tuple(_with_hour(vm, quietest.get(vm.instance_uuid)) for vm in inventory.virtual_machines),
    )


def _with_hour(vm: VirtualMachine, load: HourlyLoad | None) -> VirtualMachine:
    now_mib = vm.load.memory_active_mib
    if load is None or not now_mib:
        return vm
    quiet = QuietHour(hour=load.hour, load_share=load.active_mib / now_mib, days=load.days)
    return replace(vm, load=replace(vm.load, quiet_hour=quiet))
