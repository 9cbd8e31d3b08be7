"""A host's vMotion adapters, and how fast the physical NICs behind them are."""

from collections.abc import Iterable
from typing import Any

from recommender.inventory.host import VMotionAdapter
from recommender.vsphere.facts import Facts

NIC_TYPE = "vmotion"
PROVISIONING = "vSphereProvisioning"


def vmotion_adapters(facts: Facts) -> tuple[VMotionAdapter, ...] | None:
    """The vmkernel adapters that are selected for vMotion; ``None`` where vCenter did not tell."""
    configurations = facts.get("config.virtualNicManagerInfo.netConfig")
    if configurations is None:
        return () if facts.get("summary.config.vmotionEnabled") is False else None
    return _adapters(facts, configurations, NIC_TYPE)


def provisioning_adapters(facts: Facts) -> tuple[VMotionAdapter, ...] | None:
    """Those that are selected for provisioning: cold migrations take them; ``None`` where vCenter did not tell."""
    configurations = facts.get("config.virtualNicManagerInfo.netConfig")
    return None if configurations is None else _adapters(facts, configurations, PROVISIONING)


def _adapters(facts: Facts, configurations: Iterable[Any], nic_type: str) -> tuple[VMotionAdapter, ...]:
    adapters = [
        VMotionAdapter(
            device=adapter.device,
            link_mbit_s=_link_mbit_s(facts, adapter),
            mtu=(adapter.spec.mtu if adapter.spec else None) or None,
            network=_network(adapter),
            nics=tuple(sorted(nic.device for nic in _nics(facts, adapter) if nic.device)),
        )
        for configuration in configurations
        if configuration.nicType == nic_type
        for adapter in configuration.candidateVnic or ()
        if adapter.key in (configuration.selectedVnic or ())
    ]
    return tuple(sorted(adapters, key=lambda adapter: adapter.device))


def _network(adapter: Any) -> str | None:
    port = adapter.spec.distributedVirtualPort if adapter.spec else None
    return (adapter.portgroup or None) if port is None else (port.portgroupKey or None)


def _link_mbit_s(facts: Facts, adapter: Any) -> int | None:
    """The slowest NIC that may carry the adapter and has a link: which one does is the switch's choice."""
    speeds = [nic.linkSpeed.speedMb for nic in _nics(facts, adapter) if nic.linkSpeed is not None]
    return min(speeds, default=None)


def _nics(facts: Facts, adapter: Any) -> list[Any]:
    keys = _nic_keys(facts, adapter)
    return [nic for nic in facts.get("config.network.pnic") or () if nic.key in keys]


def _nic_keys(facts: Facts, adapter: Any) -> Iterable[str]:
    port = adapter.spec.distributedVirtualPort if adapter.spec else None
    if port is not None:
        switches = facts.get("config.network.proxySwitch") or ()
        return {key for switch in switches if switch.dvsUuid == port.switchUuid for key in switch.pnic or ()}
    groups = facts.get("config.network.portgroup") or ()
    switch_names = {group.spec.vswitchName for group in groups if group.spec.name == adapter.portgroup}
    switches = facts.get("config.network.vswitch") or ()
    return {key for switch in switches if switch.name in switch_names for key in switch.pnic or ()}
