"""Bringing a journal's tables to the present revision, at most one process at a time."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from recommender.errors import JournalError

REVISION: Final = "0016"  # the newest in migrations/versions; a test holds the two together
VERSION_TABLE: Final = "alembic_version"

# Any number will do, as long as every version of this program takes the same.
_ADVISORY_LOCK: Final = 7_305_227_106


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables, ``None`` where there are none yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608  # a constant
    return revision


def upgrade(connection: Connection) -> None:
    """Make or change the tables within the connection's transaction, which holds the database's write lock.

    Raises ``JournalError`` for a journal of a revision that this version does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
    found = revision_of(connection)  # only now: another process may have upgraded it while this one waited
    if found == REVISION:
        return
    # Alembic takes a while to import, and most of the time it is not needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "recommender.journal:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise unfit_journal(found)
    command.upgrade(config, "head")


def unfit_journal(found: str) -> JournalError:
    """What to say of a journal that another version of this program has left; revisions are numbered in order."""
    if found < REVISION:
        return JournalError(
            f"the journal is of revision {found}, this version's is {REVISION}: `serve` and whatever else writes to it "
            "upgrades it (`backup` copies it as it is)"
        )
    return JournalError(
        f"the journal is of revision {found}, written by a newer version of this program; this one knows {REVISION}"
    )
