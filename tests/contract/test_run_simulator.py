"""What ``run_simulator`` prints works as it stands."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.vsphere.session.address import VCenterAddress, VCenterCredentials
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.worlds import one_site

ROOT = Path(__file__).parents[2]


def test_what_is_printed_leads_to_the_estate_that_was_asked_for_and_ctrl_c_ends_it() -> None:
    with by_hand("--hosts", "3", "--vms", "7", "--password", "a secret") as process:
        printed = printed_until(process, "evacuate")
        found = re.search(r"--vcenter (\S+) --pin (\S+)", printed)
        assert found is not None, printed
        assert "export RECOMMENDER_PASSWORD='a secret'" in printed
        address = VCenterAddress(
            name="vc",
            url=found[1],
            certificate_pin=found[2],
            credentials=VCenterCredentials(user="operator@vsphere.local", password=lambda: "a secret"),
        )
        with open_vcenters([address], site_of=one_site) as (source, _):
            inventory = source.read()
        assert (len(inventory.hosts), len(inventory.virtual_machines)) == (3, 7)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


@contextmanager
def by_hand(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, "-m", "tests.contract.run_simulator", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def printed_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            break
    return "".join(lines)
