"""Tune: how well what this house keeps is met by what its record taught before. It reports and changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from digest.app import App
from digest.flows.memory import learnt
from digest.model import Article
from digest.store import memory as stored
from digest.stories.memory import LONGEST, NEEDED
from digest.stories.tune import Tried, tried

AFTER = (NEEDED, 30, LONGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of how many *days* there is a record, and how it was met after so many days of memory; *needed* for the first."""

    days: int
    needed: int
    tried: tuple[Tried, ...]


def tune(app: App, name: str) -> Report:
    """Return how the record of newsletter *name* is met by its own memory, whole weeks left out."""
    newsletter = app.newsletter(name)
    with app.db.read() as connection:
        days = stored.recorded_days(connection, name)
        kind = max(days, key=lambda one: (days[one], one)) if days else ""
        record = learnt.record_of(connection, newsletter, kind, app.now()) if kind else {}
    found = [tried(record, _any_article(app.now()), after) for after in AFTER]
    return Report(days=days.get(kind, 0), needed=NEEDED, tried=tuple(one for one in found if one))


def _any_article(now: datetime) -> Article:
    return Article(id=0, source="", outlet="", url="", title="", published=now, first_seen=now)
