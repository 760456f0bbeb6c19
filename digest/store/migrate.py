"""The tables, brought to the newest form."""

from digest.store.engine import Database
from digest.store.schema import metadata
from subscribers.schema import metadata as subscriber_metadata


def upgrade(database: Database) -> None:
    """Bring the tables of both packages to the newest form."""
    with database.write() as connection:
        metadata.create_all(connection)
        subscriber_metadata.create_all(connection)
