"""Proposals of campaigns: batches that wait for an approval."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Tell whose batch a proposal is; those that there are belong to no campaign."""
    op.add_column("proposals", sa.Column("campaign_id", sa.String(64)))
