"""Rolling maintenances and the turns of their hosts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("begun_at", time, nullable=False),
        sa.Column("ended_at", time),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_table(
        "campaign_hosts",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("wave", sa.Integer()),
        sa.Column("plan_id", sa.String(64)),
        sa.Column("changed_at", time),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("campaign_id", "host", name="pk_campaign_hosts"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_hosts_campaign_id"),
    )
