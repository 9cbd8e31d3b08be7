"""The estates that contract tests run on."""

from typing import Final

from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Rule, Vm

NEW_CPU: Final = {"cpuid.aes": "1", "cpuid.avx512f": "1"}
OLD_CPU: Final = {"cpuid.aes": "1", "cpuid.avx512f": "0"}

# Of VM web-1 on esx-here: which rule refuses which host, each host by one rule alone. Only esx-free takes it.
REFUSED: Final = {
    "esx-maintained": "host_available",
    "esx-old": "cpu_compatibility",
    "esx-busy": "cpu_capacity",
    "esx-small": "memory_capacity",
    "esx-no-storage": "datastore_reachable",
    "esx-no-network": "network_reachable",
    "esx-no-vmotion": "vmotion_enabled",
    "esx-forbidden": "vm_host_affinity",
    "esx-taken": "vm_anti_affinity",
}
MOVING, HERE, FREE = "web-1", "esx-here", "esx-free"


def every_refusal() -> Estate:
    """Cluster *blue* with a host for each refusal of ``web-1``, cluster *red* with EVC, and a standalone host."""
    return Estate(
        clusters=(
            Cluster(name="blue", automation="fullyAutomated", ha=True, pools=("gold",)),
            Cluster(name="red", evc_mode="intel-haswell"),
        ),
        networks=(Network(name="production", is_distributed=True), Network(name="dmz")),
        datastores=(
            Datastore(name="shared"),
            Datastore(name="blue-only"),
            Datastore(name="small", capacity_gib=100, free_gib=10),
        ),
        hosts=(*_blue_hosts(), *_red_hosts(), Host(name="esx-alone", features=OLD_CPU)),
        vms=(*_blue_vms(), *_other_vms()),
        rules=_rules(),
    )


def uniform(hosts: int, vms: int, automation: str = "") -> Estate:
    """One cluster of equal hosts; the first fourth of them carries all VMs, so that there is something to balance.

    ``automation``: of its DRS, empty where that is off.
    """
    loaded = max(1, hosts // 4)
    return Estate(
        clusters=(Cluster(name="cluster", automation=automation),),
        networks=(Network(name="production", is_distributed=True),),
        datastores=(Datastore(name="shared", capacity_gib=65_536, free_gib=32_768),),
        hosts=tuple(
            Host(name=f"esx-{number:03d}", cluster="cluster", cores=32, memory_gib=512, features=NEW_CPU)
            for number in range(1, hosts + 1)
        ),
        vms=tuple(
            Vm(
                name=f"vm-{number:04d}",
                host=f"esx-{number % loaded + 1:03d}",
                cpu_mhz=400 + 300 * (number % 7),
                requirements={"cpuid.aes": "Bool:Min:1"},
            )
            for number in range(1, vms + 1)
        ),
    )


def _blue_hosts() -> tuple[Host, ...]:
    mounted = ("shared", "blue-only", "small")

    def host(name: str, **changes: object) -> Host:
        values: dict[str, object] = {
            "features": NEW_CPU,
            "max_evc_mode": "intel-skylake",
            "datastores": mounted,
            "networks": ("production", "dmz"),
        }
        return Host(name=name, cluster="blue", **(values | changes))  # type: ignore[arg-type]  # a test's own words

    return (
        host(HERE),
        host(FREE),
        host("esx-maintained", in_maintenance=True),
        host("esx-old", features=OLD_CPU, max_evc_mode="intel-haswell"),
        host("esx-busy"),
        host("esx-small", memory_gib=12),
        host("esx-no-storage", datastores=("shared", "small")),
        host("esx-no-network", networks=("production",)),
        host("esx-no-vmotion", vmotion_mbit_s=0),
        host("esx-forbidden"),
        host("esx-taken"),
    )


def _red_hosts() -> tuple[Host, ...]:
    return (
        Host(name="esx-red", cluster="red", features=OLD_CPU, max_evc_mode="intel-skylake", vmotion_mbit_s=1000),
        Host(name="esx-lost", cluster="red", features=OLD_CPU, connection_state="notResponding"),
        Host(name="esx-ailing", cluster="red", features=OLD_CPU, in_quarantine=True),
    )


def _blue_vms() -> tuple[Vm, ...]:
    return (
        Vm(
            name=MOVING,
            host=HERE,
            pool="gold",
            vcpus=4,
            memory_mib=16_384,
            cpu_mhz=2000,
            active_mib=2048,
            consumed_mib=12_288,
            cpu_reservation_mhz=500,
            memory_reservation_mib=1024,
            requirements={"cpuid.aes": "Bool:Min:1", "cpuid.avx512f": "Bool:Min:1"},
            min_evc_mode="intel-skylake",
            networks=("production", "dmz"),
            disks=(Disk(datastore="blue-only", gib=40),),
        ),
        Vm(name="web-2", host="esx-taken"),
        Vm(name="busy-1", host="esx-busy", vcpus=8, cpu_mhz=18_000),
        Vm(name="two-disks", host=HERE, disks=(Disk(datastore="shared", gib=20), Disk(datastore="blue-only", gib=30))),
        Vm(name="app-1", host=HERE),
        Vm(name="app-2", host=HERE),
    )


def _other_vms() -> tuple[Vm, ...]:
    return (
        Vm(name="off-1", host=HERE, power_state="poweredOff"),
        Vm(name="asleep-1", host=HERE, power_state="suspended", requirements={"cpuid.aes": "Bool:Min:1"}),
        Vm(name="golden-image", host=FREE, power_state="poweredOff", is_template=True),
        Vm(name="held-by-backup", host=FREE, relocate_disabled=True),
        Vm(name="red-1", host="esx-red", requirements={"cpuid.aes": "Bool:Min:1"}),
        Vm(name="lone-1", host="esx-alone"),
    )


def _rules() -> tuple[Rule, ...]:
    return (
        Rule(cluster="blue", name="webs apart", kind="anti_affinity", vms=(MOVING, "web-2")),
        Rule(cluster="blue", name="apps together", kind="affinity", vms=("app-1", "app-2")),
        Rule(
            cluster="blue",
            name="licence",
            kind="not_run_on",
            vms=(MOVING,),
            hosts=("esx-forbidden",),
            is_mandatory=True,
        ),
        Rule(cluster="blue", name="near its data", kind="run_on", vms=("two-disks",), hosts=(HERE, FREE)),
        Rule(cluster="blue", name="of yesteryear", kind="anti_affinity", vms=("app-1", "app-2"), is_enabled=False),
    )
