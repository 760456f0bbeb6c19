"""An editor's act keeps its fields as JSON: before, each kind wrote them into a string of its own."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Body = Mapping[str, object]
_SPOT = re.compile(
    r"(?:(?P<section>[a-z0-9-]*[a-z][a-z0-9-]*)\s*)?(?P<place>\d{1,3})?(?:\s+from\s+(?P<was>\d{1,3}))?"
)
_TEXTS = ("retitle", "redek", "subject", "preheader", "note")


def upgrade() -> None:
    with op.batch_alter_table("choices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("body", sa.JSON(), nullable=False, server_default="{}"))
    choices = sa.table(
        "choices",
        sa.column("id", sa.Integer),
        sa.column("act", sa.Text),
        sa.column("value", sa.Text),
        sa.column("undoes", sa.Integer),
        sa.column("body", sa.JSON),
    )
    bind = op.get_bind()
    changed = sa.update(choices).where(choices.c.id == sa.bindparam("row")).values(body=sa.bindparam("body_"))
    rows = bind.execute(sa.select(choices)).all()
    if rows:
        bind.execute(
            changed, [{"row": row.id, "body_": body(row.act, row.value, row.undoes)} for row in rows]
        )
    with op.batch_alter_table("choices", schema=None) as batch_op:
        batch_op.drop_column("value")
        batch_op.drop_column("undoes")
        batch_op.alter_column("body", server_default=None)


def body(act: str, value: str, undoes: int) -> Body:
    """Return the fields of what was stored; where it had no meaning it is kept as it was, and has none now."""
    value = value.strip()
    match act:
        case "drop" | "lead":
            return {}
        case "undo":
            return {"choice": undoes}
        case "pin":
            return {key: part for key, part in _spot(value).items() if key != "section"}
        case "move" | "add":
            return {"to": _spot(value)}
        case "embargo":
            return {"until": _until(value)}
        case "sponsor":
            return {"sponsor": _sponsor(value)}
        case "picture" if value in ("", "none"):
            return {"source": None if value else 0}
        case _ if act in _TEXTS:
            return {"text": value}
    field = {"picture": "source", "merge": "other", "split": "other", "approve": "revision"}.get(act, "value")
    return {field: int(value)} if field != "value" and _is_number(value) else {"value": value}


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 19


def _spot(value: str) -> Body:
    found = _SPOT.fullmatch(value)
    if found is None:
        return {"section": value, "place": 0, "was": 0}
    return {
        "section": found["section"] or "",
        "place": int(found["place"] or 0),
        "was": int(found["was"] or 0),
    }


def _until(value: str) -> str | None:
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC).isoformat() if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _sponsor(value: str) -> Body | None:
    name, text, url = [*value.replace("\r\n", "\n").split("\n", 2), "", "", ""][:3]
    return {"name": name.strip(), "text": text.strip(), "url": url.strip()} if value else None
