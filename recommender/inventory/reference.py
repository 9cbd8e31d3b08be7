"""The address of one managed object: which vCenter, and which object there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class EntityRef:
    """Address of a managed object.

    ``vcenter`` is the name that the configuration gives the vCenter, ``moid`` its managed object id
    (``vm-17``). An address, not an identity: a VM's identity over time is its ``instance_uuid``.
    """

    __pydantic_config__ = {"extra": "forbid"}

    vcenter: str
    moid: str

    def __hash__(self) -> int:
        return hash(self.moid)  # half the time of hashing both; ids hardly ever repeat in another vCenter

    def __str__(self) -> str:
        return f"{self.vcenter}/{self.moid}"
