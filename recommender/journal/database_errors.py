"""What goes wrong in a database, told as one ``JournalError`` in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from recommender.errors import JournalError


@contextmanager
def told_as_journal_error(what: str) -> Iterator[None]:
    """Turn a database's error into *the journal cannot ``what``: …*; its statement and values are left out."""
    try:
        yield
    except SQLAlchemyError as error:
        # Only the driver's own words: SQLAlchemy's add the statement, its parameters and a link.
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        told = " ".join(str(cause).split()) or type(cause).__name__
        raise JournalError(f"the journal cannot {what}: {told}") from error
