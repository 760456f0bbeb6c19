"""The first wave of an edition: until when the rest waits."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "first_waves",
        sa.Column("edition_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("wait", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_first_waves_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_first_waves")),
    )
