"""What of hosts' networks makes migrations fail or leaves VMs unreachable: vMotion adapters and Notify Switches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from recommender.inventory.finding import Finding, Severity, named
from recommender.inventory.reference import EntityRef
from recommender.vsphere.facts import Facts, unescaped
from recommender.vsphere.translation.vmotion import NIC_TYPE, vmotion_adapters

HOST_PATHS: Final = (
    "name",
    "parent",
    "runtime.connectionState",
    "summary.config.vmotionEnabled",
    "config.virtualNicManagerInfo.netConfig",
    "config.network.portgroup",
    "config.network.vswitch",
    "config.network.proxySwitch",
    "config.network.pnic",
)
PORT_GROUP_PATHS: Final = ("name", "config.defaultPortConfig", "config.uplink")


def vmotion_findings(hosts: Iterable[Facts], clusters: Mapping[EntityRef, str]) -> Iterator[Finding]:
    """Hosts without an adapter, and clusters whose hosts' adapters differ in speed or MTU. ``clusters``: names."""
    by_cluster: defaultdict[EntityRef | None, list[Facts]] = defaultdict(list)
    for host in hosts:
        if host.get("runtime.connectionState") == "connected":
            by_cluster[host.ref_at("parent")].append(host)
    for cluster, members in by_cluster.items():
        name = clusters.get(cluster) if cluster else None
        yield from _without_adapter(members, is_alone=name is None)
        if name is not None:
            yield from _differences(name, members)


def notify_findings(hosts: Iterable[Facts], port_groups: Iterable[Facts]) -> Iterator[Finding]:
    """Networks that do not tell the physical switches where a VM has gone."""
    silent: set[str] = set()
    for host in hosts:
        for group in host.get("config.network.portgroup") or ():
            teaming = group.computedPolicy.nicTeaming if group.computedPolicy else None
            if teaming is not None and teaming.notifySwitches is False:
                silent.add(unescaped(group.spec.name))
    for facts in port_groups:
        if not facts.get("config.uplink") and _is_silent(facts.get("config.defaultPortConfig")):
            silent.add(facts.name)
    if silent:
        yield Finding(
            severity=Severity.WARNING,
            area="network",
            subject=named(silent),
            told=f"{len(silent)} networks have Notify Switches off: after a move a VM may be unreachable for minutes",
            remedy="set Notify Switches to Yes in the teaming policy (except for NLB in unicast mode)",
        )


def _without_adapter(hosts: list[Facts], *, is_alone: bool) -> Iterator[Finding]:
    lacking = [host.name for host in hosts if vmotion_adapters(host) == ()]
    untold = [host.name for host in hosts if vmotion_adapters(host) is None]
    if lacking and not is_alone:
        yield Finding(
            severity=Severity.WARNING,
            area="vmotion",
            subject=named(lacking),
            told=f"{len(lacking)} hosts have no vMotion adapter: no running VM can leave or enter them",
            remedy="enable vMotion on a vmkernel adapter of each",
        )
    if untold:
        yield Finding(
            severity=Severity.WARNING,
            area="vmotion",
            subject=named(untold),
            told=f"vMotion adapters of {len(untold)} hosts are not told: nothing is moved to or from them",
            remedy="check that the user may read them, and the hosts' state",
        )


def _differences(cluster: str, hosts: list[Facts]) -> Iterator[Finding]:
    for what, unit, table in (
        ("link speed", "Mbit/s", _by_value(hosts, _slowest)),
        ("MTU", "bytes", _by_value(hosts, _smallest_mtu)),
    ):
        if len(table) > 1:
            parts = [f"{value:,} {unit} on {named(table[value])}" for value in sorted(table)]
            yield Finding(
                severity=Severity.WARNING,
                area="vmotion",
                subject=cluster,
                told=f"the {what} of vMotion adapters differs: {'; '.join(parts)}",
                remedy=f"use one {what} in a cluster: the lower one limits or breaks migrations between them",
            )


def _by_value(hosts: list[Facts], of: Any) -> dict[int, list[str]]:
    table: defaultdict[int, list[str]] = defaultdict(list)
    for host in hosts:
        value = of(host)
        if value is not None:
            table[value].append(host.name)
    return dict(table)


def _slowest(host: Facts) -> int | None:
    speeds = [adapter.link_mbit_s for adapter in vmotion_adapters(host) or () if adapter.link_mbit_s is not None]
    return min(speeds, default=None)


def _smallest_mtu(host: Facts) -> int | None:
    sizes = [
        adapter.spec.mtu
        for configuration in host.get("config.virtualNicManagerInfo.netConfig") or ()
        if configuration.nicType == NIC_TYPE
        for adapter in configuration.candidateVnic or ()
        if adapter.key in (configuration.selectedVnic or ()) and adapter.spec and adapter.spec.mtu
    ]
    return min(sizes, default=None)


def _is_silent(port_config: Any) -> bool:
    policy = getattr(port_config, "uplinkTeamingPolicy", None)
    notify = getattr(policy, "notifySwitches", None)
    return notify is not None and notify.value is False
