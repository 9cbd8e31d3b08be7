"""Facts of one vCenter that are kept up to date by its own updates instead of being read anew each time."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pyVmomi import vim, vmodl

from recommender.errors import InventoryUnavailable
from recommender.vsphere.answers.updates import ObjectUpdate, updates_in
from recommender.vsphere.collecting_later import collecting_later
from recommender.vsphere.collector import COLLECTOR, read_object
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.session.connection import reaching
from recommender.vsphere.session.session import Service

Query = vmodl.query.PropertyCollector
Wanted = Mapping[type[vim.ManagedEntity], Sequence[str]]

PAGE_SIZE = 1000
WAIT_FOR_UPDATES: Any = COLLECTOR.WaitForUpdatesEx.info
# The API's own words for what happened to an object and to a property.
ENTER, LEAVE, ASSIGN, ADD = "enter", "leave", "assign", "add"
# What a collector raises that has to be made anew: its version or its objects are gone.
LOST = (vmodl.query.InvalidCollectorVersion, vmodl.fault.ManagedObjectNotFound)


class Follower:
    """A property collector of our own with one filter for each kind of object.

    It begins with everything and then asks only for what has changed. It dies with its session; after any error
    nothing is known of what it has missed, and another one has to take its place.
    """

    def __init__(self, service: Service, wanted: Wanted) -> None:
        self.service = service
        self._wanted = wanted
        self._paths = {kind: frozenset(paths) for kind, paths in wanted.items()}
        self._facts: dict[type[vim.ManagedEntity], dict[str, Facts]] = {kind: {} for kind in wanted}
        self._version = ""
        self._changed: dict[type[vim.ManagedEntity], dict[str, Facts | None]] = {kind: {} for kind in wanted}
        self._kinds: dict[str, type[vim.ManagedEntity]] = {}
        self._views: list[vim.view.ContainerView] = []
        collector: Any = service.properties.CreatePropertyCollector()
        self._collector = collector
        for kind, paths in wanted.items():
            view = service.views.CreateContainerView(service.root, [kind], True)  # noqa: FBT003  # recursive
            self._views.append(view)
            created = collector.CreateFilter(_filter(view, kind, paths), False)  # noqa: FBT003  # whole values
            self._kinds[moid_of(created)] = kind

    @property
    def facts(self) -> dict[type[vim.ManagedEntity], list[Facts]]:
        """All facts by kind; those of an object that has not changed are the same value as before."""
        return {kind: list(table.values()) for kind, table in self._facts.items()}

    def changed_since_asked(self, kind: type[vim.ManagedEntity]) -> dict[str, Facts | None]:
        """By id, what objects of this kind have become (``None``: gone) since this was asked the last time."""
        changed, self._changed[kind] = self._changed[kind], {}
        return changed

    @collecting_later()
    def catch_up(self) -> int:
        """Take in what has changed since the last time; answers how many objects did. Raises ``LOST`` faults."""
        changed = 0
        while True:
            options = Query.WaitOptions(maxWaitSeconds=0, maxObjectUpdates=PAGE_SIZE)
            content = self.service.channel.answer_to(self._collector, WAIT_FOR_UPDATES, [self._version, options])
            with reaching(self.service.channel.address):
                updates = updates_in(content)
            if updates is None:
                return changed
            for update in updates.objects:
                kind = self._kinds.get(update.filter_id)
                if kind is not None:
                    self._take_in(kind, update)
                    self._changed[kind][update.moid] = self._facts[kind].get(update.moid)
                    changed += 1
            self._version = updates.version
            if not updates.is_truncated:
                # More may have come up meanwhile; a later time is soon enough for it.
                return changed

    def close(self) -> None:
        """Let vCenter forget it; where that fails the end of the session does it."""
        with suppress(InventoryUnavailable, vmodl.MethodFault):
            self._collector.DestroyPropertyCollector()
            for view in self._views:
                view.Destroy()

    def _take_in(self, kind: type[vim.ManagedEntity], update: ObjectUpdate) -> None:
        table, moid = self._facts[kind], update.moid
        if update.kind == LEAVE:
            table.pop(moid, None)
            return
        before = table.get(moid)
        values = None if before is None and update.kind != ENTER else _values(before, update, self._paths[kind])
        if values is not None:
            table[moid] = Facts(self.service.vcenter, kind.__name__.removeprefix("vim."), moid, values)
        else:
            self._read_anew(kind, moid)

    def _read_anew(self, kind: type[vim.ManagedEntity], moid: str) -> None:
        """For a change that is told in another way than was asked for."""
        make: Any = kind
        read = read_object(self.service, make(moid), self._wanted[kind])
        if read is None:
            self._facts[kind].pop(moid, None)
        else:
            self._facts[kind][moid] = read


def _values(before: Facts | None, update: ObjectUpdate, paths: frozenset[str]) -> dict[str, Any] | None:
    """The object's values after an update; ``None`` where the update speaks of parts of a value."""
    values: dict[str, Any] = {} if update.kind == ENTER or before is None else dict(before.values)
    for change in update.changes:
        if change.path not in paths or change.operation == ADD:
            return None
        if change.operation == ASSIGN and change.value is not None:
            values[change.path] = change.value
        else:
            values.pop(change.path, None)
    for path in update.missing:
        values.pop(path, None)
    return values


def _filter(view: vim.view.ContainerView, kind: type[vim.ManagedEntity], paths: Sequence[str]) -> Any:
    step = Query.TraversalSpec(name="listed", type=vim.view.ContainerView, path="view", skip=False)
    start = Query.ObjectSpec(obj=view, skip=True, selectSet=[step])
    properties = Query.PropertySpec(type=kind, pathSet=list(paths), all=False)
    return Query.FilterSpec(objectSet=[start], propSet=[properties])
