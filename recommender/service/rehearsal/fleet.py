"""Where a rehearsal plays: a vCenter and two processes for it, or two vCenters and processes for each and for both."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.policy import MoveScope, Policy
from recommender.relocation_policy import NetworkMapping, RelocationPolicy
from recommender.service.rehearsal.day import Day, settings_of
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings
from recommender.settings.vcenters import VCenterSettings
from recommender.simulation.inventory_generator import generate_inventory

HOSTS: Final = 4
VMS: Final = 16
EMPTIED: Final = 2  # hosts, one by each evacuation
EAST, WEST = "east", "west"
HOSTS_OF_EACH: Final = 3
VMS_OF_EACH: Final = 8
TWO_VCENTERS: Final = 5  # every so many seeds, and of every other of these each vCenter has a process of its own
OTHER_ESTATE: Final = 1_000_003
ALIKE: Final = ("production", "dmz")  # networks of one name are one network


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of the service; ``vcenters`` are those that it is configured for, ``None`` where none has a name."""

    name: str
    settings: Settings
    vcenters: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """``settings`` hold what all ``processes`` do together. The last process reaches everything."""

    inventory: Inventory
    settings: Settings
    processes: tuple[Process, ...]

    @property
    def is_of_two_vcenters(self) -> bool:
        """Whether VMs go from one vCenter to another, and processes act beside each other."""
        return self.processes[-1].vcenters is not None


def fleet_of(seed: int, day: Day, url: str, turn: timedelta) -> Fleet:
    """The one of this seed."""
    if seed % TWO_VCENTERS == 0:
        return _of_two_vcenters(seed, day, url, turn)
    inventory = _generated(seed, day, HOSTS, VMS)
    emptied = tuple(inventory.hosts[(seed + number) % HOSTS].name for number in range(EMPTIED))
    settings = settings_of(day, seed, url, emptied, turn)
    processes = tuple(Process(name=name, settings=settings) for name in ("first", "second"))
    return Fleet(inventory=inventory, settings=settings, processes=processes)


def _of_two_vcenters(seed: int, day: Day, url: str, turn: timedelta) -> Fleet:
    """A host of each is emptied within it, and one of the first one's into the second one, disks and all."""
    east = _generated(seed, day, HOSTS_OF_EACH, VMS_OF_EACH, EAST)
    west = _generated(seed + OTHER_ESTATE, day, HOSTS_OF_EACH, VMS_OF_EACH, WEST)
    home, leaving = (east.hosts[(seed // TWO_VCENTERS + number) % 2] for number in range(EMPTIED))
    inventory = _joined(east, west, leaving)
    of_each = settings_of(day, seed, url, (str(home.ref), str(west.hosts[0].ref)), turn)
    in_east, in_west = of_each.evacuation
    across = EvacuationSettings(
        name="across",
        hosts=(str(leaving.ref),),
        to=tuple(str(host.ref) for host in west.hosts[1:]),
        cron=day.cron,
        time_zone=day.time_zone,
        duration_minutes=in_east.duration_minutes,
    )
    settings = _configured(of_each, (EAST, WEST), (in_east, in_west, across))
    both = Process(name="both", settings=settings, vcenters=frozenset((EAST, WEST)))
    if seed // TWO_VCENTERS % 2:
        return Fleet(inventory=inventory, settings=settings, processes=(replace(both, name="also both"), both))
    own = (
        Process(name=name, settings=_configured(of_each, (name,), (evacuation,)), vcenters=frozenset((name,)))
        for name, evacuation in ((EAST, in_east), (WEST, in_west))
    )
    return Fleet(inventory=inventory, settings=settings, processes=(*own, both))


def _configured(settings: Settings, vcenters: tuple[str, ...], evacuations: tuple[EvacuationSettings, ...]) -> Settings:
    named = tuple(VCenterSettings(name=name, url=f"https://{name}.example.net") for name in vcenters)
    policy = Policy(
        automation_level=settings.policy.automation_level,
        move_scope=MoveScope.VCENTERS,
        relocation=RelocationPolicy(
            copy_disks=True, networks=tuple(NetworkMapping(source=name, destination=name) for name in ALIKE)
        ),
    )
    return settings.model_copy(update={"vcenter": named, "evacuation": evacuations, "policy": policy})


def _generated(seed: int, day: Day, hosts: int, vms: int, vcenter: str = "vcenter") -> Inventory:
    """With fewer VMs where those of this seed have no room."""
    for number in range(vms, 1, -2):
        with suppress(ValueError):
            return generate_inventory(
                seed, hosts=hosts, vms=number, clusters=1, vcenter=vcenter, taken_at=day.starts_at
            )
    raise AssertionError(f"no inventory of seed {seed} fits")


def _joined(east: Inventory, west: Inventory, leaving: Host) -> Inventory:
    """On one site, and without the rules that keep VMs of ``leaving`` in their vCenter."""

    def near(host: Host) -> Host:
        return replace(host, site="campus", esxi_version="8.0.3")

    def is_free(vms: tuple[EntityRef, ...]) -> bool:
        return not any(east.vm(vm).host == leaving.ref for vm in vms)

    return replace(
        east,
        hosts=tuple(near(host) for host in (*east.hosts, *west.hosts)),
        virtual_machines=(*east.virtual_machines, *west.virtual_machines),
        clusters=(*east.clusters, *west.clusters),
        resource_pools=(*east.resource_pools, *west.resource_pools),
        datastores=(*east.datastores, *west.datastores),
        networks=(*east.networks, *west.networks),
        vm_affinity_rules=(*(rule for rule in east.vm_affinity_rules if is_free(rule.vms)), *west.vm_affinity_rules),
        vm_anti_affinity_rules=(*east.vm_anti_affinity_rules, *west.vm_anti_affinity_rules),
        vm_host_rules=(*(rule for rule in east.vm_host_rules if is_free(rule.vms)), *west.vm_host_rules),
    )
