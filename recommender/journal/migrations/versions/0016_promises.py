"""When campaigns are to be over: as planned when they began, and as expected since."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the table; of campaigns that have begun already nothing was promised as a whole."""
    op.create_table(
        "campaign_promises",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("planned", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign_promises"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_promises_campaign_id"),
    )
