"""Disks are kept together by a datastore cluster's default unless somebody chose otherwise for the VM."""

import pytest

from recommender.inventory.datastore_cluster import DatastoreCluster
from tests.inventories import ref


@pytest.mark.parametrize(("default", "of_a", "of_b", "of_c"), [(True, True, True, False), (False, True, False, False)])
def test_a_vms_own_setting_wins_over_the_default(*, default: bool, of_a: bool, of_b: bool, of_c: bool) -> None:
    pod = DatastoreCluster(
        ref=ref("pod"),
        name="pod",
        datacenter="dc",
        keeps_disks_together=default,
        vms_together=(ref("a"),),
        vms_not_together=(ref("c"),),
    )
    assert [pod.keeps_together(ref(vm)) for vm in "abc"] == [of_a, of_b, of_c]
