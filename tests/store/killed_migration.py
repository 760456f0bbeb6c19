"""Run the migration of a database again and again, killed before ever later statements that write, until one gets through.

python killed_migration.py URL prints a JSON line after each try: whether it was killed, and what stands in the tables.
"""

import json
import os
import signal
import sys

from sqlalchemy import event, inspect, text

from digest.store.engine import Database
from digest.store.migrate import upgrade

STEP = 3  # of the statements that write, before which it is killed: all in one transaction
READS = ("SELECT", "PRAGMA", "SHOW")


def tried(url: str, most: int) -> bool:
    """Migrate in a child that is killed before its write number *most* or its commit; return whether it was."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    database, seen = Database(url), 0

    def written(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen > most:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(database.engine, "before_cursor_execute")
    def asked(_1: object, _2: object, statement: str, *_3: object) -> None:
        if not statement.lstrip().upper().startswith(READS):
            written()

    event.listen(database.engine, "commit", written)
    upgrade(database)
    os._exit(0)


def found(url: str) -> dict[str, object]:
    """Return the version, the unique rules and the rows of both tables, and which tables there are."""
    database = Database(url)
    with database.read() as connection:
        there, names = inspect(connection), ("occurrences", "editions")
        said = {
            "version": connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one(),
            "unique": [sorted(there.get_unique_constraints(name)[0]["column_names"]) for name in names],
            "rows": [connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names],
            "tables": len(there.get_table_names()),
        }
    database.close()
    return said


if __name__ == "__main__":
    for most in range(0, 100, STEP):
        killed = tried(sys.argv[1], most)
        print(json.dumps({"killed": killed, **found(sys.argv[1])}))
        if not killed:
            break
