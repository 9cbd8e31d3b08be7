"""A data centre that is to be moved to another one over a thin link, a little of everything in it."""

from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Rule, Vm

CONFIG = """
[[vcenter]]
name = "vc"
url = "{url}"
certificate_sha256 = "{pin}"
user = "{user}"
password_env = "RECOMMENDER_PASSWORD"

[[site]]
name = "east"
datacenters = ["east"]

[[site]]
name = "west"
datacenters = ["west"]

[[site_link]]
sites = ["east", "west"]
rtt_ms = {rtt_ms}
bandwidth_mbit_s = 1000

[policy.relocation]
networks = [{{source = "production", destination = "production-west"}}]

[policy.order]
precedence = [{{name = "databases first", first = ["db"], then = ["shop"]}}]
"""


def whole_datacenter() -> Estate:
    """Two hosts with seven VMs in the east, an empty pair in the west; ``shop`` and ``cart`` belong together."""
    running = [
        Vm(name=name, host=f"esx-{1 + number % 2}", memory_mib=2048, active_mib=64, disks=(Disk(datastore="old"),))
        for number, name in enumerate(("db", "shop", "cart", "mail", "wiki"))
    ]
    off = [
        Vm(name="spare", host="esx-1", power_state="poweredOff", disks=(Disk(datastore="old"),)),
        Vm(name="image", host="esx-2", power_state="poweredOff", is_template=True, disks=(Disk(datastore="old"),)),
    ]
    return Estate(
        clusters=(Cluster(name="blue"), Cluster(name="green", datacenter="west")),
        networks=(
            Network(name="production", is_distributed=True),
            Network(name="production-west", is_distributed=True, datacenter="west"),
        ),
        datastores=(Datastore(name="old"), Datastore(name="new")),
        hosts=(
            Host(name="esx-1", cluster="blue", datastores=("old",)),
            Host(name="esx-2", cluster="blue", datastores=("old",)),
            Host(name="esx-8", cluster="green", datastores=("new",), networks=("production-west",)),
            Host(name="esx-9", cluster="green", datastores=("new",), networks=("production-west",)),
        ),
        vms=(*running, *off),
        rules=(Rule(cluster="blue", name="the shop", kind="affinity", vms=("shop", "cart")),),
    )
