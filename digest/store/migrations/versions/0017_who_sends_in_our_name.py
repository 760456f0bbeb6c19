"""What receivers report of mails in our name: DMARC and TLS reports."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "auth_reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("reporter", sa.String(length=255), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auth_reports")),
        sa.UniqueConstraint("key", name=op.f("uq_auth_reports_key")),
    )
    with op.batch_alter_table("auth_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_auth_reports_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_auth_reports_ends"), ["ends"], unique=False)

    op.create_table(
        "auth_report_rows",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=45), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("spf", sa.String(length=20), nullable=False),
        sa.Column("dkim", sa.String(length=20), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("sender", sa.String(length=255), nullable=False),
        sa.Column("signer", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["auth_reports.id"], name=op.f("fk_auth_report_rows_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auth_report_rows")),
    )
    with op.batch_alter_table("auth_report_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_auth_report_rows_report_id"), ["report_id"], unique=False)
