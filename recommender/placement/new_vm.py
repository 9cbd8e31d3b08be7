"""A VM that is to be made, as somebody describes it."""

from dataclasses import dataclass

from recommender.inventory.load import VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine

FIRST_DISK_KEY = 2000  # as vSphere counts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDisk:
    """``datastore``: where it has to be; ``None``: to be chosen."""

    size_mib: int
    datastore: EntityRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVm:
    """``cpu_demand_mhz``: what it is expected to use. ``hosts``: where it may run, ``()`` anywhere."""

    name: str
    vcpus: int
    memory_mib: int
    cpu_demand_mhz: int
    cpu_reservation_mhz: int = 0
    memory_reservation_mib: int = 0
    disks: tuple[NewDisk, ...] = ()
    networks: tuple[EntityRef, ...] = ()
    hosts: tuple[EntityRef, ...] = ()
    tags: tuple[str, ...] = ()

    def ref(self, vcenter: str) -> EntityRef:
        """The address that it has until it is made."""
        return EntityRef(vcenter, f"new:{self.name}")

    def at(self, host: EntityRef, stores: tuple[EntityRef, ...]) -> VirtualMachine:
        """As if it ran on ``host``, its disks on ``stores``."""
        return VirtualMachine(
            ref=self.ref(host.vcenter),
            name=self.name,
            instance_uuid=f"new:{self.name}",
            host=host,
            power_state=PowerState.POWERED_ON,
            vcpus=self.vcpus,
            memory_mib=self.memory_mib,
            cpu_reservation_mhz=self.cpu_reservation_mhz,
            memory_reservation_mib=self.memory_reservation_mib,
            feature_requirements=(),
            disks=tuple(
                Disk(key=FIRST_DISK_KEY + number, datastore=store, size_mib=disk.size_mib)
                for number, (disk, store) in enumerate(zip(self.disks, stores, strict=True))
            ),
            datastores=tuple(sorted({*stores})),
            networks=self.networks,
            tags=self.tags,
            load=VmLoad(cpu_demand_mhz=self.cpu_demand_mhz, memory_consumed_mib=self.memory_mib),
        )
