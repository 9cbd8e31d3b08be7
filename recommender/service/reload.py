"""Taking up a changed configuration while the service runs: all of it or nothing, and the old one where it is wrong."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from recommender.errors import ConfigurationError
from recommender.service.leading.territories import Territory, territories
from recommender.settings.settings import Settings

# What the process has connected to, or was told when it began.
NEED_A_RESTART: Final = ("vcenter", "site", "site_link", "measure_round_trips", "journal", "log", "http")
OF_SERVE: Final = ("lease_ttl_s", "health_port", "follow_updates", "full_read_interval_s")


@dataclass(slots=True, kw_only=True)
class Reload:
    """``load`` reads the configuration anew; ``file`` is watched for changes, if there is one.

    ``crossed``: vCenters that are led together as long as this process runs, as of ``territories``.
    """

    settings: Settings
    crossed: tuple[frozenset[str], ...] = ()
    load: Callable[[], Settings] | None = None
    file: Path | None = None
    succeeded: int = 0
    failed: int = 0
    problem: str | None = None
    _asked: threading.Event = field(default_factory=threading.Event)
    _seen: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """What the file is now is what was read."""
        self._seen = self._stamp()

    def ask(self) -> None:
        """Look at the next opportunity; may be called by a signal."""
        self._asked.set()

    def look(self) -> Settings | None:
        """The new settings if somebody asked or the file has changed, and they can be used; else ``None``."""
        stamp = self._stamp()
        if self.load is None or not (self._asked.is_set() or stamp not in (self._seen, None)):
            return None
        self._asked.clear()
        self._seen = stamp
        log: Any = structlog.get_logger()
        try:
            new = self.load()
            if changed := self._needs_a_restart(new):
                problems = [f"{name}: restart to change it" for name in changed]
                raise ConfigurationError("the configuration was not taken up", problems)
        except ConfigurationError as error:
            self.failed += 1
            self.problem = str(error)
            log.error("the configuration was not taken up, the old one stays", problems=list(error.problems))
            return None
        if new == self.settings:
            self.problem = None
            log.info("the configuration is as it was")
            return None
        log.info("the configuration was taken up", changed=_changed(self.settings, new))
        self.settings, self.problem = new, None
        self.succeeded += 1
        return new

    def territories(self, settings: Settings) -> tuple[Territory, ...]:
        """Those of this process under ``settings``."""
        return territories(settings, self.crossed)

    def _needs_a_restart(self, new: Settings) -> list[str]:
        old = self.settings
        changed = [name for name in NEED_A_RESTART if getattr(old, name) != getattr(new, name)]
        if [one.vcenters for one in self.territories(old)] != [one.vcenters for one in self.territories(new)]:
            changed.append("which vCenters are led together")
        return changed + [f"serve.{name}" for name in OF_SERVE if getattr(old.serve, name) != getattr(new.serve, name)]

    def _stamp(self) -> tuple[int, int] | None:
        try:
            told = self.file.stat() if self.file is not None else None
        except OSError:
            return None  # it is being replaced right now, or gone: the old one stays
        return None if told is None else (told.st_mtime_ns, told.st_size)


def _changed(old: Settings, new: Settings) -> list[str]:
    return [name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)]
