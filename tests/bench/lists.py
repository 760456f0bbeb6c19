"""One list brought in, or its audience read, in a process that does nothing else: so its memory is its own.

python -m tests.bench.lists import URL LIST    (or: plan URL)
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from digest.store.engine import Database
from subscribers.api import audience
from subscribers.links import Keys
from subscribers.transfer.importing import ImportTask, import_list

KEY = b"only good for a measurement, 32b"
NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)


def brought_in(database: Database, path: Path) -> float:
    """Bring the list at *path* in; return how many seconds it took."""
    start = time.perf_counter()
    import_list(
        ImportTask(path=path, newsletter="daily", source="bench", keys=Keys([KEY]), now=NOW), database.write
    )
    return time.perf_counter() - start


def planned(database: Database) -> tuple[int, float]:
    """Read the audience in chunks, as planning does; return how many readers it has and the seconds it took."""
    start, last, total = time.perf_counter(), 0, 0
    found = audience("daily", at=NOW)
    number = found.selected_columns.subscriber_id
    while True:
        with database.read() as connection:
            rows = connection.execute(found.where(number > last).order_by(number).limit(20_000)).all()
        if not rows:
            return total, time.perf_counter() - start
        last, total = rows[-1].subscriber_id, total + len(rows)


def main(what: str, url: str, path: str = "") -> None:
    database = Database(url)
    count, seconds = planned(database) if what == "plan" else (0, brought_in(database, Path(path)))
    database.close()
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"count": count, "seconds": seconds, "peak_mb": sum(peaks) / 1024}))  # with its child


if __name__ == "__main__":
    main(*sys.argv[1:])
