"""A simulator that runs in a process of its own, and how it is reached."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recommender.vsphere.session.address import VCenterAddress, VCenterCredentials
from tests.contract.estate import Estate
from tests.contract.simulator_binary import simulator_binary

VCENTER = "vc"
USERNAME = "operator@vsphere.local"
PASSWORD = "s3cret & <odd>"
STOP_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSimulator:
    """``url`` is that of the API; ``certificate_pin`` the SHA-256 of a certificate that is new at every start."""

    url: str
    certificate_pin: str
    username: str
    password: str
    received_file: Path
    task_file: Path

    def address(self, **changes: Any) -> VCenterAddress:
        """Its address for the product, pinned and with the right password unless a test says otherwise."""
        values: dict[str, Any] = {
            "name": VCENTER,
            "url": self.url,
            "credentials": VCenterCredentials(user=self.username, password=lambda: self.password),
            "certificate_pin": self.certificate_pin,
            "timeout_ms": 20_000,
        }
        return VCenterAddress(**(values | changes))

    @property
    def environment(self) -> dict[str, str]:
        """What the command line needs to log in here."""
        return {"RECOMMENDER_USERNAME": self.username, "RECOMMENDER_PASSWORD": self.password}

    def received(self) -> list[dict[str, Any]]:
        """Every HTTP request so far: ``method``, ``path``, ``operation`` of SOAP, and ``holds_a_secret``."""
        return [json.loads(line) for line in self.received_file.read_text(encoding="utf-8").splitlines()]

    def tasks(self) -> list[dict[str, Any]]:
        """The simulator's own history: each task when it was made (``queued``) and when it had ended."""
        return [json.loads(line) for line in self.task_file.read_text(encoding="utf-8").splitlines()]

    def operations(self) -> list[str]:
        """The SOAP methods that were called so far."""
        return [request["operation"] for request in self.received() if request["operation"]]


@contextmanager
def running_simulator(
    directory: Path,
    estate: Estate,
    *,
    migration_ms: int = 200,
    copies: int = 0,
    port: int = 0,
    username: str = USERNAME,
    password: str = PASSWORD,
) -> Iterator[RunningSimulator]:
    """A simulator of ``estate`` on the loopback interface, stopped at the end; its files lie in ``directory``.

    ``copies``: further clusters like each one, for the sake of size.
    """
    received, tasks, document = (directory / name for name in ("received.jsonl", "tasks.jsonl", "document.json"))
    received.touch()
    tasks.touch()
    served = {
        "listen": f"127.0.0.1:{port}",
        "user": username,
        "password": password,
        "received": str(received),
        "tasks": str(tasks),
        "migration_ms": migration_ms,
        "copies": copies,
    }
    document.write_text(json.dumps({**served, **asdict(estate)}), encoding="utf-8")
    with (
        (directory / "simulator.log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603  # our own program
            [simulator_binary(), "-document", document],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                process.wait(STOP_TIMEOUT_S)
                log.seek(0)
                raise RuntimeError(f"the simulator did not start:\n{log.read()}")
            told = json.loads(line)
            yield RunningSimulator(
                url=told["url"],
                certificate_pin=told["certificate_sha256"],
                username=username,
                password=password,
                received_file=received,
                task_file=tasks,
            )
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
