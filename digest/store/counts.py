"""Numbers for pages and reports."""

from sqlalchemy import Connection, func, literal, select

from digest.store import schema
from subscribers.api import audience


def deliveries(connection: Connection, edition: int) -> dict[str, int]:
    """Return how many deliveries of *edition* are in each state."""
    table = schema.deliveries
    query = select(table.c.state, func.count()).where(table.c.edition_id == edition).group_by(table.c.state)
    return {state: count for state, count in connection.execute(query.order_by(table.c.state))}  # noqa: C416


def readers(connection: Connection, newsletter: str) -> int:
    """Return how many readers would get *newsletter* now."""
    return connection.execute(select(func.count()).select_from(audience(newsletter).subquery())).scalar_one()


def any_reader(connection: Connection, newsletter: str) -> bool:
    """Return whether *newsletter* has a reader at all."""
    found = select(literal(1)).select_from(audience(newsletter).subquery()).limit(1)
    return connection.execute(found).first() is not None
