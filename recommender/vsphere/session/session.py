"""A session with one vCenter: logs in when first needed, again when the session is gone, and out at the end."""

import ssl
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from pyVmomi import vim, vmodl

from recommender.errors import ActuationError, InventoryError, InventoryUnavailable, LoginRefused, MigrationRefused
from recommender.vsphere import faults
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.connection import Channel, ReadingChannel, SendingChannel, context_for
from recommender.vsphere.session.version import newest_common_version

T = TypeVar("T")

VCENTER_API = "VirtualCenter"  # and not that of a single host


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A channel for reading and the objects of vCenter at which everything begins.

    ``counters``: the ids of performance counters by name, once somebody has asked; they stay while vCenter runs.
    """

    vcenter: str
    channel: ReadingChannel
    root: vim.Folder
    sessions: vim.SessionManager
    properties: vmodl.query.PropertyCollector
    views: vim.view.ViewManager
    tasks: vim.TaskManager
    events: vim.event.EventManager
    custom_fields: vim.CustomFieldsManager | None = None
    performance: vim.PerformanceManager | None = None
    licences: vim.LicenseManager | None = None
    search: vim.SearchIndex | None = None
    provisioning_checker: vim.vm.check.ProvisioningChecker | None = None
    storage: vim.StorageResourceManager | None = None
    keys: vim.encryption.CryptoManager | None = None
    instance_uuid: str | None = None
    counters: dict[str, int] = field(default_factory=dict, compare=False)


class Session:
    """One vCenter's session; may be used from several threads."""

    def __init__(self, address: VCenterAddress) -> None:
        self.address = address
        self._lock = Lock()
        self._context: ssl.SSLContext | None = None
        self._service: Service | None = None

    @property
    def vcenter(self) -> str:
        """The name that references carry."""
        return self.address.name

    def reading(self, operation: Callable[[Service], T]) -> T:
        """What ``operation`` reads; it is repeated as a whole after a new login where the session is gone.

        As a whole, because views and pages of a result die with their session. Raises ``InventoryError``.
        """
        service = self._logged_in(instead_of=None)
        try:
            try:
                return operation(service)
            except vim.fault.NotAuthenticated:
                return operation(self._logged_in(instead_of=service))
        except vim.fault.NoPermission as fault:
            raise InventoryUnavailable(
                f"{self.address}: user {self.address.credentials.user} lacks the privilege "
                f"{fault.privilegeId or '(unnamed)'}: give it a role that can read everything below the root"
            ) from fault
        except vmodl.MethodFault as fault:
            raise InventoryUnavailable(f"{self.address}: reading failed: {faults.message_of(fault)}") from fault

    def sending(self, call: Callable[[Channel], T], *, what: str, operation_id: str) -> T:
        """What ``call``, which changes something, answers; it is sent exactly once.

        Raises ``MigrationRefused`` (nothing was started) or ``OutcomeUnknown`` (sent, answer lost).
        """
        try:
            service = self._logged_in(instead_of=None)
            channel = SendingChannel(
                self.address,
                service.channel.version,
                self.tls(),
                cookie=service.channel.cookie,
                operation_id=operation_id,
            )
            return call(channel)
        except vmodl.MethodFault as fault:
            raise faults.error_for(fault, what) from fault
        except InventoryError as error:
            raise MigrationRefused(f"{what}: nothing was sent: {error}") from error
        except ActuationError as error:
            raise type(error)(f"{what}: {error}") from error

    def close(self) -> None:
        """Log out. A vCenter that cannot be reached will end the session by itself."""
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            with suppress(InventoryUnavailable, vmodl.MethodFault):
                service.sessions.Logout()
            service.channel.close()

    def _logged_in(self, *, instead_of: Service | None) -> Service:
        with self._lock:
            service = self._service
            if service is None or service is instead_of:
                if service is not None:
                    service.channel.close()
                service = self._service = self._log_in()
            return service

    def _log_in(self) -> Service:
        context = self.tls()
        channel = ReadingChannel(self.address, newest_common_version(self.address, context), context)
        with ExitStack() as undone:
            undone.callback(channel.close)
            service = _service(self.address, channel)
            self._send_login(service)
            undone.pop_all()
        return service

    def _send_login(self, service: Service) -> None:
        credentials = self.address.credentials
        try:
            service.sessions.Login(credentials.user, credentials.password(), None)
        except (vim.fault.InvalidLogin, vim.fault.NoPermission) as fault:
            raise LoginRefused(
                f"{self.address} refused the login of {credentials.user}: {faults.message_of(fault)}; "
                "check user name, password and the user's role"
            ) from fault
        except vmodl.MethodFault as fault:
            raise InventoryUnavailable(f"{self.address}: the login failed: {faults.message_of(fault)}") from fault

    def tls(self) -> ssl.SSLContext:
        """How certificates of this vCenter are checked."""
        if self._context is None:
            self._context = context_for(self.address)
        return self._context


def _service(address: VCenterAddress, channel: ReadingChannel) -> Service:
    content = vim.ServiceInstance("ServiceInstance", channel).RetrieveContent()
    sessions, views, tasks, events = (
        content.sessionManager,
        content.viewManager,
        content.taskManager,
        content.eventManager,
    )
    if content.about.apiType != VCENTER_API or not (sessions and views and tasks and events):
        raise InventoryUnavailable(f"{address} is no vCenter but {content.about.fullName}: give the vCenter's URL")
    return Service(
        vcenter=address.name,
        channel=channel,
        root=content.rootFolder,
        sessions=sessions,
        properties=content.propertyCollector,
        views=views,
        tasks=tasks,
        events=events,
        custom_fields=content.customFieldsManager,
        performance=content.perfManager,
        licences=content.licenseManager,
        search=content.searchIndex,
        provisioning_checker=content.vmProvisioningChecker,
        storage=content.storageResourceManager,
        keys=content.cryptoManager,
        instance_uuid=content.about.instanceUuid,
    )
