"""Networks: who switches them, on which VLAN, and whether the physical switches are told where a VM has gone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyVmomi import vim

from recommender.inventory.network import Network, NetworkKind
from recommender.inventory.reference import EntityRef
from recommender.vsphere.facts import Facts, moid_of, unescaped
from recommender.vsphere.places import Places

# A standard network is one object for a data centre, but a port group of its own on each host.
HostGroups = Mapping[str, Sequence[Any]]


def networks_of(facts: Mapping[Any, Sequence[Facts]], places: Places) -> Iterator[Network]:
    """All networks of one vCenter."""
    distributed = {port_group.ref: port_group for port_group in facts[vim.dvs.DistributedVirtualPortgroup]}
    opaque = {network.ref: network for network in facts[vim.OpaqueNetwork]}
    switches = {switch.ref: switch for switch in facts[vim.DistributedVirtualSwitch]}
    groups = groups_by_name(facts[vim.HostSystem])
    for network in facts[vim.Network]:
        known: dict[str, Any] = {}
        if network.ref in distributed:
            known = _distributed(distributed[network.ref], switches)
        elif network.ref in opaque:
            summary = opaque[network.ref].get("summary")
            known = {"kind": NetworkKind.OPAQUE, "switch_uuid": getattr(summary, "opaqueNetworkId", None) or None}
        else:
            known = _standard(groups.get(network.name, ()))
        yield Network(ref=network.ref, name=network.name, datacenter=places.datacenter_of(network), **known)


def groups_by_name(hosts: Iterable[Facts]) -> HostGroups:
    """The hosts' own port groups by name."""
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for host in hosts:
        for group in host.get("config.network.portgroup") or ():
            groups[unescaped(group.spec.name)].append(group)
    return groups


def notifies_of_port_config(port_config: Any) -> bool | None:
    """Notify Switches of a distributed port group; ``None`` where it was not told."""
    notify = getattr(getattr(port_config, "uplinkTeamingPolicy", None), "notifySwitches", None)
    return None if notify is None else notify.value


def notifies_of_group(group: Any) -> bool | None:
    """The same of a host's own port group."""
    teaming = group.computedPolicy.nicTeaming if group.computedPolicy else None
    notifies: bool | None = None if teaming is None else teaming.notifySwitches
    return notifies


def _distributed(facts: Facts, switches: Mapping[EntityRef, Facts]) -> dict[str, Any]:
    switch = facts.get("config.distributedVirtualSwitch")
    found = switches.get(EntityRef(facts.vcenter, moid_of(switch))) if switch is not None else None
    port_config = facts.get("config.defaultPortConfig")
    return {
        "kind": NetworkKind.DISTRIBUTED,
        "vlan": _vlan(getattr(port_config, "vlan", None)),
        "switch_uuid": (found.get("uuid") if found else None) or None,
        "notifies_switches": notifies_of_port_config(port_config),
        "is_uplink": bool(facts.get("config.uplink")),
    }


def _standard(groups: Iterable[Any]) -> dict[str, Any]:
    vlans = {group.spec.vlanId for group in groups}
    told = {notifies_of_group(group) for group in groups}
    vlan = vlans.pop() if len(vlans) == 1 else None
    # One host that is silent is enough to lose a VM there.
    notifies = False if False in told else told.pop() if len(told) == 1 else None
    return {"vlan": None if vlan is None else str(vlan), "notifies_switches": notifies}


def _vlan(spec: Any) -> str | None:
    private = getattr(spec, "pvlanId", None)
    if private is not None:
        return f"pvlan {private}"
    ids = getattr(spec, "vlanId", None)
    if isinstance(ids, list):
        return ",".join(f"{part.start}-{part.end}" for part in ids)
    return None if ids is None else str(ids)
