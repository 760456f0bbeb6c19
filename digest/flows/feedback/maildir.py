"""A Maildir that the mail server delivers into: read, and marked as seen after the commit.

What was understood goes from new/ to cur/ with the flag S (seen); what was not goes there without it, unread, for a
person. Nothing is deleted. A kill between the commit and the move has the mail read again, and that does nothing.
"""

from collections import Counter
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from digest.app import App
from digest.delivery.feedback import LONGEST
from digest.errors import DigestError
from digest.flows.feedback.reports import receive
from digest.ops.maildir import fault
from digest.store.queue import Busy

A_ROUND = 1000  # mails that are read at once
log = structlog.get_logger()


def poll(app: App) -> Counter[str]:
    """Read what is new in the Maildir of the configuration; return how many mails had which effect."""
    folder, done = app.config.feedback.maildir, Counter[str]()
    if folder is None:
        return done
    if problem := fault(folder):
        log.warning("feedback.maildir", problem=problem)
        return done
    for file in sorted((folder / "new").iterdir())[:A_ROUND]:
        if file.name.startswith(".") or not file.is_file():
            continue
        try:
            done[_read(app, file, folder / "cur")] += 1
        except FileNotFoundError:
            continue  # another process, or a person, has it
        except OSError as unreadable:
            log.warning("feedback.unreadable", file=file.name, why=unreadable.strerror)
        except (SQLAlchemyError, Busy, DigestError) as away:
            log.warning("feedback.later", why=type(away).__name__)
            break  # the database is away: in a minute again
    if done:
        log.info("feedback.maildir", **done)
    return done


def _read(app: App, file: Path, seen: Path) -> str:
    with file.open("rb") as opened:
        raw = opened.read(LONGEST)
    took = receive(app, raw, source="maildir")
    base = file.name.partition(":2,")[0]
    file.rename(seen / f"{base}:2,{'S' if took.understood else ''}")
    return str(took.effect)
