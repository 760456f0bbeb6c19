"""What an edition linked below each story: a second piece of ours, and other own outlets."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("edition_stories", sa.Column("also", sa.JSON(), nullable=True))
