"""The raw feeds of one morning, from HTTP to inboxes: one outlet with the others as witnesses, and a roundup."""

import asyncio
import email
import email.policy
import json
import re
import time
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from digest.app import App
from digest.config.schema import Config
from digest.demo.catcher import catching
from digest.flows.collect import collect
from digest.flows.edition import approve, build
from digest.flows.readers import readers
from digest.flows.sending import send
from digest.model import EditionState, Role
from digest.store.engine import Database
from tests.loopback import Site, site

pytestmark = [pytest.mark.real, pytest.mark.timed]

NOW = datetime(2026, 2, 18, 2, 20, tzinfo=UTC)
READERS = 6


def configuration(folder: Path, served: Site, port: int, tmp_path: Path) -> Config:
    names = {}
    for each in json.loads((folder / "manifest.json").read_text()):
        file = folder / "feeds" / each["file"]
        name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower())[:40].strip("-")
        served.put(f"/{name}", file.read_bytes(), Content_Type="application/xml")
        names[name] = each["file"].rsplit("_", 1)[0]
    own = next((name for name in names if "bbc" in name), None) or next(
        name for name in names if "jazeera" in name
    )
    letter: dict[str, Any] = {
        "schedule": {"time": "02:30"},
        "sender": {"address": "news@example.org", "postal": "1 Harbour Street"},
        "look": {"pictures": "none"},
        "links": {"utm_source": "newsletter"},
    }
    return Config.model_validate(
        {
            "site": {"data": str(tmp_path / "data"), "keys": ["k" * 40], "url": "https://news.example.org"},
            "sources": {
                name: {
                    "url": f"{served.url}/{name}",
                    "outlet": outlet,
                    "allow_private": [f"127.0.0.1:{served.port}"],
                }
                for name, outlet in names.items()
            },
            "newsletters": {
                "daily": {
                    **letter,
                    "title": "The Daily",
                    "sources": [own],
                    "witnesses": [n for n in names if n != own],
                },
                "roundup": {**letter, "title": "The Roundup", "sources": list(names), "top": 8, "brief": 12},
            },
            "relays": {"main": {"host": "127.0.0.1", "port": port, "security": "none"}},
        }
    )


def test_a_real_morning_from_feeds_to_inboxes(
    shared_data: Path, tmp_path: Path, sqlite: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "feeds-day-2026-02-18"
    figures: list[str] = []

    async def morning() -> Path:
        async with catching(tmp_path / "mails") as catcher:
            with site() as served:
                app = App(configuration(folder, served, catcher.port, tmp_path), sqlite, lambda: NOW)
                await _morning(app, figures)
        return tmp_path / "mails"

    mails = sorted(asyncio.run(morning()).rglob("*.eml"))
    assert len(mails) == 2 * READERS
    for file in mails:
        check(email.message_from_bytes(file.read_bytes(), policy=email.policy.default))
    with capsys.disabled():
        print("", *figures, sep="\n  ")


async def _morning(app: App, figures: list[str]) -> None:
    began = time.monotonic()
    made = await collect.collect(app)
    figures.append(
        f"{len(made.sources)} feeds, {made.new} articles, {time.monotonic() - began:.1f} s to collect"
    )
    assert [one.error for one in made.sources if one.error] == []
    for name in app.config.newsletters:
        for number in range(READERS):
            readers.add(app, name, f"r{number}@{name}.example.net", source="test")
        began = time.monotonic()
        built = build.build(app, name, date(2026, 2, 18))
        assert built.saved is not None
        figures.append(
            f"{name}: {built.articles} articles of the window, {built.stories} stories, "
            f"{len(built.edition.stories)} placed, {built.size / 1000:.0f} kB, {time.monotonic() - began:.1f} s to build"
        )
        figures += [
            f"  {each.place}. {each.title} [{len(each.outlets)} outlets]"
            for each in built.edition.stories[:10]
        ]
        for placed in built.edition.stories:
            assert placed.article.role is Role.OWN
            assert (NOW - placed.article.first_seen).total_seconds() < 60
            assert (NOW - placed.article.published).days <= 4
        assert len({placed.article.id for placed in built.edition.stories}) == len(built.edition.stories)
        assert approve.approve(app, name, date(2026, 2, 18), by="test").approved
        sent = await send.send(app, built.saved.id)
        assert sent.state is EditionState.SENT
        assert sent.counts == {"sent": READERS}


def check(mail: EmailMessage) -> None:
    """Check a mail that arrived with a parser that is not ours."""
    assert mail.defects == []
    for header in (
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Id",
        "MIME-Version",
    ):
        assert len(mail.get_all(header, [])) == 1, header
    assert "=?" not in mail["List-Unsubscribe"] + mail["List-Id"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, page = (part.get_content() for part in mail.iter_parts())
    assert len(page.encode()) < 102_400
    tree = lxml_html.document_fromstring(page)
    links = set(tree.xpath("//a/@href"))
    assert links == set(re.findall(r"https?://[^\s<>]+", text)) | {link for link in links if link in text}
    assert all(link.startswith(("http://", "https://", "mailto:")) for link in links)
    assert "@@" not in page + text
    assert not re.search(r"<(script|form|base|iframe|object)\b", page, re.IGNORECASE)
    assert all(image.get("alt") is not None for image in tree.iter("img"))
