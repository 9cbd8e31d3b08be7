"""What is made of values that many objects share, made once for each of them."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Once:
    """Remembers, for as long as it lives, what was made of a value, by the value's identity.

    Thousands of VMs ask the same hundred features of a CPU, and a page of vCenter's answers holds them as one value.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[int, str], tuple[Any, Any]] = {}

    def made(self, value: Any, make: Callable[[Any], T]) -> T:
        """``make(value)``, or what came of it before."""
        key = (id(value), make.__qualname__)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = (value, make(value))  # holding the value keeps its identity its own
        result: T = found[1]
        return result
