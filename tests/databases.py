"""Databases with our tables, brought to the newest form once and then copied: that takes a tenth of the time."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text

from digest.store.engine import Database
from digest.store.migrate import upgrade


def on_sqlite(file: Path) -> Database:
    """Return the database at *file*; where there is none, a new one in the newest form, with nothing in it."""
    if not file.exists():
        shutil.copy(_template(), file)
    return Database(f"sqlite:///{file}")


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="digest-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'digest.db'}")
    upgrade(database)
    database.close()
    assert [one.name for one in folder.iterdir()] == ["digest.db"], "all of it is in the one file"
    return folder / "digest.db"


def on_postgresql(server: str, name: str, *, empty: bool = False) -> str:
    """Create database *name* on *server*, in the newest form or *empty*; return its address."""
    _create(server, name, "template1" if empty else _copied(server))
    return f"{server}/{name}"


@cache
def _copied(server: str) -> str:
    _create(server, "migrated", "template1")
    database = Database(f"{server}/migrated")
    upgrade(database)
    database.close()  # whoever is connected to it keeps it from being copied
    return "migrated"


def _create(server: str, name: str, template: str) -> None:
    address = f"{server.replace('postgresql', 'postgresql+psycopg')}/postgres"
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    admin.dispose()
