"""The journal's tables through time (Alembic); part of the wheel, applied whenever a journal is opened."""
