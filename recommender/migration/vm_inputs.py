"""What the pre-copy model needs to know of one VM, measured where it was, else assumed and said to be so."""

from math import inf
from typing import Final, NamedTuple

from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import MigrationPolicy
from recommender.quantities import mib_s_from_mbit_s

# Share of the memory that is written again and again, where nothing was measured. On the measured migrations of
# Jo, Cho and Egger (SoCC 2017) it brings the mean error of the total time to 11 %; without any working set it is 48 %.
WORKING_SET_SHARE: Final = 0.3
# vSphere's active memory is what was touched within about a minute; taken as written once in that time.
SECONDS_PER_PASS: Final = 60.0

_CONSUMED: Final = "consumed memory of the VM"
_CONFIGURED: Final = "configured memory; consumption unknown"
_BACKED: Final = "configured memory less what is ballooned and swapped out; consumption unknown"
_VIDEO: Final = ", and its video memory"
_ACTIVE: Final = "active memory of the VM"
_WRITTEN: Final = "memory that the VM wrote lately (mem.activewrite)"
_SHARE: Final = f"assumed: {WORKING_SET_SHARE:g} of the memory; active memory unknown"
_MEASURED: Final = "measured"
_ONCE_A_MINUTE: Final = "assumed: the working set is written once a minute; vSphere does not tell"


class MemoryInputs(NamedTuple):
    """Memory to send first and working set in MiB (at most that memory), dirty rate in MiB/s; where each came from."""

    memory_mib: float
    working_set_mib: float
    dirty_mib_s: float
    dirty_is_measured: bool
    memory_origin: str
    working_set_origin: str
    dirty_origin: str


def memory_inputs(vm: VirtualMachine) -> MemoryInputs:
    """The inputs of a running VM. A consumption of 0 counts as unknown: a running VM uses some.

    What is ballooned or swapped out is not in the host's memory, so it is no part of what is consumed either.
    """
    load = vm.load
    gone_mib = (load.memory_ballooned_mib or 0) + (load.memory_swapped_mib or 0)
    guest = float(load.memory_consumed_mib or max(0, vm.memory_mib - gone_mib))
    working_set, set_origin = _working_set(vm, guest)
    measured = load.dirty_mib_s is not None
    return MemoryInputs(
        memory_mib=guest + (vm.video_memory_mib or 0),
        working_set_mib=working_set,
        dirty_mib_s=load.dirty_mib_s if load.dirty_mib_s is not None else working_set / SECONDS_PER_PASS,
        dirty_is_measured=measured,
        memory_origin=(_CONSUMED if load.memory_consumed_mib else _BACKED if gone_mib else _CONFIGURED)
        + (_VIDEO if vm.video_memory_mib else ""),
        working_set_origin=set_origin,
        dirty_origin=_MEASURED if measured else _ONCE_A_MINUTE,
    )


def _working_set(vm: VirtualMachine, guest_mib: float) -> tuple[float, str]:
    written, active, prior = vm.load.memory_active_write_mib, vm.load.memory_active_mib, vm.load.active_prior
    if written is not None:
        return min(guest_mib, float(written)), _WRITTEN
    if active is not None:
        return min(guest_mib, float(active)), _ACTIVE
    if prior is not None:
        return prior.share * guest_mib, f"assumed: {prior.share:.0%} of the memory, {prior.origin}; its own is unknown"
    return WORKING_SET_SHARE * guest_mib, _SHARE


def cipher_mib_s(vm: VirtualMachine, rules: MigrationPolicy) -> float:
    """What encrypting the migration carries in each stream; an encrypted VM never goes unencrypted."""
    return inf if vm.key_provider is None else mib_s_from_mbit_s(rules.encrypted_stream_mbit_s)
