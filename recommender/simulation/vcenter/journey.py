"""What a migration has to carry, and over which links."""

from dataclasses import dataclass

from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.simulation.chance import chance
from recommender.simulation.vcenter.fair_shares import Link
from recommender.simulation.vcenter.links import disk_links, memory_links
from recommender.simulation.vcenter.relocate_spec import RelocateSpec
from recommender.simulation.vcenter.stages import Stages, broken_off, stages_of
from recommender.simulation.vcenter.true_memory import TrueMemory, true_memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """``disks``: MiB and links of each disk that moves. ``memory`` is ``None`` when no running memory moves."""

    disks: tuple[tuple[float, tuple[Link, ...]], ...]
    memory: TrueMemory | None
    memory_links: tuple[Link, ...]

    @property
    def expected_mib(self) -> float:
        """What one pass over everything sends."""
        return sum(mib for mib, _ in self.disks) + (self.memory.resident_mib if self.memory else 0.0)

    def stages(self, name: str, seed: int, breaks_off_at: float | None) -> Stages:
        """Its stages; ``name`` tells its overheads from those of other migrations."""
        stages = stages_of(self.disks, self.memory, self.memory_links, chance(seed, "overhead", name))
        return stages if breaks_off_at is None else broken_off(stages, breaks_off_at)


def journey_of(picture: Inventory, vm: VirtualMachine, spec: RelocateSpec, seed: int) -> Journey:
    """Disks that change their datastore, one after the other; memory if the VM runs and changes its host."""
    source, destination = picture.host(vm.host), picture.host(spec.destination)
    return Journey(
        disks=tuple(
            (float(disk.size_mib), disk_links(source, destination, disk.datastore, target))
            for disk, target in spec.disks_to_copy(vm)
        ),
        memory=true_memory(vm, seed) if vm.is_powered_on and source.ref != destination.ref else None,
        memory_links=memory_links(source, destination),
    )
