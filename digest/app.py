"""Wiring only: configuration, database, clock and randomness, handed to the flows as one value."""

import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection

from digest.config import Config
from digest.config.schema import Newsletter
from digest.configuration import load
from digest.errors import ConfigError, EditionError
from digest.fetch import Fetcher, fetcher, user_agent
from digest.model import MAIN, Audience, Edition, Notice
from digest.notify import queue
from digest.store import editions
from digest.store.engine import Database, reachable
from digest.store.migrate import upgrade
from digest.store.queue import Busy
from subscribers.api import Links, attach_journal

__all__ = ["App", "Busy", "clock", "wired"]
FALLS = "consent-falls.jsonl"


def clock() -> datetime:
    """Return the time: the one place where it is read."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class App:
    """What a flow needs of the world. Tests give their own clock and tokens."""

    config: Config
    db: Database
    now: Callable[[], datetime] = clock
    token: Callable[[], str] = lambda: secrets.token_hex(8)
    config_file: Path | None = None

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The secrets that sign links, the newest first; never empty, `wired` sees to it."""
        return tuple(key.get_secret_value().encode() for key in self.config.site.keys)

    @property
    def data(self) -> Path:
        """The folder for pictures, keys and mails."""
        return self.config.site.data

    @property
    def links(self) -> Links:
        """The signer of this site's links."""
        return Links(self.keys, self.config.site.url)

    def newsletter(self, name: str) -> Newsletter:
        """Return the newsletter called *name*; raise ConfigError, which lists those there are."""
        try:
            return self.config.newsletters[name]
        except KeyError:
            there = ", ".join(self.config.newsletters)
            raise ConfigError(f"there is no newsletter {name!r}", do=f"There are: {there}.") from None

    def edition(self, name: str, day: date | None, issue: str = MAIN) -> Edition:
        """Return the stored edition of newsletter *name* for *day* (today without); raise EditionError if none."""
        day = day or self.now().astimezone(self.newsletter(name).schedule.tz).date()
        with self.db.read() as connection:
            found = editions.get(connection, name, day, issue)
        if found is None:
            raise EditionError(
                "there is no edition yet", where=f"{name} {day}", do=f"Try: digest build {name}"
            )
        return found

    def http(self) -> AbstractAsyncContextManager[Fetcher]:
        """Give the guarded HTTP client as the configuration wants it."""
        fetch = self.config.fetch
        return fetcher(
            agent=user_agent(fetch.contact or self.config.site.url),
            seconds=fetch.timeout.total_seconds(),
            most=fetch.max_bytes,
            side_by_side=fetch.concurrency,
            deny=fetch.deny,
        )

    def notify(self, connection: Connection, notice: Notice) -> bool:
        """Queue the mails and the call of *notice* in the transaction of what it is about; return whether it is new."""
        return queue(self.config, connection, notice, self.now())

    def alarm(self, kind: str, key: str, subject: str, text: str, *, newsletter: str = "") -> Notice:
        """Return the alarm of *kind* about what no edition is: the process, the site, a sign-up form."""
        return Notice(
            kind=kind,
            key=key,
            newsletter=newsletter or next(iter(self.config.newsletters)),
            audience=Audience.ALARM,
            subject=subject,
            text=text,
            day=self.now().date(),
        )

    def alert(self, *, kind: str, key: str, subject: str, text: str) -> bool:
        """Queue such an alarm in a transaction of its own; return whether it is new."""
        with self.db.write() as connection:
            return self.notify(connection, self.alarm(kind, key, subject, text))

    def database_problem(self) -> str:
        """Return "" when the database answers, else why it does not."""
        return reachable(self.db)

    def close(self) -> None:
        self.db.close()


def wired(config_file: Path, *, now: Callable[[], datetime] = clock) -> App:
    """Return the application for *config_file*, its tables brought up to date."""
    config = load(config_file)
    if not config.site.keys:
        raise ConfigError(
            "there are no keys to sign readers' links with",
            where=str(config.site.keys_file),
            do="`digest init` makes them; restore the old ones instead if links were already mailed.",
        )
    database = Database(config.database.url)
    upgrade(database)
    attach_journal(database.engine, config.site.data / FALLS)
    return App(config, database, now, config_file=config_file)
