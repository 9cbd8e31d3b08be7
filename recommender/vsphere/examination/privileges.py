"""Which privileges each verb needs, and whether the user has them.

Sources: the privileges that the API declares for its methods, and the vSphere documentation on what a method asks for
beyond them (RelocateVM_Task: Resource.HotMigrate for running VMs, Resource.AssignVMToPool where the pool changes,
Datastore.AllocateSpace and Network.Assign at the destination, Cryptographer.Migrate for encrypted VMs;
VirtualMachine.Inventory.Move where the folder changes, as in another data centre, and .Register in another vCenter).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.finding import Finding, Severity
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.session.session import Service

AREA: Final = "privileges"
NAMED_AT_MOST: Final = 3

_READ: Final = ("System.Anonymous", "System.Read", "System.View")
_MOVE: Final = (
    "Cryptographer.Migrate",
    "Datastore.AllocateSpace",
    "Network.Assign",
    "Resource.AssignVMToPool",
    "Resource.ColdMigrate",
    "Resource.HotMigrate",
)
_FAR: Final = ("VirtualMachine.Inventory.Move", "VirtualMachine.Inventory.Register")
_MAINTAIN: Final = ("Datastore.Config", "Host.Config.Maintenance")
_EDIT_RULES: Final = ("Host.Inventory.EditCluster",)

# By role, as ``deploy/roles`` holds them.
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "viewer": _READ,
    "mover": tuple(sorted(_READ + _MOVE)),
    "mover-anywhere": tuple(sorted(_READ + _MOVE + _FAR)),
    "mover-maintenance": tuple(sorted(_READ + _MOVE + _MAINTAIN)),
    "rule-editor": tuple(sorted(_READ + _EDIT_RULES)),
}
# By what people ask for: the privileges beyond the verb before it, and the smallest role that has them.
VERBS: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("read and recommend", ("System.Read", "System.View"), "viewer"),
    ("move VMs", _MOVE, "mover"),
    ("move VMs to other data centres and vCenters", _FAR, "mover-anywhere"),
    ("enter maintenance mode", _MAINTAIN, "mover-maintenance"),
    ("re-create rules in the clusters that VMs come to", _EDIT_RULES, "rule-editor"),
)


def privilege_findings(service: Service, entities: Sequence[Facts]) -> Iterator[Finding]:
    """A finding for each verb: whether it is allowed on all of ``entities`` (the clusters and lone hosts)."""
    asked = sorted({privilege for _, privileges, _ in VERBS for privilege in privileges})
    missing = _missing(service, [(entity.name, _managed(entity)) for entity in entities], asked)
    for verb, privileges, role in VERBS:
        lacking = {privilege: missing[privilege] for privilege in privileges if missing[privilege]}
        if not lacking:
            told = f"the user may {verb} everywhere ({len(entities)} clusters and lone hosts)"
            yield Finding(severity=Severity.OK, area=AREA, subject=service.vcenter, told=told)
            continue
        places = sorted({name for names in lacking.values() for name in names})
        more = f" and {len(places) - NAMED_AT_MOST} more" if len(places) > NAMED_AT_MOST else ""
        yield Finding(
            severity=Severity.ERROR if role == "viewer" else Severity.WARNING,
            area=AREA,
            subject=service.vcenter,
            told=f"the user may not {verb} on {', '.join(places[:NAMED_AT_MOST])}{more}: lacks {', '.join(lacking)}",
            remedy=f"grant the role of deploy/roles/{role}.json there, propagating, if that is wanted",
        )


def _managed(entity: Facts) -> vim.ManagedEntity:
    kind: Any = vim.ClusterComputeResource if entity.kind == "ClusterComputeResource" else vim.ComputeResource
    managed: vim.ManagedEntity = kind(entity.moid)
    return managed


def _missing(
    service: Service, entities: Sequence[tuple[str, vim.ManagedEntity]], asked: Sequence[str]
) -> dict[str, list[str]]:
    """By privilege, the names of the entities where it is lacking."""
    missing: dict[str, list[str]] = {privilege: [] for privilege in asked}
    if not entities:
        return missing
    session: Any = service.sessions.currentSession
    manager: Any = vim.ServiceInstance("ServiceInstance", service.channel).RetrieveContent().authorizationManager
    told = manager.HasPrivilegeOnEntities([entity for _, entity in entities], session.key, list(asked))
    names = {moid_of(entity): name for name, entity in entities}
    for answer in told or ():
        for privilege in answer.privAvailability or ():
            if not privilege.isGranted:
                missing[privilege.privId].append(names[moid_of(answer.entity)])
    return missing
