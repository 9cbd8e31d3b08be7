"""VMs on which all else depends are recognised by what is known of them, and by nothing else."""

from pathlib import Path

import pytest

from recommender.inventory.control_plane import with_control_plane
from recommender.service.own_machine import own_bios_uuid
from tests.inventories import make_host, make_inventory, make_vm, ref

UUID = "42308a4e-05c1-2a5b-1f3c-0123456789ab"
SWAPPED = "4e8a3042-c105-5b2a-1f3c-0123456789ab"


@pytest.mark.parametrize(
    ("own", "named", "role"),
    [
        (UUID.upper(), (), "this program"),
        (SWAPPED, (), "this program"),  # as older firmware tells the same
        ("42308a4e-05c1-2a5b-1f3c-0123456789ac", (), None),
        (None, (), None),
        ("not a uuid", (), None),
        (None, ("recommender-*",), "named in the policy"),
        (None, ("uuid-recommender-1",), "named in the policy"),
        (None, (UUID,), "named in the policy"),
        (None, ("other",), None),
    ],
)
def test_our_own(own: str | None, named: tuple[str, ...], role: str | None) -> None:
    vms = [make_vm("recommender-1", "h", bios_uuid=UUID), make_vm("b", "h", bios_uuid=None)]
    marked = with_control_plane(make_inventory([make_host("h")], vms), {}, own, named)
    assert marked.vm(ref("recommender-1")).control_plane == role
    assert marked.vm(ref("b")).control_plane is None


def test_what_was_found_counts_first() -> None:
    inventory = make_inventory([make_host("h")], [make_vm("a", "h", bios_uuid=UUID)])
    assert with_control_plane(inventory, {ref("a"): "vCenter vc"}, UUID, ()).vm(ref("a")).control_plane == "vCenter vc"


def test_a_machine_that_does_not_tell_is_none(tmp_path: Path) -> None:
    assert own_bios_uuid(tmp_path / "absent") is None
    (tmp_path / "uuid").write_text(UUID + "\n")
    assert own_bios_uuid(tmp_path / "uuid") == UUID
