"""The source of what editors add by address gets a name that no configured source can have."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE sources SET name = '_by-hand' WHERE name = 'by-hand' AND url = ''")
