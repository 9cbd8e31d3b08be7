"""Where a VM is that was sent somewhere: in its own vCenter or, by its instance UUID, where it was sent to."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef
from recommender.ports import Migrator, VmPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """``place`` is ``None`` for a VM that is gone; ``riddle``: why it cannot be told where it is.

    ``is_nowhere``: the riddle is that it is in neither vCenter, which is none any more once nothing moves it.
    """

    place: VmPlace | None = None
    riddle: str | None = None
    is_nowhere: bool = False


def whereabouts(
    migrator: Migrator, vm: EntityRef, instance_uuid: str, to_vcenter: str, *, has_succeeded: bool
) -> Whereabouts:
    """Looks in both vCenters where the two differ. Raises ``InventoryUnavailable`` unless each can be asked.

    ``has_succeeded``: vCenter says that it arrived. Until its source forgets it a VM may be in both, and a moment long
    in neither: that is told as a riddle, to be looked at again.
    """
    here = migrator.place_of(vm)
    if to_vcenter == vm.vcenter:
        return Whereabouts(place=here)
    there = migrator.found_in(to_vcenter, instance_uuid)
    if here is not None and here.instance_uuid != instance_uuid:
        here = None  # another VM has its old address now
    if there is not None and (here is None or has_succeeded):
        return Whereabouts(place=there)
    if there is not None:
        return Whereabouts(riddle=f"the VM is in vCenter {vm.vcenter} and in vCenter {to_vcenter}")
    if here is None:
        riddle = f"the VM is in neither vCenter {vm.vcenter} nor vCenter {to_vcenter}"
        return Whereabouts(riddle=riddle, is_nowhere=True)
    return Whereabouts(place=here)
