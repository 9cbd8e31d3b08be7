"""Columns that hold our values alike in SQLite and PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from recommender.inventory.reference import EntityRef
from recommender.ports import TaskRef


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware in, aware UTC out. SQLite keeps no zone, so it is given UTC; so texts sort as times do."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC, or naive UTC for SQLite. Raises ``ValueError`` for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # given by SQLAlchemy
        """Aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """Text from outside: what a database cannot hold (NUL, lone surrogates) becomes a replacement character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # given by SQLAlchemy
        """The text without what would make the statement fail: losing a step to its own message would be absurd."""
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


class Entity(TypeDecorator[EntityRef]):
    """``vcenter/moid``; the names of vCenters have no slash."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: EntityRef | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # given by SQLAlchemy
        """The address as text."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> EntityRef | None:  # noqa: ARG002  # given by SQLAlchemy
        """The address."""
        if value is None:
            return None
        vcenter, _, moid = value.partition("/")
        return EntityRef(vcenter, moid)


class Task(TypeDecorator[TaskRef]):
    """``vcenter/moid`` of a task."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: TaskRef | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # given by SQLAlchemy
        """The address as text."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> TaskRef | None:  # noqa: ARG002  # given by SQLAlchemy
        """The address."""
        if value is None:
            return None
        vcenter, _, moid = value.partition("/")
        return TaskRef(vcenter, moid)
