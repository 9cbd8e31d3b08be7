"""A fake vCenter that serves facts as the property collector does, for what no simulator has: SOAP built by hand."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pyVmomi import vim
from pyVmomi.VmomiSupport import F_OPTIONAL, DataObject, Enum, ManagedObject

from recommender.vsphere.facts import Facts
from tests.unit.vsphere import soap
from tests.unit.vsphere.fake_vcenter import FakeVCenter, Handler, reply


def serve(vcenter: FakeVCenter, facts: Mapping[type[vim.ManagedEntity], Sequence[Facts]]) -> None:
    """All of them, by the kind that is asked for; of anything else there is nothing."""
    answers = {
        kind.__name__.rpartition(".")[2]: soap.answer("RetrievePropertiesEx", soap.page(*map(_told, told)))
        for kind, told in ((kind, [(kind, one) for one in of_kind]) for kind, of_kind in facts.items())
    }
    nothing = soap.answer("RetrievePropertiesEx")

    def view(handler: Handler) -> None:
        kind = re.findall(r"<type[^>]*>(\w+)</type>", handler.body)[-1]
        handler.send(soap.answer("CreateContainerView", soap.managed_object("ContainerView", f"view-{kind}")))

    def retrieve(handler: Handler) -> None:
        asked = re.findall(r"view-(\w+)<", handler.body)
        handler.send(answers.get(asked[0], nothing) if asked else nothing)

    vcenter.on("CreateContainerView", view)
    vcenter.on("RetrievePropertiesEx", retrieve)
    vcenter.on("QueryEvents", reply(soap.answer("QueryEvents")))


def _told(one: tuple[Any, Facts]) -> tuple[Any, dict[str, Any]]:
    """The object and its values, lists as the API declares them."""
    kind, facts = one
    values = {}
    for path, value in facts.values.items():
        declared = kind
        for name in path.split("."):
            declared = declared._GetPropertyInfo(name).type
        values[path] = completed(declared(value) if isinstance(value, list) else value)
    return kind(facts.moid), values


def completed(value: Any) -> Any:
    """The value with something in each property that the API says is always told and that no test needs."""
    if isinstance(value, list):
        for item in value:
            completed(item)
    elif isinstance(value, DataObject):
        for declared in value._GetPropertyList():
            told = getattr(value, declared.name)
            if told is None and not declared.flags & F_OPTIONAL:
                setattr(value, declared.name, _anything(declared.type))
            else:
                completed(told)
    return value


def _anything(kind: Any) -> Any:
    if issubclass(kind, DataObject):
        return completed(kind())
    if issubclass(kind, ManagedObject):
        return kind("any")
    if issubclass(kind, Enum):
        return next(iter(kind.values))
    return kind.min if issubclass(kind, datetime) else kind()
