"""The facts that vCenter told of one object, by property path; what is missing is named."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from recommender.errors import InventoryIncomplete
from recommender.inventory.reference import EntityRef

C = TypeVar("C", bound=StrEnum)

# vCenter writes these three in names, and only these, as %25, %2f and %5c.
_ESCAPED = re.compile("%(25|2f|5c)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of one object. ``kind`` is the type that was asked for; unset properties are not in ``values``."""

    vcenter: str
    kind: str
    moid: str
    values: Mapping[str, Any]

    @property
    def ref(self) -> EntityRef:
        """The object's address."""
        return EntityRef(self.vcenter, self.moid)

    @property
    def name(self) -> str:
        """Its name as people see it."""
        return unescaped(str(self.need("name")))

    def get(self, path: str) -> Any:
        """The value, ``None`` where vCenter did not tell."""
        return self.values.get(path)

    def need(self, path: str) -> Any:
        """The value; raises ``InventoryIncomplete`` where vCenter did not tell."""
        value = self.values.get(path)
        if value is None:
            raise self.incomplete(path)
        return value

    def choice(self, path: str, choices: type[C]) -> C:
        """The value as one of ours; raises ``InventoryIncomplete`` where it is missing or none of them."""
        value = str(self.need(path))
        try:
            return choices(value)
        except ValueError as error:
            raise self.incomplete(f"a known {path} (but {value!r})") from error

    def ref_at(self, path: str) -> EntityRef | None:
        """The address of the object that a property names."""
        value = self.values.get(path)
        return None if value is None else EntityRef(self.vcenter, moid_of(value))

    def refs_at(self, path: str) -> tuple[EntityRef, ...]:
        """The addresses of the objects that a property names, sorted."""
        return self.refs_of(self.values.get(path) or ())

    def refs_of(self, objects: Iterable[Any]) -> tuple[EntityRef, ...]:
        """The addresses of objects of the same vCenter, sorted, each once."""
        return tuple(sorted({EntityRef(self.vcenter, moid_of(value)) for value in objects}))

    def incomplete(self, path: str) -> InventoryIncomplete:
        """The error that names this object and the property that it lacks."""
        called = f" {unescaped(str(self.values['name']))!r}" if self.values.get("name") else ""
        return InventoryIncomplete(
            f"vCenter {self.vcenter} did not tell {path} of {self.kind}{called} ({self.moid}); "
            "is the user allowed to read it, and is the object healthy?"
        )


def unescaped(name: str) -> str:
    """A name with vCenter's three escapes undone."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name)


def moid_of(managed_object: Any) -> str:
    """The managed object id of an object that pyVmomi made."""
    return str(managed_object._moId)  # noqa: SLF001  # pyVmomi offers no public name for it


def utc(time: datetime | None) -> datetime | None:
    """vCenter's time as aware UTC; it sends UTC where it names no zone."""
    if time is None:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
