"""The configuration and the database, which were read and brought up to date before."""

from collections.abc import Iterator

from digest.app import App
from digest.ops.findings import Finding, many

PLACE = 1


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield what the configuration names, and which database is used."""
    named = f"{many(len(app.config.sources), 'source')}, {many(len(app.config.newsletters), 'newsletter')}"
    yield Finding("configuration", True, named)
    yield Finding("database", True, f"{app.db.engine.dialect.name}, tables up to date")
