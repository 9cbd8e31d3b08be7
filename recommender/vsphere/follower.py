"""Facts of one vCenter that are kept up to date by its own updates instead of being read anew each time."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pyVmomi import vim, vmodl

from recommender.errors import InventoryUnavailable
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.session import Service

Query = vmodl.query.PropertyCollector
Wanted = Mapping[type[vim.ManagedEntity], Sequence[str]]

PAGE_SIZE = 1000
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
        self._facts: dict[type[vim.ManagedEntity], dict[str, Facts]] = {kind: {} for kind in wanted}
        self._version = ""
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

    def catch_up(self) -> int:
        """Take in what has changed since the last time; answers how many objects did. Raises ``LOST`` faults."""
        changed = 0
        while True:
            options = Query.WaitOptions(maxWaitSeconds=0, maxObjectUpdates=PAGE_SIZE)
            updates = self._collector.WaitForUpdatesEx(self._version, options)
            if updates is None:
                return changed
            for of_filter in updates.filterSet or ():
                kind = self._kinds.get(moid_of(of_filter.filter))
                if kind is not None:
                    changed += self._take_in(kind, of_filter.objectSet or ())
            self._version = updates.version
            if not updates.truncated:
                # More may have come up meanwhile; a later time is soon enough for it.
                return changed

    def close(self) -> None:
        """Let vCenter forget it; where that fails the end of the session does it."""
        with suppress(InventoryUnavailable, vmodl.MethodFault):
            self._collector.DestroyPropertyCollector()
            for view in self._views:
                view.Destroy()

    def _take_in(self, kind: type[vim.ManagedEntity], updates: Iterable[Any]) -> int:
        table, paths = self._facts[kind], self._wanted[kind]
        number = 0
        for update in updates:
            number += 1
            moid = moid_of(update.obj)
            if update.kind == Query.ObjectUpdate.Kind.leave:
                table.pop(moid, None)
                continue
            values = None if moid not in table and update.kind != "enter" else _values(table.get(moid), update, paths)
            if values is not None:
                table[moid] = Facts(self.service.vcenter, kind.__name__.removeprefix("vim."), moid, values)
            else:
                self._read_anew(kind, moid)
        return number

    def _read_anew(self, kind: type[vim.ManagedEntity], moid: str) -> None:
        """For a change that is told in another way than was asked for."""
        make: Any = kind
        read = read_object(self.service, make(moid), self._wanted[kind])
        if read is None:
            self._facts[kind].pop(moid, None)
        else:
            self._facts[kind][moid] = read


def _values(before: Facts | None, update: Any, paths: Sequence[str]) -> dict[str, Any] | None:
    """The object's values after an update; ``None`` where the update speaks of parts of a value."""
    is_new = update.kind == Query.ObjectUpdate.Kind.enter
    values: dict[str, Any] = {} if is_new or before is None else dict(before.values)
    for change in update.changeSet or ():
        if change.name not in paths or change.op == Query.Change.Op.add:
            return None
        if change.op == Query.Change.Op.assign and change.val is not None:
            values[change.name] = change.val
        else:
            values.pop(change.name, None)
    for missing in update.missingSet or ():
        values.pop(missing.path, None)
    return values


def _filter(view: vim.view.ContainerView, kind: type[vim.ManagedEntity], paths: Sequence[str]) -> Any:
    step = Query.TraversalSpec(name="listed", type=vim.view.ContainerView, path="view", skip=False)
    start = Query.ObjectSpec(obj=view, skip=True, selectSet=[step])
    properties = Query.PropertySpec(type=kind, pathSet=list(paths), all=False)
    return Query.FilterSpec(objectSet=[start], propSet=[properties])
