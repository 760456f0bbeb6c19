"""One key for the twins of a page (m., www., AMP); what a source's items have in common, and what was mended in them."""

import hashlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from digest.articles.urls import key

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AT_ONCE = 1000


def upgrade() -> None:
    with op.batch_alter_table("sources") as table:
        table.add_column(sa.Column("standing", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("said", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    renamed = _articles(connection)
    _items(connection, renamed)


def _articles(connection: sa.Connection) -> dict[bytes, str]:
    """Give articles the new key of their address, where no other article has it; return old keys and new ones."""
    rows = connection.execute(sa.text("SELECT id, canonical, canonical_key FROM articles ORDER BY id")).all()
    taken = {bytes.fromhex(row.canonical_key) for row in rows}
    renamed: dict[bytes, str] = {}
    changes = []
    for row in rows:
        new = key(row.canonical)
        if new == row.canonical_key or bytes.fromhex(new) in taken:
            continue
        taken.add(bytes.fromhex(new))
        renamed[bytes.fromhex(row.canonical_key)] = new
        changes.append({"row": row.id, "key": new})
    change = sa.text("UPDATE articles SET canonical_key = :key WHERE id = :row")
    for part in _parts(changes):
        connection.execute(change, part)
    return renamed


def _items(connection: sa.Connection, renamed: dict[bytes, str]) -> None:
    """Give items the new keys of their articles' addresses; an item is known by one where it has no guid."""
    rows = connection.execute(sa.text("SELECT id, source_id, identity, url_key FROM items ORDER BY id")).all()
    known = {
        hashlib.md5(f"{row.source_id} {row.identity}".encode(), usedforsecurity=False).digest()
        for row in rows
    }
    changes = []
    for row in rows:
        new = renamed.get(bytes.fromhex(row.url_key)) if row.url_key else None
        if new is None:
            continue
        identity = new if row.identity == row.url_key else row.identity
        mark = hashlib.md5(f"{row.source_id} {identity}".encode(), usedforsecurity=False).digest()
        if identity != row.identity and mark in known:
            identity = row.identity
        known.add(mark)
        changes.append({"row": row.id, "key": new, "identity": identity})
    change = sa.text("UPDATE items SET url_key = :key, identity = :identity WHERE id = :row")
    for part in _parts(changes):
        connection.execute(change, part)


def _parts(changes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(changes), AT_ONCE):
        yield changes[start : start + AT_ONCE]
