"""Several issues of a day: occurrences and editions are unique on newsletter, date and issue.

SQLite cannot change a table's unique rule: alembic makes the table anew and copies its rows, ids and all. It knows
the table by reflection, which does not give CHECK constraints: they are said again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATES = {
    "occurrences": ("waiting", "building", "done", "quiet", "skipped", "missed"),
    "editions": ("draft", "approved", "sending", "paused", "halted", "sent", "cancelled"),
}


def upgrade() -> None:
    _widen("occurrences", ("newsletter", "date"), ())
    _widen("editions", ("newsletter", "date"), ("corrects", "corrected"))


def _widen(table: str, before: tuple[str, ...], behind: tuple[str, ...]) -> None:
    """Add the column `issue` to *table*, and to its unique rule between *before* and *behind*."""
    held = " OR ".join(f"state = '{state}'" for state in _STATES[table])
    check = sa.CheckConstraint(held, name=op.f(f"ck_{table}_state"))
    with op.batch_alter_table(table, table_args=(check,)) as batch:
        batch.add_column(sa.Column("issue", sa.String(length=40), nullable=False, server_default="main"))
        batch.drop_constraint(op.f(f"uq_{'_'.join((table, *before, *behind))}"), type_="unique")
        columns = (*before, "issue", *behind)
        batch.create_unique_constraint(op.f(f"uq_{'_'.join((table, *columns))}"), list(columns))
