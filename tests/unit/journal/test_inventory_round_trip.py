"""Whatever an inventory and a policy may hold, a file gives it back."""

import tempfile
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.journal.inventory_file import SavedInventory, read_inventory, write_inventory
from recommender.move_order import CapScope, MigrationCap, OrderPolicy, Precedence, Serialize
from recommender.policy import Policy
from recommender.quantities import MOST

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(min_value=1, max_value=MOST),
    float: st.floats(min_value=0, max_value=MOST),
    str: st.text(max_size=6),
    datetime: st.datetimes(timezones=st.just(UTC)),
    NoneType: st.none(),
    # Most that types allow contradicts itself and is refused.
    OrderPolicy: st.sampled_from(
        (
            OrderPolicy(),
            OrderPolicy(
                precedence=(Precedence(name="p", first=("db-*",), then=("tag:web",)),),
                serialize=(Serialize(name="s", vms=("a", "b")),),
                cap=(MigrationCap(name="c", scope=CapScope.HOST, at_once=2),),
            ),
        )
    ),
}


@cache
def any_value(hint: Any) -> st.SearchStrategy[Any]:
    """Every value of a field's type, not only its default."""
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) is Annotated:
        drawn: st.SearchStrategy[Any] = st.from_type(hint)
        # No filter: with so many fields hardly any example would be left.
        return drawn.map(lambda value: min(value, type(value)(10**9)) if isinstance(value, int | float) else value)
    if get_origin(hint) is UnionType or str(get_origin(hint)) == "typing.Union":
        return st.one_of([any_value(option) for option in get_args(hint)])
    if get_origin(hint) is tuple:
        first, rest = get_args(hint)
        item = any_value(first)
        most = 1 if is_dataclass(first) else 2  # too large an example is thrown away
        return st.lists(item, max_size=most).map(tuple) if rest is Ellipsis else st.tuples(item, any_value(rest))
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    assert isinstance(hint, type)
    assert is_dataclass(hint), hint
    hints = get_type_hints(hint, include_extras=True)
    return st.builds(hint, **{field.name: any_value(hints[field.name]) for field in fields(hint) if field.init})


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Any inventory whose references a file accepts."""
    hints = get_type_hints(Inventory, include_extras=True)
    others = [
        field.name for field in fields(Inventory) if field.init and field.name not in ("hosts", "virtual_machines")
    ]
    # Hosts and VMs, the largest, are drawn but once: too large an example is thrown away.
    drawn = Inventory(hosts=(), virtual_machines=(), **{name: draw(any_value(hints[name])) for name in others})
    kinds: tuple[str, ...] = ("clusters", "resource_pools", "datastores", "datastore_clusters", "networks")
    unique: dict[str, Any] = {
        kind: tuple({entity.ref: entity for entity in getattr(drawn, kind)}.values()) for kind in kinds
    }
    hosts = draw(st.lists(any_value(Host), min_size=1, max_size=2, unique_by=lambda host: str(host.ref)))
    vms: list[VirtualMachine] = draw(st.lists(any_value(VirtualMachine), max_size=2, unique_by=lambda vm: str(vm.ref)))
    standing = tuple(
        replace(
            vm,
            host=draw(st.sampled_from(hosts)).ref,
            disks=tuple({disk.key: disk for disk in vm.disks}.values()),
        )
        for vm in vms
    )
    return replace(drawn, hosts=tuple(hosts), virtual_machines=standing, **unique)


@settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),  # explaining a failure of so large an example takes minutes
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large),
)
@given(inventories(), any_value(Policy), st.lists(any_value(RecentMove), max_size=2), st.integers(0, 2**32))
def test_an_inventory_written_and_read_again_is_equal(
    inventory: Inventory, policy: Policy, moves: list[RecentMove], seed: int
) -> None:
    saved = SavedInventory(inventory=inventory, policy=policy, recent_moves=tuple(moves), seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inventory.json"
        write_inventory(path, saved)
        assert read_inventory(path) == saved
