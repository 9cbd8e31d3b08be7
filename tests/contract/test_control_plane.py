"""vCenter's own VM is found by the address under which vCenter is reached."""

from recommender.vsphere.session.open_vcenters import ControlPlane, open_vcenters
from tests.contract import fault_proxy
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Cluster, Datastore, Estate, Host, Network, Vm
from tests.contract.fault_proxy import proxy_before
from tests.contract.worlds import one_site

ESTATE = Estate(
    clusters=(Cluster(name="blue"),),
    networks=(Network(name="production"),),
    datastores=(Datastore(name="shared"),),
    hosts=(Host(name="esx-1", cluster="blue"),),
    vms=(
        Vm(name="vcsa", host="esx-1", guest_address="127.0.0.1"),
        Vm(name="other", host="esx-1", guest_address="127.0.0.2"),
        Vm(name="jump", host="esx-1"),
    ),
)


def test_vcenters_vm_is_marked_and_so_is_one_that_the_policy_names(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(ESTATE)
    with proxy_before(simulator) as proxy:
        address = proxy.before(simulator).address()
        control_plane = ControlPlane(named=("jump",))
        with open_vcenters([address], site_of=one_site, control_plane=control_plane) as (source, _):
            roles = {vm.name: vm.control_plane for vm in source.read().virtual_machines}
            assert roles == {"vcsa": "vCenter vc", "other": None, "jump": "named in the policy"}
        proxy.on("FindByIp", fault_proxy.unavailable)
        with open_vcenters([address], site_of=one_site, control_plane=control_plane) as (source, _):
            roles = {vm.name: vm.control_plane for vm in source.read().virtual_machines}
            assert roles == {"vcsa": None, "other": None, "jump": "named in the policy"}, "an inventory all the same"
