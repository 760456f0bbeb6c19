"""Run by alembic: the connection is ours, and so is its transaction."""

from typing import Any, Literal

from alembic import context

from digest.store import (
    auth_reports,  # noqa: F401 - its tables are part of the metadata
    pages,  # noqa: F401 - the same
    source_health,  # noqa: F401 - the same
)
from digest.store.accounts import tables  # noqa: F401 - its tables are part of the metadata
from digest.store.deliveries import first_wave, warm_up  # noqa: F401 - the same
from digest.store.feedback import tables as feedback_tables  # noqa: F401 - the same
from digest.store.memory import tables as memory_tables  # noqa: F401 - the same
from digest.store.schema import UTCDateTime, metadata
from subscribers import api as readers


def _plainly(kind: str, found: Any, _autogen: object) -> str | Literal[False]:
    """Write our own column types as what they are in the database: a migration must not change with the code."""
    if kind == "type" and isinstance(found, UTCDateTime | readers.UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata", [metadata, readers.metadata]),
    render_as_batch=True,
    render_item=_plainly,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
