"""What may go wrong in the simulated world: scripted one by one, or drawn from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.simulation.chance import chance
from recommender.simulation.vcenter.relocate_spec import RelocateSpec
from recommender.simulation.vcenter.simulated_vcenter import Refused, SimulatedVCenter


class CallFault(StrEnum):
    """What becomes of one relocate call."""

    REFUSED = "refused"  # vCenter says no
    LOST_REQUEST = "lost_request"  # it never reached vCenter, and the caller cannot know
    LOST_ANSWER = "lost_answer"  # vCenter took it, and the caller cannot know
    BREAKS_OFF = "breaks_off"  # it starts and fails half-way
    HANGS = "hangs"  # it starts, and nothing more is heard of it until it fails at last


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyCall:
    """The ``call``-th relocate call that is received goes wrong, counted from 1."""

    call: int
    fault: CallFault


@dataclass(frozen=True, slots=True, kw_only=True)
class VmVanishes:
    """Somebody removes a VM from the inventory."""

    at_s: float
    vm: EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedByHand:
    """Somebody migrates a VM in the vSphere Client; nothing happens where vCenter refuses that."""

    at_s: float
    vm: EntityRef
    destination: EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStopsResponding:
    """A host is lost, for good where ``for_s`` is ``None``; its VMs stay registered on it (no HA here)."""

    at_s: float
    host: EntityRef
    for_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A vCenter (``None``: each) does not answer from ``at_s`` on for ``for_s``; what runs in it runs on.

    After a restart it knows the tasks from before only in its history, no longer by their addresses.
    """

    at_s: float
    for_s: float
    is_restart: bool = False
    vcenter: str | None = None

    def is_of(self, vcenter: str) -> bool:
        """Whether it is this one that does not answer."""
        return self.vcenter in (None, vcenter)

    def covers(self, now_s: float) -> bool:
        """Whether it is silent at this time."""
        return self.at_s <= now_s < self.at_s + self.for_s


@dataclass(frozen=True, slots=True, kw_only=True)
class VmAppears:
    """Somebody makes a VM."""

    at_s: float
    vm: VirtualMachine


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadJumps:
    """From then on a VM asks for ``factor`` times the CPU."""

    at_s: float
    vm: EntityRef
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringHangs:
    """A host that is entering maintenance mode in this time does so only when it is over."""

    at_s: float
    host: EntityRef
    for_s: float


TimedFailure = VmVanishes | MovedByHand | HostStopsResponding | EnteringHangs | VmAppears | LoadJumps
Failure = FaultyCall | Outage | TimedFailure


def schedule_failure(vcenter: SimulatedVCenter, failure: TimedFailure) -> None:
    """Let it happen in vCenter when its time has come."""
    match failure:
        case VmVanishes(at_s=at_s, vm=vm):
            vcenter.schedule(at_s, lambda: vcenter.remove_vm(vm))
        case MovedByHand(at_s=at_s):
            vcenter.schedule(at_s, lambda: _migrate_by_hand(vcenter, failure))
        case VmAppears(at_s=at_s, vm=new):
            vcenter.schedule(at_s, lambda: vcenter.add_vm(new))
        case EnteringHangs(at_s=at_s, host=host, for_s=for_s):
            vcenter.schedule(at_s, lambda: vcenter.hold_outside_maintenance(host, is_held=True))
            vcenter.schedule(at_s + for_s, lambda: vcenter.hold_outside_maintenance(host, is_held=False))
        case LoadJumps(at_s=at_s, vm=vm, factor=factor):
            vcenter.schedule(at_s, lambda: vcenter.jump_load(vm, factor))
        case HostStopsResponding(at_s=at_s, host=host, for_s=for_s):
            vcenter.schedule(at_s, lambda: vcenter.set_connection(host, ConnectionState.NOT_RESPONDING))
            if for_s is not None:
                vcenter.schedule(at_s + for_s, lambda: vcenter.set_connection(host, ConnectionState.CONNECTED))


def random_failures(
    seed: int, inventory: Inventory, *, calls: int = 100, duration_s: float = 600.0, faulty_share: float = 0.15
) -> tuple[Failure, ...]:
    """A bad day.

    ``faulty_share`` of the first ``calls`` relocate calls go wrong; within ``duration_s`` seconds a VM vanishes,
    three are moved by hand, a host is lost for a minute and vCenter is silent for half a minute.
    """
    draw = chance(seed, "failures")
    kinds = (CallFault.REFUSED, CallFault.LOST_REQUEST, CallFault.LOST_ANSWER, CallFault.BREAKS_OFF)
    faulty = tuple(
        FaultyCall(call=call, fault=kinds[int(draw.integers(len(kinds)))])
        for call in range(1, calls + 1)
        if draw.random() < faulty_share
    )
    vms = [vm.ref for vm in inventory.virtual_machines if vm.kind is VmKind.ORDINARY]
    hosts = [host.ref for host in inventory.hosts]

    def some(refs: Sequence[EntityRef]) -> EntityRef:
        return refs[int(draw.integers(len(refs)))]

    def some_time() -> float:
        return float(draw.uniform(0.0, duration_s))

    return (
        *faulty,
        VmVanishes(at_s=some_time(), vm=some(vms)),
        *(MovedByHand(at_s=some_time(), vm=some(vms), destination=some(hosts)) for _ in range(3)),
        HostStopsResponding(at_s=some_time(), host=some(hosts), for_s=60.0),
        Outage(at_s=some_time(), for_s=30.0),
    )


def _migrate_by_hand(vcenter: SimulatedVCenter, failure: MovedByHand) -> None:
    vm = vcenter.picture.find_vm(failure.vm)
    if vm is None or vm.host == failure.destination:
        return
    try:
        vcenter.migrate(RelocateSpec(vm=vm.ref, destination=failure.destination), operation_id=None)
    except Refused:
        return
