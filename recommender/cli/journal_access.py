"""What commands about the journal share: which one it is, who is asking, and what time it is."""

import os
import pwd
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recommender.errors import JournalError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from recommender.journal.store import DatabaseJournal
    from recommender.settings.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])


def config_option(command: _Command) -> _Command:
    """Adds ``--config FILE`` as ``config``."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--config", type=kind, envvar="RECOMMENDER_CONFIG", help="Configuration file (TOML).")(command)


def settings_of(config: Path | None) -> "Settings":
    """The settings; their vCenters need not be named. Raises ``ConfigurationError``."""
    from recommender.settings.load import load_settings

    return load_settings(config)


def journal_for_writing(config: Path | None) -> "AbstractContextManager[DatabaseJournal]":
    """The journal, made or upgraded if need be; what is done to it is told as done by the person who asks."""
    from recommender.journal.store import open_journal

    return open_journal(settings_of(config).journal.url, actor=person())


def require_journal(journal: "DatabaseJournal | None") -> "DatabaseJournal":
    """A journal that is there. Raises ``JournalError`` for one that is not."""
    if journal is None:
        raise JournalError("there is no journal yet")
    return journal


def person() -> str:
    """Who runs this command, by the system's user database: an environment variable says nothing about that."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)
