"""When each newsletter's clock last rang, and when a failed occurrence is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("occurrences", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("occurrences", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "clocks",
        sa.Column("newsletter", sa.String(length=40), nullable=False),
        sa.Column("rang_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("newsletter", name=op.f("pk_clocks")),
    )
    # Until now the newest row said how far the clock had come; a row of a day to come was made by a ring before it.
    at = sa.column("due", sa.DateTime(timezone=True))
    rows = sa.table("occurrences", sa.column("newsletter", sa.String()), at)
    clocks = sa.table("clocks", sa.column("newsletter", sa.String()), sa.column("rang_at", at.type))
    newest = sa.func.max(at)
    until = sa.case((newest > sa.func.current_timestamp(), sa.func.current_timestamp()), else_=newest)
    op.execute(
        clocks.insert().from_select(
            ["newsletter", "rang_at"], sa.select(rows.c.newsletter, until).group_by(rows.c.newsletter)
        )
    )
