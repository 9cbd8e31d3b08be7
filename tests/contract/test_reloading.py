"""SIGHUP to a real ``serve``: the changed configuration is taken up whole or refused, and the service goes on."""

import signal
from pathlib import Path

from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import Service, eventually


def test_a_hangup_lets_the_configuration_be_read_anew_and_ends_nothing(tmp_path: Path) -> None:
    with running_simulator(tmp_path, uniform(2, 4)) as simulator:
        service = Service(simulator, tmp_path, f"sqlite:///{tmp_path / 'journal.db'}")
        try:
            daemon = service.start()
            eventually(lambda: daemon.count("leading") == 1, "it leads")
            config = tmp_path / "recommender.toml"
            for old, new, event in (
                ("hold_rounds = 1", "hold_rounds = 2", "the configuration was taken up"),
                ("hold_rounds = 2", "hold_rounds = -1", "the configuration was not taken up, the old one stays"),
            ):
                config.write_text(config.read_text().replace(old, new))
                daemon.process.send_signal(signal.SIGHUP)
                eventually(lambda: daemon.count(event) == 1, event)  # noqa: B023  # at once
            assert daemon.process.poll() is None, "a signal that nobody handles would have ended it"
            daemon.process.send_signal(signal.SIGTERM)
            assert daemon.process.wait(timeout=60) == 0
        finally:
            service.close()
