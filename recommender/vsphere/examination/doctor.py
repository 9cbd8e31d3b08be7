"""Examines one vCenter: can it be reached and read, may we do what we want, and is it set up for migrations."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from pyVmomi import vim

from recommender.errors import CertificateRejected, InventoryError, LoginRefused
from recommender.inventory.drs_conflicts import drs_conflicts
from recommender.inventory.finding import Finding, Severity
from recommender.inventory.inventory import Inventory
from recommender.inventory.licence_findings import licence_findings
from recommender.inventory.site import SiteLink
from recommender.inventory.site_findings import site_findings
from recommender.inventory.twins import twins
from recommender.ports import InventorySource
from recommender.vsphere.collector import read_objects
from recommender.vsphere.examination.network_findings import (
    HOST_PATHS,
    PORT_GROUP_PATHS,
    notify_findings,
    vmotion_findings,
)
from recommender.vsphere.examination.privileges import privilege_findings
from recommender.vsphere.examination.sensor_findings import sensor_findings
from recommender.vsphere.facts import utc
from recommender.vsphere.properties import NAME_AND_PARENT
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.session import Service, Session
from recommender.vsphere.sources.distances import DistanceInventorySource
from recommender.vsphere.sources.reading import VCenterInventorySource
from recommender.vsphere.translation.host import SiteOf

CONNECTION: Final = "connection"
CLOCK_TOLERANCE_S: Final = 5.0  # beyond it the times of tasks are hard to hold against ours
OLDEST_SUPPORTED: Final = (7, 0)


def examine(
    address: VCenterAddress,
    now: Callable[[], datetime],
    *,
    site_of: SiteOf | None = None,
    site_links: tuple[SiteLink, ...] = (),
    measure_round_trips: bool = False,
) -> tuple[Finding, ...]:
    """Every finding of one vCenter; one that cannot be reached is a finding, too. ``now`` is aware UTC.

    The rest is as ``open_vcenters`` takes it.
    """
    session = Session(address)
    source: InventorySource = VCenterInventorySource(
        [session], site_of=site_of or _any_site, site_links=site_links, now=now
    )
    if measure_round_trips:
        source = DistanceInventorySource(source)
    try:
        return tuple(_findings(session, source, now))
    finally:
        session.close()


def _findings(session: Session, source: InventorySource, now: Callable[[], datetime]) -> Iterator[Finding]:
    address = session.address
    try:
        yield from session.reading(lambda service: tuple(_of_connection(service, address, now)))
    except InventoryError as error:
        yield Finding(
            severity=Severity.ERROR,
            area=CONNECTION,
            subject=address.name,
            told=str(error),
            remedy=_remedy(error),
        )
        return
    for part in (_of_setup, _of_privileges):
        try:
            yield from session.reading(lambda service, part=part: tuple(part(service)))  # type: ignore[misc]  # bound now
        except InventoryError as error:
            yield Finding(
                severity=Severity.ERROR,
                area="reading",
                subject=address.name,
                told=str(error),
                remedy="grant the role of deploy/roles/viewer.json at the root folder, propagating",
            )
    try:
        inventory = source.read()
        sensors = session.reading(lambda service: tuple(sensor_findings(service, inventory)))
    except InventoryError as error:
        yield Finding(
            severity=Severity.ERROR,
            area="reading",
            subject=address.name,
            told=str(error),
            remedy="mend the object that is named, or the user's role",
        )
        return
    yield from sensors
    yield from _of_inventory(address.name, inventory)


def _of_connection(service: Service, address: VCenterAddress, now: Callable[[], datetime]) -> Iterator[Finding]:
    instance = vim.ServiceInstance("ServiceInstance", service.channel)
    about = instance.RetrieveContent().about
    way = "by its pin" if address.pin else f"by {address.ca_file}" if address.ca_file else "by the system's trust"
    told = f"{about.fullName}, API {about.apiVersion}; its certificate was verified {way}"
    is_old = _release(str(about.apiVersion)) < OLDEST_SUPPORTED
    yield Finding(
        severity=Severity.WARNING if is_old else Severity.OK,
        area=CONNECTION,
        subject=address.name,
        told=told,
        remedy="nothing before vSphere 7.0 was tried: upgrade, or look closely at what is planned" if is_old else "",
    )
    theirs = utc(instance.CurrentTime())
    if theirs is None:
        return
    difference_s = (theirs - now()).total_seconds()
    is_off = abs(difference_s) > CLOCK_TOLERANCE_S
    yield Finding(
        severity=Severity.WARNING if is_off else Severity.OK,
        area="clock",
        subject=address.name,
        told=f"vCenter's clock is {abs(difference_s):.1f} s {'ahead of' if difference_s > 0 else 'behind'} ours",
        remedy="let both follow the same time servers" if is_off else "",
    )


def _of_setup(service: Service) -> Iterator[Finding]:
    wanted = {
        vim.HostSystem: HOST_PATHS,
        vim.ClusterComputeResource: NAME_AND_PARENT,
        vim.dvs.DistributedVirtualPortgroup: PORT_GROUP_PATHS,
    }
    read = read_objects(service, wanted)
    hosts = read[vim.HostSystem]
    found = [
        *vmotion_findings(hosts, {cluster.ref: cluster.name for cluster in read[vim.ClusterComputeResource]}),
        *notify_findings(hosts, read[vim.dvs.DistributedVirtualPortgroup]),
    ]
    yield from found
    if not found:
        told = f"vMotion adapters and Notify Switches of {len(hosts)} hosts are as they should be"
        yield Finding(severity=Severity.OK, area="vmotion", subject=service.vcenter, told=told)


def _of_privileges(service: Service) -> Iterator[Finding]:
    read = read_objects(service, {vim.ComputeResource: NAME_AND_PARENT, vim.ClusterComputeResource: NAME_AND_PARENT})
    by_moid = {facts.moid: facts for kind in read.values() for facts in kind}
    yield from privilege_findings(service, list(by_moid.values()))


def _of_inventory(vcenter: str, inventory: Inventory) -> Iterator[Finding]:
    told = f"{len(inventory.hosts)} hosts and {len(inventory.virtual_machines)} VMs can be read whole"
    yield Finding(severity=Severity.OK, area="reading", subject=vcenter, told=told)
    yield from drs_conflicts(inventory)
    yield from licence_findings(vcenter, inventory.hosts)
    yield from site_findings(inventory)
    shared = sorted(vm.name for vms in twins(inventory).values() for vm in vms)
    if shared:
        yield Finding(
            severity=Severity.WARNING,
            area="identity",
            subject=", ".join(shared[:5]),
            told=f"{len(shared)} VMs share instance UUIDs: what is remembered of them cannot be told apart",
            remedy="let vCenter give them new instance UUIDs (config.instanceUuid)",
        )


def _remedy(error: InventoryError) -> str:
    if isinstance(error, CertificateRejected):
        return "give --ca-file, or --pin after comparing the fingerprint on the vCenter itself"
    if isinstance(error, LoginRefused):
        return "check user name and password"
    return "check URL, DNS, network and firewall (TCP 443)"


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _any_site(*, host: str, cluster: str | None, datacenter: str) -> str:
    del host, cluster, datacenter
    return "default"
