"""Reading properties of many objects at once, page by page.

The only place that asks vCenter's property collector, so that a faster reader can take its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import ManagedObject

from recommender.vsphere.answers.pieces import objects_by_pieces
from recommender.vsphere.answers.values import objects_in
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.session.connection import reaching
from recommender.vsphere.session.session import Service

PAGE_SIZE = 250  # more costs memory and saves nothing that can be measured
Query = vmodl.query.PropertyCollector
COLLECTOR: Any = vmodl.query.PropertyCollector  # its methods as pyVmomi describes them


def read_objects(
    service: Service, wanted: Mapping[type[vim.ManagedEntity], Sequence[str]], page_size: int = PAGE_SIZE
) -> dict[type[vim.ManagedEntity], list[Facts]]:
    """The wanted properties of every object of each type that the user may see, below the root folder.

    Objects of a derived type are among those of each of their bases that is asked for.
    """
    return {kind: list(_objects_of(service, kind, paths, page_size)) for kind, paths in wanted.items()}


def read_object(service: Service, managed_object: ManagedObject, paths: Sequence[str]) -> Facts | None:
    """The wanted properties of one object, ``None`` if it is gone."""
    start = Query.ObjectSpec(obj=managed_object)
    try:
        return next(_pages(service, start, type(managed_object), paths, page_size=1), None)
    except vmodl.fault.ManagedObjectNotFound:
        return None


def read_referred(
    service: Service, managed_object: ManagedObject, path: str, kind: type[ManagedObject], paths: Sequence[str]
) -> list[Facts]:
    """The wanted properties of the objects that a property of another object lists; one that is gone is left out."""
    step = Query.TraversalSpec(name="listed", type=type(managed_object), path=path, skip=False)
    start = Query.ObjectSpec(obj=managed_object, skip=True, selectSet=[step])
    try:
        return list(_pages(service, start, kind, paths, PAGE_SIZE))
    except vmodl.fault.ManagedObjectNotFound:
        return []


def _objects_of(
    service: Service, kind: type[vim.ManagedEntity], paths: Sequence[str], page_size: int
) -> Iterator[Facts]:
    view = service.views.CreateContainerView(service.root, [kind], True)  # noqa: FBT003  # recursive
    try:
        step = Query.TraversalSpec(name="listed", type=vim.view.ContainerView, path="view", skip=False)
        start = Query.ObjectSpec(obj=view, skip=True, selectSet=[step])
        yield from _fast_pages(service, start, kind, paths, page_size)
    finally:
        view.Destroy()


def _fast_pages(
    service: Service, start: Query.ObjectSpec, kind: type[ManagedObject], paths: Sequence[str], page_size: int
) -> Iterator[Facts]:
    """As ``_pages``, for what holds too much for pyVmomi's own reading."""
    first, following = COLLECTOR.RetrievePropertiesEx.info, COLLECTOR.ContinueRetrievePropertiesEx.info
    info, arguments = first, [[_query(start, kind, paths)], Query.RetrieveOptions(maxObjects=page_size)]
    while True:
        content = service.channel.answer_to(service.properties, info, arguments)
        with reaching(service.channel.address):
            objects, token = objects_by_pieces(content) or objects_in(content)
        for _, moid, values in objects:
            yield Facts(service.vcenter, _kind_name(kind), moid, values)
        if not token:
            return
        info, arguments = following, [token]


def _pages(
    service: Service, start: Query.ObjectSpec, kind: type[ManagedObject], paths: Sequence[str], page_size: int
) -> Iterator[Facts]:
    page = service.properties.RetrievePropertiesEx(
        [_query(start, kind, paths)], Query.RetrieveOptions(maxObjects=page_size)
    )
    while page is not None:
        for read in page.objects:
            values: dict[str, Any] = {found.name: found.val for found in read.propSet}
            yield Facts(service.vcenter, _kind_name(kind), moid_of(read.obj), values)
        page = service.properties.ContinueRetrievePropertiesEx(page.token) if page.token else None


def _query(start: Query.ObjectSpec, kind: type[ManagedObject], paths: Sequence[str]) -> Query.FilterSpec:
    return Query.FilterSpec(objectSet=[start], propSet=[Query.PropertySpec(type=kind, pathSet=list(paths), all=False)])


def _kind_name(kind: type[ManagedObject]) -> str:
    return kind.__name__.removeprefix("vim.")
