"""Moving a data centre of 2,000 VMs in a fleet of 500 hosts and 10,000 VMs: what its plan over all windows costs.

``python -m tests.benchmark.campaign [--hosts 500] [--vms-a-host 20] [--share 0.2] [--seeds 3]``. A fifth of the hosts
are the data centre in the east, which moves west over a link of 10 Gbit/s in windows of 8 hours, disks included.
Applications of 1 to 30 VMs share a tag, every 40th VM does not run (half of these are templates), and of every 20th
application a rule keeps two VMs apart.
"""

import argparse
from collections.abc import Sequence
from random import Random
from time import process_time

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine, VmKind
from recommender.policy import Policy
from recommender.service.campaigns.decision import CampaignQuestion, decide_campaign
from recommender.service.campaigns.order import CampaignOrder, Places
from tests.benchmark.fleet_documents import TAKEN_AT

GIB = 1024
HOSTS_A_CLUSTER = 20
WINDOW_S = 8 * 3600
ORDER = CampaignOrder(of=Places(datacenters=("east",)), to=Places(datacenters=("west",)), categories=("app",))


def two_sites(hosts: int, vms_a_host: int, share: float, seed: int) -> Inventory:
    """The first ``share`` of ``hosts`` stand in the east, the others, which have room, in the west."""
    draw = Random(f"campaign {hosts} {seed}")  # noqa: S311  # no secret
    east = round(share * hosts)
    made = [_host(number, "east" if number < east else "west") for number in range(hosts)]
    vms, rules, app = list[VirtualMachine](), list[VmAntiAffinityRule](), list[EntityRef]()
    left, number = 0, 0
    for host in made:
        for _ in range(vms_a_host):
            if not left:
                if number % 20 == 0 and len(app) > 1:
                    rules.append(VmAntiAffinityRule(name=f"apart {number}", vms=(app[0], app[1])))
                left, number, app = draw.choice((1, 3, 8, 30)), number + 1, []
            vms.append(_vm(len(vms), host, number, draw))
            app.append(vms[-1].ref)
            left -= 1
    stores = sorted({store for host in made for store in host.datastores})
    clusters = {host.cluster: host.datacenter for host in made if host.cluster is not None}
    return Inventory(
        taken_at=TAKEN_AT,
        hosts=tuple(made),
        virtual_machines=tuple(vms),
        clusters=tuple(Cluster(ref=ref, name=ref.moid, datacenter=of) for ref, of in clusters.items()),
        datastores=tuple(
            Datastore(ref=ref, name=ref.moid, datacenter="dc", capacity_mib=1 << 29, free_mib=1 << 28) for ref in stores
        ),
        vm_anti_affinity_rules=tuple(rules),
        site_links=(SiteLink(site_a="east", site_b="west", rtt_ms=8.0, bandwidth_mbit_s=10_000),),
    )


def _host(number: int, where: str) -> Host:
    cluster = f"{where}-{number // HOSTS_A_CLUSTER}"
    return Host(
        ref=EntityRef("fleet", f"host-{number:04}"),
        name=f"host-{number:04}",
        datacenter=where,
        site=where,
        cluster=EntityRef("fleet", cluster),
        cpu_mhz=200_000,
        cores=64,
        memory_mib=512 * GIB,
        vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=25_000),),
        datastores=tuple(EntityRef("fleet", f"ds-{cluster}-{one}") for one in range(4)),
        load=HostLoad(),
    )


def _vm(number: int, host: Host, app: int, draw: Random) -> VirtualMachine:
    is_on = number % 40 != 0
    memory_mib = draw.choice((4, 8, 8, 16, 32)) * GIB
    store = draw.choice(host.datastores)
    return VirtualMachine(
        ref=EntityRef("fleet", f"vm-{number:05}"),
        name=f"vm-{number:05}",
        instance_uuid=f"vm-{number:05}",
        host=host.ref,
        power_state=PowerState.POWERED_ON if is_on else PowerState.POWERED_OFF,
        kind=VmKind.TEMPLATE if number % 80 == 0 else VmKind.ORDINARY,
        vcpus=4,
        memory_mib=memory_mib,
        feature_requirements=(),
        disks=(Disk(key=2000, datastore=store, size_mib=draw.choice((40, 80, 80, 200)) * GIB),),
        datastores=(store,),
        home_datastore=store,
        tags=(f"app/{app}",),
        load=VmLoad(cpu_demand_mhz=draw.randrange(200, 4000), memory_active_mib=memory_mib // 5) if is_on else VmLoad(),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one row a seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.campaign", description=__doc__)
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--vms-a-host", type=int, default=20)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args(arguments)
    print(
        "| seed | VMs that move | windows | applications complete | cut | left | CPU s: the next window | all windows |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for seed in range(1, asked.seeds + 1):
        inventory = two_sites(asked.hosts, asked.vms_a_host, asked.share, seed)
        spent_s = []
        for most in (1, 60):
            question = CampaignQuestion(
                order=ORDER, inventory=inventory, policy=Policy(), window_s=WINDOW_S, most=most, seed=seed
            )
            began_s = process_time()
            decision = decide_campaign(question)
            spent_s.append(process_time() - began_s)
        batches = decision.batches
        print(
            f"| {seed} | {sum(len(batch.moves) for batch in batches):,} | {len(batches)} "
            f"| {sum(batch.applications for batch in batches):,} | {len({vm for one in batches for vm in one.cut})} "
            f"| {len(list(decision.left()))} | {spent_s[0]:.0f} | {spent_s[1]:.0f} |"
        )


if __name__ == "__main__":
    main()
