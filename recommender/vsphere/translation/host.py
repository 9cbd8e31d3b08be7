"""A host: capacity, state, CPU features, what it reaches and what it uses."""

from collections.abc import Iterable
from typing import Any, Final, Protocol

from recommender.inventory.cpu_features import FeatureCapability
from recommender.inventory.host import ConnectionState, CryptoState, Host
from recommender.inventory.load import HostLoad
from recommender.inventory.reference import EntityRef
from recommender.quantities import BYTES_PER_MIB
from recommender.vsphere.extras import Extras
from recommender.vsphere.facts import Facts
from recommender.vsphere.once import Once
from recommender.vsphere.places import Places
from recommender.vsphere.translation.devices import seen_luns
from recommender.vsphere.translation.hardware import (
    alarms_of,
    gpus_of,
    numa_nodes_of,
    passthrough_devices_of,
    vgpu_profiles_of,
)
from recommender.vsphere.translation.storage import HostMounts
from recommender.vsphere.translation.vmotion import provisioning_adapters, vmotion_adapters

POWERED_ON = "poweredOn"
# All that changes of most hosts from one reading to the next.
HOST_LOAD_PATHS: Final = frozenset(f"summary.quickStats.{name}" for name in ("overallCpuUsage", "overallMemoryUsage"))


class SiteOf(Protocol):
    """Tells the site of a host by the names of the host, of its cluster and of its data centre."""

    def __call__(self, *, host: str, cluster: str | None, datacenter: str) -> str: ...


def translate_host(
    facts: Facts,
    *,
    places: Places,
    clusters: dict[EntityRef, str],
    mounts: HostMounts = HostMounts(),  # noqa: B008  # immutable
    site_of: SiteOf,
    extras: Extras = Extras(),  # noqa: B008  # immutable
    tags: tuple[str, ...] = (),
    once: Once | None = None,
) -> Host:
    """One host.

    ``clusters``: names by address. ``mounts``: datastores that it lists but cannot write. ``extras``: what was asked
    for only because it matters somewhere. ``once`` remembers what hosts have in common.
    """
    name, datacenter = facts.name, places.datacenter_of(facts)
    parent = facts.ref_at("parent")
    cluster = parent if parent in clusters else None
    state = facts.choice("runtime.connectionState", ConnectionState)
    cores = int(facts.need("summary.hardware.numCpuCores"))
    return Host(
        ref=facts.ref,
        name=name,
        datacenter=datacenter,
        cluster=cluster,
        site=site_of(host=name, cluster=clusters[cluster] if cluster else None, datacenter=datacenter),
        connection_state=state,
        is_powered_on=facts.get("runtime.powerState") == POWERED_ON,
        in_maintenance=bool(facts.need("runtime.inMaintenanceMode")),
        in_quarantine=bool(facts.get("runtime.inQuarantineMode")),  # unset where Proactive HA does not exist
        cpu_mhz=int(facts.need("summary.hardware.cpuMhz")) * cores,
        cores=cores,
        threads=facts.get("summary.hardware.numCpuThreads") or None,
        memory_mib=int(facts.need("summary.hardware.memorySize")) // BYTES_PER_MIB,
        feature_capabilities=_features(facts.get("config.featureCapability"), Once() if once is None else once),
        max_evc_mode=facts.get("summary.maxEVCModeKey") or None,
        vmotion_adapters=vmotion_adapters(facts),
        datastores=tuple(sorted({*facts.refs_at("datastore")} - {*mounts.unusable})),
        networks=facts.refs_at("network"),
        esxi_version=facts.get("summary.config.product.version") or None,
        crypto_state=_crypto_state(facts),
        raw_luns=seen_luns(extras.luns.get(facts.ref)),
        sockets=facts.get("summary.hardware.numCpuPkgs"),
        numa_nodes=numa_nodes_of(facts),
        provisioning_adapters=provisioning_adapters(facts),
        read_only_datastores=tuple(sorted(mounts.read_only)),
        gpus=gpus_of(facts),
        vgpu_profiles=vgpu_profiles_of(facts),
        passthrough_devices=passthrough_devices_of(extras.passthrough.get(facts.ref)),
        alarms=alarms_of(facts, extras.alarm_names),
        tags=tags,
        uuid=facts.get("summary.hardware.uuid") or None,
        vsan_fault_domain=facts.get("config.vsanHostConfig.faultDomainInfo.name") or None,
        licence=extras.licences.get(facts.moid),
        key_providers=extras.key_providers,
        overall_status=facts.get("overallStatus") or None,
        load=host_load_of(facts, state),
    )


def _features(capabilities: Iterable[Any] | None, once: Once) -> tuple[FeatureCapability, ...] | None:
    return None if capabilities is None else once.made(capabilities, _offered)


def _offered(capabilities: Iterable[Any]) -> tuple[FeatureCapability, ...]:
    return tuple(sorted(FeatureCapability(capability.key, capability.value) for capability in capabilities))


def _crypto_state(facts: Facts) -> CryptoState | None:
    value = facts.get("runtime.cryptoState")
    return CryptoState(value) if value in tuple(CryptoState) else None


def host_load_of(facts: Facts, state: ConnectionState) -> HostLoad:
    """What it uses, by vCenter's quick figures."""
    if state is not ConnectionState.CONNECTED:
        return HostLoad()  # what vCenter still shows is what it last heard
    return HostLoad(
        cpu_used_mhz=facts.get("summary.quickStats.overallCpuUsage"),
        memory_used_mib=facts.get("summary.quickStats.overallMemoryUsage"),
    )
