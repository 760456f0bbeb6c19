"""What the other side said when an address was suppressed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suppressions", sa.Column("words", sa.Text(), nullable=False, server_default=""))
