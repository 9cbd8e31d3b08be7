"""An estate in two data centres whose networks and datastores differ, for moves that change all of it."""

from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Vm

CONFIG = """
[[vcenter]]
name = "vc"
url = "{url}"
certificate_sha256 = "{pin}"
user = "{user}"
password_env = "RECOMMENDER_PASSWORD"

[policy]
move_scope = "vcenter"
{policy}

[policy.relocation]
{relocation}
"""
NETWORKS = """
[[policy.relocation.networks]]
source = "production"
destination = "production-west"

[[policy.relocation.networks]]
source = "east/dmz"
destination = "west/dmz-west"
"""


def two_datacenters(**changes: object) -> Estate:
    """``web`` and ``db`` on a datastore that no other host mounts; in the west there is no folder for ``db``."""
    return Estate(
        clusters=(Cluster(name="blue"), Cluster(name="green", datacenter="west")),
        networks=(
            Network(name="production", is_distributed=True),
            Network(name="dmz"),
            Network(name="production-west", is_distributed=True, datacenter="west"),
            Network(name="dmz-west", datacenter="west"),
        ),
        datastores=(Datastore(name="shared"), Datastore(name="lonely"), Datastore(name="far")),
        hosts=(
            Host(name="esx-1", cluster="blue", datastores=("lonely",), networks=("production", "dmz")),
            Host(name="esx-2", cluster="blue", datastores=("shared",), networks=("production",)),
            Host(name="esx-w", cluster="green", datastores=("far",), networks=("production-west", "dmz-west")),
        ),
        vms=(
            Vm(
                name="web",
                host="esx-1",
                folder="teams/web",
                networks=("production", "dmz"),
                disks=(Disk(datastore="lonely", is_thin=True), Disk(datastore="lonely", gib=5, is_thin=True)),
            ),
            Vm(name="db", host="esx-1", folder="teams/db", disks=(Disk(datastore="lonely"),), power_state="poweredOff"),
        ),
        folders=("west:teams/web",),
        **changes,  # type: ignore[arg-type]  # a test's own words
    )
