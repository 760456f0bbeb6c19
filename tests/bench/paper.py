"""A newsroom whose days can be driven: four newsletters, three feeds with new articles each day, its own clock."""

import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from digest.app import App, wired
from digest.flows.newsroom import users
from digest.flows.readers import readers
from tests.bench.peers import free_port
from tests.loopback import Site

PASSWORD = "a long and quiet harbour morning"
EDITORS = ("dana", "omer", "ruth", "yael", "amit", "noga")
DAILY, WEEKLY = ("morning", "city", "noon"), "weekend"
NEWSLETTERS = (*DAILY, WEEKLY)
FEEDS, ARTICLES = ("news", "town", "wire"), 6  # and how many each has new a day
KEPT = 3  # days that a feed holds
READERS = 25
SETTINGS = """
[site]
url = "http://127.0.0.1:{port}"
[web]
port = {port}
[fetch]
interval = "1s"
[readers]
test_domains = true
network_limit = 100000
[alarms]
mail = ["ops@paper.example"]
[relays.main]
host = "127.0.0.1"
port = {smtp}
security = "none"
"""
NEWSLETTER = """
[newsletters.{name}]
title = "The {name}"
sources = ["news", "town"]
witnesses = ["wire"]
editors = ["desk@paper.example"]
schedule = {{ time = "06:00", freshness = "6h", days = {days}, approval = "{approval}" }}
sender = {{ address = "{name}@paper.example", postal = "1 Harbour Street" }}
[[newsletters.{name}.sections]]
name = "city"
title = "City"
categories = ["city"]
"""
SOURCE = '\n[sources.{name}]\nurl = "{url}/{name}.json"\noutlet = "The {name}"\nallow_private = ["{at}"]\n'
SYLLABLES = (
    "har",
    "bo",
    "ten",
    "mi",
    "ra",
    "lu",
    "ves",
    "tor",
    "ka",
    "sil",
    "on",
    "dra",
    "pe",
    "nu",
    "gal",
    "ish",
)
WORDS = ["".join(three) for three in product(SYLLABLES, repeat=3)]  # no two articles are about the same


@dataclass
class Paper:
    """The house in *folder*, its feeds on *site*, and the clock that `driven` reads."""

    folder: Path
    site: Site
    port: int
    app: App = field(init=False)
    articles: list[dict[str, Any]] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ahead(self) -> float:
        """Return how many seconds the house's clock is ahead."""
        found: float = struct.unpack("d", (self.folder / "clock").read_bytes())[0]
        return found

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead())

    def move_to(self, at: datetime) -> None:
        """Set the house's clock to *at*, forwards only."""
        seconds = (at - datetime.now(UTC)).total_seconds()
        with (self.folder / "clock").open("r+b") as file:
            file.write(struct.pack("d", max(seconds, self.ahead())))

    def publish(self, day: date) -> None:
        """Put a day's new articles into the feeds, written in the night before its editions; old pages go."""
        at = datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)
        for number in range(ARTICLES * len(FEEDS)):
            self.articles.append(self._article(FEEDS[number % len(FEEDS)], f"{day:%Y%m%d}-{number}", at))
            at += timedelta(minutes=1)
        self.articles = self.articles[-KEPT * ARTICLES * len(FEEDS) :]
        self.site.pages.clear()
        for one in self.articles:
            page = f"<html><head><title>{one['title']}</title></head><body><h1>{one['title']}</h1>"
            self.site.put(urlsplit(one["url"]).path, page, Content_Type="text/html")
            self.site.put(urlsplit(one["image"]).path, _picture(), Content_Type="image/png")
        for feed in FEEDS:
            items = [one for one in reversed(self.articles) if one["feed"] == feed]
            body = {"version": "https://jsonfeed.org/version/1.1", "title": feed, "items": items}
            self.site.put(f"/{feed}.json", json.dumps(body), Content_Type="application/feed+json")
        self.site.asked.clear()

    def _article(self, feed: str, slug: str, at: datetime) -> dict[str, Any]:
        said = self.chance.sample(WORDS, 60)
        title = " ".join(said[:7]).capitalize()
        summary = " ".join(said[7:]).capitalize()
        return {
            "id": slug,
            "feed": feed,
            "url": f"{self.site.url}/{feed}/{slug}",
            "title": title,
            "summary": f"{summary}.",
            "date_published": at.isoformat(),
            "image": f"{self.site.url}/{feed}/{slug}.png",
            "tags": [self.chance.choice(("city", "sport", "world"))],
        }

    def ask(self, query: str, *values: Any) -> Any:
        """Return the first column of the first row."""
        with self.app.db.read() as connection:
            return connection.exec_driver_sql(query, values).scalar()


def opened(folder: Path, site: Site, smtp: int) -> Paper:
    """Return a fresh paper in *folder*: configuration, keys, readers and editors; its mails go to the port *smtp*."""
    made = Paper(folder, site, free_port())
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "keys").write_text("k" * 40)
    (folder / "clock").write_bytes(struct.pack("d", 0.0))
    text = SETTINGS.format(port=made.port, smtp=smtp)
    for name in FEEDS:
        text += SOURCE.format(name=name, url=site.url, at=f"127.0.0.1:{site.port}")
    for name in NEWSLETTERS:
        days = '["mon", "wed", "sat"]' if name == WEEKLY else '["mon","tue","wed","thu","fri","sat","sun"]'
        text += NEWSLETTER.format(name=name, days=days, approval="one" if name == DAILY[0] else "automatic")
    (folder / "digest.toml").write_text(text)
    made.app = wired(folder / "digest.toml", now=made.now)
    for name in NEWSLETTERS:
        for number in range(READERS):
            readers.add(made.app, name, f"reader{number}@{name}.example.net", source="bench")
    for name in EDITORS:
        users.add(made.app, name, PASSWORD, "admin", by="bench")
    return made


@cache
def _picture() -> bytes:
    out = BytesIO()
    Image.effect_noise((900, 506), 60).convert("RGB").save(out, "PNG")
    return out.getvalue()


@contextmanager
def serving(paper: Paper, *, files: int = 0) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the driven serve, its log in the house, until it answers; end it at the end."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.driven",
        str(paper.folder),
        *([str(files)] if files else []),
    ]
    with (paper.folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(40)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def until(check: Callable[[], Any], what: str, seconds: float = 120.0) -> None:
    """Wait until *check* holds; end the run with *what* was waited for where it does not in time."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.05)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold SQLite's write lock from another process."""
    held = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\n"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read(); c.execute('ROLLBACK')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", held, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
