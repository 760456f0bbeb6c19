"""The tables, brought to the newest form: by alembic, forwards only, in one transaction."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from digest.errors import DigestError
from digest.store.engine import Database

_LOCK = 7_305_809  # any number, the same in every process


def upgrade(database: Database) -> None:
    """Bring the tables of both packages to the newest form; several processes may start at once."""
    newest = head()
    with database.read() as connection:
        if _revision_of(connection) == newest:
            return
    with database.write_unchecked() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        at = _revision_of(connection)
        if at == newest:
            return
        if at > newest:
            raise DigestError(
                f"was written by a newer version (its tables stand at {at}, ours at {newest})",
                where=database.engine.url.render_as_string(),
                do="Install the newer version again.",
            )
        _migrate(connection, newest, database.engine.url.render_as_string())


def head() -> str:
    """Return the number of the newest migration: each file's name begins with its own."""
    names = [file.name for file in (files("digest.store.migrations") / "versions").iterdir()]
    return max(name[:4] for name in names if name[:4].isdigit())


def configuration(connection: Connection) -> Config:
    """Return alembic's configuration for *connection*."""
    config = Config()
    config.set_main_option("script_location", str(files("digest.store.migrations")))
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection, newest: str, where: str) -> None:
    """Run the migrations; raise DigestError where one of them would leave a row that points at nothing."""
    before = _dangling(connection)
    command.upgrade(configuration(connection), "head")
    if lost := _dangling(connection) - before:
        tables = ", ".join(sorted({str(row[0]) for row in lost}))
        raise DigestError(
            f"the migration to {newest} would leave {len(lost)} rows that point at nothing, in {tables}",
            where=where,
            do="Nothing was changed. Go on with the version that was installed before, and report this.",
        )


def _dangling(connection: Connection) -> set[tuple[object, ...]]:
    """Return (table, row, parent table, key) of each reference to a row that is not there; PostgreSQL has none."""
    if connection.dialect.name != "sqlite":
        return set()
    return {tuple(row) for row in connection.execute(text("PRAGMA foreign_key_check"))}


def _revision_of(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
