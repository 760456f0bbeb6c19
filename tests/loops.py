"""Finds database calls that are made in the thread of an event loop."""

import asyncio
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

EVENTS = ("begin", "commit", "rollback", "before_cursor_execute")


@contextmanager
def watched() -> Iterator[set[str]]:
    """Collect the places of ours that call the database in a thread that runs an event loop."""
    found: set[str] = set()

    def called(*_: object) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        stack = traceback.extract_stack()
        ours = [one for one in stack if "/digest/" in one.filename or "/subscribers/" in one.filename]
        found.add(" < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(ours[-4:])))

    for name in EVENTS:
        event.listen(Engine, name, called)
    try:
        yield found
    finally:
        for name in EVENTS:
            event.remove(Engine, name, called)
