"""Write the next migration: what the tables of the code have and those of the last migration do not.

    python -m digest.store.migrations.new "a colour for an edition"

Alembic compares; a person reads what it wrote, for it sees no renaming and no data.
"""

import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import Script

from digest.store.engine import Database
from digest.store.migrate import configuration, head, upgrade


def written(message: str) -> Path:
    """Return the file of a new migration, written beside the others; *message* is its docstring and in its name."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        try:
            upgrade(database)
            warnings.filterwarnings(
                "ignore", "autogenerate skipping metadata-specified expression-based index"
            )
            with database.write() as connection:
                script = command.revision(
                    configuration(connection), message, autogenerate=True, rev_id=f"{int(head()) + 1:04}"
                )
        finally:
            database.close()
    if not isinstance(script, Script):
        raise TypeError(f"alembic wrote {script!r}, and not one migration")
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('usage: python -m digest.store.migrations.new "what it does"')
    print(written(sys.argv[1].strip()))
