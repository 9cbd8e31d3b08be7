"""Generated VMs with all their properties, once it is known on which host each stands."""

from typing import Final
from uuid import UUID

import numpy as np

from recommender.inventory.host import Host
from recommender.inventory.load import VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine, VmKind
from recommender.simulation.estate.host_models import CpuGeneration, requirements
from recommender.simulation.estate.surroundings import Surroundings
from recommender.simulation.estate.vm_drafts import VmDraft

DISK_GIB: Final = (40, 60, 80, 120, 250, 500)
DISK_SHARES: Final = (0.3, 0.25, 0.2, 0.15, 0.07, 0.03)
FIRST_DISK_KEY: Final = 2000
GIB: Final = 1024
DMZ_SHARE: Final = 0.3
RESERVED_SHARE: Final = 0.3  # of databases that reserve half of their memory


def ordinary_vm(
    draft: VmDraft,
    host: Host,
    *,
    booted_on: CpuGeneration,
    datastore: EntityRef,
    pool: EntityRef,
    is_free: bool,
    shared: Surroundings,
    draw: np.random.Generator,
) -> VirtualMachine:
    """``booted_on``: whose features it was shown when it was powered on. ``is_free``: no rule names it."""
    in_dmz = is_free and draft.role == "web-frontend" and shared.dmz.ref in host.networks and draw.random() < DMZ_SHARE
    reserves = draft.role in ("sql", "ora") and draw.random() < RESERVED_SHARE
    return VirtualMachine(
        ref=shared.address("vm"),
        name=draft.name,
        instance_uuid=_uuid(draw),
        host=host.ref,
        power_state=PowerState.POWERED_ON if draft.is_powered_on else PowerState.POWERED_OFF,
        vcpus=draft.vcpus,
        memory_mib=draft.memory_mib,
        memory_reservation_mib=draft.memory_mib // 2 if reserves else 0,
        feature_requirements=requirements(booted_on) if draft.is_powered_on else (),
        min_required_evc_mode=booted_on.evc_mode if draft.is_powered_on else None,
        disks=(Disk(key=FIRST_DISK_KEY, datastore=datastore, size_mib=_disk_mib(draw)),),
        datastores=(datastore,),
        networks=(shared.dmz.ref if in_dmz else shared.production.ref,),
        resource_pool=pool,
        load=VmLoad(
            cpu_demand_mhz=draft.cpu_demand_mhz,
            memory_active_mib=draft.memory_active_mib,
            memory_consumed_mib=draft.memory_consumed_mib,
        )
        if draft.is_powered_on
        else VmLoad(cpu_demand_mhz=0, memory_active_mib=0, memory_consumed_mib=0),
    )


def vcls_vm(host: Host, datastore: EntityRef, shared: Surroundings, draw: np.random.Generator) -> VirtualMachine:
    """One of vCenter's own cluster agents."""
    uuid = _uuid(draw)
    return VirtualMachine(
        ref=shared.address("vm"),
        name=f"vCLS-{uuid}",
        instance_uuid=uuid,
        host=host.ref,
        power_state=PowerState.POWERED_ON,
        kind=VmKind.VCLS,
        vcpus=1,
        memory_mib=128,
        feature_requirements=(),
        disks=(Disk(key=FIRST_DISK_KEY, datastore=datastore, size_mib=2 * GIB),),
        datastores=(datastore,),
        load=VmLoad(cpu_demand_mhz=20, memory_active_mib=32, memory_consumed_mib=128),
    )


def template(
    name: str, host: Host, datastore: EntityRef, shared: Surroundings, draw: np.random.Generator
) -> VirtualMachine:
    """A template: a VM that cannot be powered on."""
    return VirtualMachine(
        ref=shared.address("vm"),
        name=name,
        instance_uuid=_uuid(draw),
        host=host.ref,
        power_state=PowerState.POWERED_OFF,
        kind=VmKind.TEMPLATE,
        vcpus=2,
        memory_mib=4 * GIB,
        feature_requirements=(),
        disks=(Disk(key=FIRST_DISK_KEY, datastore=datastore, size_mib=_disk_mib(draw)),),
        datastores=(datastore,),
        networks=(shared.production.ref,),
        load=VmLoad(cpu_demand_mhz=0, memory_active_mib=0, memory_consumed_mib=0),
    )


def _disk_mib(draw: np.random.Generator) -> int:
    return int(draw.choice(DISK_GIB, p=DISK_SHARES)) * GIB


def _uuid(draw: np.random.Generator) -> str:
    return str(UUID(bytes=draw.bytes(16), version=4))
