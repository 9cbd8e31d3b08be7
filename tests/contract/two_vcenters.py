"""Two vCenters, each with a password of its own, whose networks and datastores differ."""

from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Vm

CONFIG = """
[[vcenter]]
name = "old"
url = "{old.url}"
certificate_sha256 = "{old.certificate_pin}"
password_env = "OLD_PASSWORD"
user = "{old.username}"

[[vcenter]]
name = "new"
url = "{new.url}"
certificate_sha256 = "{new.certificate_pin}"
password_env = "NEW_PASSWORD"
user = "{new.username}"

[[site]]
name = "campus"
hosts = ["esx-*"]

[policy]
move_scope = "vcenters"

[policy.relocation]
copy_disks = true
networks = [{{source = "production", destination = "production new"}}]

[log]
level = "debug"
"""
OLD_PASSWORD, NEW_PASSWORD = "0ld & <secret>", "n3w & <secret>"
NEW = Estate(
    clusters=(Cluster(name="green"),),
    networks=(Network(name="production new", is_distributed=True),),
    datastores=(Datastore(name="new store"),),
    hosts=(Host(name="esx-new", cluster="green", datastores=("new store",), networks=("production new",)),),
    vms=(Vm(name="native", host="esx-new", networks=("production new",), disks=(Disk(datastore="new store"),)),),
)
OLD = Estate(
    clusters=(Cluster(name="blue"),),
    networks=(Network(name="production", is_distributed=True), Network(name="rest")),
    datastores=(Datastore(name="shared"), Datastore(name="rest")),
    hosts=(
        Host(name="esx-old", cluster="blue"),
        Host(name="esx-rest", cluster="blue", datastores=("rest",), networks=("rest",)),
    ),
    vms=(
        Vm(name="web", host="esx-old"),
        Vm(name="off", host="esx-old", power_state="poweredOff"),
        Vm(
            name="image",
            host="esx-rest",
            power_state="poweredOff",
            is_template=True,
            networks=("rest",),
            disks=(Disk(datastore="rest"),),
        ),
    ),
)
