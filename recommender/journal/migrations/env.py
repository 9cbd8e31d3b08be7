"""How Alembic runs: on the connection and in the transaction it is given, so that an upgrade happens whole or not."""

from alembic import context

from recommender.journal.tables import metadata

# No logging.config here, as Alembic's template has it: it would switch off every logger there is.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters few things in place
)
with context.begin_transaction():
    context.run_migrations()
