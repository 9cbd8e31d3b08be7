"""The journal's tables of campaigns; changes of them need a new revision as those of the others do."""

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Table, Text

from recommender.journal.column_types import AnyText, Entity, UtcTime
from recommender.journal.tables import metadata

campaigns: Final = Table(
    "campaigns",  # rolling maintenances, and migrations of whole data centres
    metadata,
    Column("id", String(64), nullable=False),
    Column("name", AnyText, nullable=False),
    Column("asked", Text, nullable=False),  # JSON
    Column("author", AnyText, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("detail", AnyText),
    Column("kind", String(16), nullable=False, server_default="rolling"),
    PrimaryKeyConstraint("id", name="pk_campaigns"),
)

campaign_batches: Final = Table(
    "campaign_batches",  # of a migration of whole data centres
    metadata,
    Column("campaign_id", String(64), nullable=False),
    Column("plan_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),  # attempts after failures have that of their batch
    Column("begun_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("detail", AnyText),
    PrimaryKeyConstraint("campaign_id", "plan_id", name="pk_campaign_batches"),
    ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_batches_campaign_id"),
)

campaign_hosts: Final = Table(
    "campaign_hosts",
    metadata,
    Column("campaign_id", String(64), nullable=False),
    Column("host", Entity, nullable=False),
    Column("state", String(16), nullable=False),
    Column("wave", Integer),
    Column("plan_id", String(64)),
    Column("changed_at", UtcTime),
    Column("detail", AnyText),
    PrimaryKeyConstraint("campaign_id", "host", name="pk_campaign_hosts"),
    ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_hosts_campaign_id"),
)

campaign_promises: Final = Table(
    "campaign_promises",  # when a campaign is to be over
    metadata,
    Column("campaign_id", String(64), nullable=False),
    Column("planned", Text, nullable=False),  # JSON; never changed
    Column("expected", Text, nullable=False),  # JSON; as it was last looked at
    PrimaryKeyConstraint("campaign_id", name="pk_campaign_promises"),
    ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_promises_campaign_id"),
)
