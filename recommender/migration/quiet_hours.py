"""The hour in which a VM is least busy, from what it has been like hour by hour on past days."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from recommender.inventory.inventory import Inventory
from recommender.inventory.load import QuietHour
from recommender.inventory.virtual_machine import VirtualMachine

FEWEST_DAYS: Final = 3  # one quiet night is chance


class HourlyLoad(NamedTuple):
    """``active_mib``: what a VM's active memory usually is in an hour of the day, seen on ``days`` days."""

    active_mib: float
    days: int


def with_quiet_hours(inventory: Inventory, loads: Mapping[str, Mapping[int, HourlyLoad]]) -> Inventory:
    """``inventory`` with the quietest hour of each VM of which enough is known; ``loads`` by instance UUID and hour."""
    if not loads:
        return inventory
    return replace(
        inventory,
        virtual_machines=tuple(_with_hour(vm, loads.get(vm.instance_uuid, {})) for vm in inventory.virtual_machines),
    )


def _with_hour(vm: VirtualMachine, by_hour: Mapping[int, HourlyLoad]) -> VirtualMachine:
    known = {hour: load for hour, load in by_hour.items() if load.days >= FEWEST_DAYS}
    now_mib = vm.load.memory_active_mib
    if not known or not now_mib:
        return vm
    hour = min(known, key=lambda one: (known[one].active_mib, one))
    quiet = QuietHour(hour=hour, load_share=known[hour].active_mib / now_mib, days=known[hour].days)
    return replace(vm, load=replace(vm.load, quiet_hour=quiet))
