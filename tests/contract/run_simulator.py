"""A vCenter to try things on by hand: ``python -m tests.contract.run_simulator``, until Ctrl-C.

With ``--hosts`` and ``--vms`` one cluster of equal hosts, a fourth of which carries everything, with the DRS, HA and
vSAN that is asked for; without them the estate of the contract tests, where a VM is refused by another rule at almost
every host.
"""

import argparse
import dataclasses
import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.contract.estate import Cluster, Estate
from tests.contract.estates import HERE, MOVING, every_refusal, uniform
from tests.contract.running_simulator import PASSWORD, USERNAME, RunningSimulator, running_simulator
from tests.contract.simulator_binary import NotBuilt, simulator_binary

LISTEN_HELP = "TCP port on 127.0.0.1 (default: any that is free)"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.run_simulator", description=__doc__)
    parser.add_argument("--hosts", type=int, help="number of equal hosts in one cluster (default: 8 if --vms is given)")
    parser.add_argument("--vms", type=int, help="number of VMs on them (default: 10 a host)")
    of_cluster = parser.add_argument_group("what that cluster is (with --hosts or --vms)")
    of_cluster.add_argument(
        "--drs", choices=("manual", "partiallyAutomated", "fullyAutomated"), help="DRS's automation"
    )
    of_cluster.add_argument("--ha-host-failures", type=int, default=0, help="failed hosts that HA keeps slots for")
    of_cluster.add_argument("--ha-percent", type=int, default=0, help="per cent that HA keeps free")
    of_cluster.add_argument("--vsan", action="store_true", help="its hosts have vSAN")
    of_cluster.add_argument("--resyncing", type=int, default=0, help="objects of vSAN that are rebuilt for ever")
    of_cluster.add_argument("--rebuild-ms", type=int, default=0, help="how long vSAN rebuilds once a host is back")
    parser.add_argument("--migration-ms", type=int, default=5000, help="how long a migration takes (default: 5000)")
    parser.add_argument("--port", type=int, default=0, help=LISTEN_HELP)
    parser.add_argument("--username", default=USERNAME)
    parser.add_argument("--password", default=PASSWORD)
    chosen = parser.parse_args(arguments)
    # A shell starts background jobs with Ctrl-C ignored; ours is to end by it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if any(number is not None and number < least for number, least in ((chosen.hosts, 1), (chosen.vms, 0))):
        parser.error("at least 1 host and 0 VMs")

    try:
        _serve(chosen)
    except NotBuilt as error:
        parser.exit(1, f"{error}\n")
    except KeyboardInterrupt:
        _say("\nstopped")


def _serve(chosen: argparse.Namespace) -> None:
    _say("Building the simulator; the first time this takes a minute …")
    simulator_binary()
    estate, vm, host = _estate(chosen)
    with (
        tempfile.TemporaryDirectory() as directory,
        running_simulator(
            Path(directory),
            estate,
            migration_ms=chosen.migration_ms,
            port=chosen.port,
            username=chosen.username,
            password=chosen.password,
        ) as simulator,
    ):
        _say(_usage(simulator, estate, vm, host))
        while True:
            time.sleep(3600)


def _estate(chosen: argparse.Namespace) -> tuple[Estate, str, str]:
    """The estate, a VM in it that could move, and a host that could be emptied."""
    if chosen.hosts is None and chosen.vms is None:
        return every_refusal(), MOVING, HERE
    hosts = 8 if chosen.hosts is None else chosen.hosts
    cluster = Cluster(
        name="cluster",
        automation=chosen.drs or "",
        ha=bool(chosen.ha_host_failures or chosen.ha_percent),
        ha_host_failures=chosen.ha_host_failures,
        ha_percent=chosen.ha_percent,
        vsan=chosen.vsan,
        resyncing=chosen.resyncing,
        rebuild_ms=chosen.rebuild_ms,
    )
    estate = uniform(hosts, 10 * hosts if chosen.vms is None else chosen.vms)
    estate = dataclasses.replace(estate, clusters=(cluster,))
    return estate, estate.vms[0].name if estate.vms else MOVING, estate.hosts[0].name


def _usage(simulator: RunningSimulator, estate: Estate, vm: str, host: str) -> str:
    to = f"--vcenter {simulator.url} --pin {simulator.certificate_pin}"
    exports = [f"export {name}={shlex.quote(value)}" for name, value in simulator.environment.items()]
    return "\n".join(
        (
            f"A vCenter with {len(estate.hosts)} hosts and {len(estate.vms)} VMs is at {simulator.url} until Ctrl-C.",
            "In another terminal:",
            "",
            *exports,
            f"recommender recommend {to}",
            f"recommender recommend {vm} {to}",
            f"recommender evacuate {host} --dry-run {to}",
        )
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
