"""What a house keeps: its record, what was learnt of it in versions, and what is switched off."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "memories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("newsletter", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memories")),
    )
    with op.batch_alter_table("memories", schema=None) as batch_op:
        batch_op.create_index("ix_memories_newsletter", ["newsletter", "at"], unique=False)

    op.create_table(
        "memory_off",
        sa.Column("newsletter", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("newsletter", "kind", "name", name=op.f("pk_memory_off")),
    )
    op.create_table(
        "memory_record",
        sa.Column("newsletter", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("dek", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("gain", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("newsletter", "kind", "key", name=op.f("pk_memory_record")),
    )
    with op.batch_alter_table("memory_record", schema=None) as batch_op:
        batch_op.create_index("ix_memory_record_day", ["newsletter", "kind", "day"], unique=False)
