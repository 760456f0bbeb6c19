"""Twelve feeds stored three times in a morning: each round gives exactly what is new, and nothing twice."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.articles import clean
from digest.articles.sources import feed
from digest.config.schema import Source
from digest.store import intake, sources
from digest.store.engine import Database

pytestmark = pytest.mark.real

START = datetime(2026, 8, 13, 4, 24, tzinfo=UTC)


def expected(rows: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return for each file how many entries are new in its feed and how many known ones have a new title."""
    titles: dict[str, dict[str, str]] = defaultdict(dict)
    found = {}
    for row in sorted(rows, key=lambda row: row["file"]):
        known = titles[row["file"].split("/")[1]]
        new = retitled = 0
        for entry in row["entries"]:
            key = entry["id"] or entry["link"]
            new += key not in known
            retitled += key in known and known[key] != entry["title"]
            known[key] = entry["title"]
        found[row["file"]] = new, retitled
    return found


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "feeds-snapshots-2026-08-13"


def test_each_round_gives_exactly_what_is_new(
    folder: Path, sqlite: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.loads(line) for line in (folder / "expected.jsonl").read_text().splitlines()]
    wanted = expected(rows)
    given: dict[str, set[str]] = defaultdict(set)
    found = {}
    articles: Counter[str] = Counter()
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    with sqlite.write() as connection:
        states = sources.known(
            connection, {Path(name).stem: f"https://{Path(name).stem}.example/" for name in wanted}
        )
    for order, name in enumerate(sorted(wanted)):
        document = feed.parse((folder / name).read_bytes(), "")
        source = Source(url="https://feed.example/")
        drafts = [
            draft for item in document.items if (draft := clean.draft(item, source, base=document.link))
        ]
        by_place = {item.position: item.guid or item.url for item in document.items}
        with sqlite.write() as connection:
            taken = intake.take(
                connection, states[Path(name).stem].id, "outlet", drafts, START + timedelta(minutes=order)
            )
        new = [by_place[place] for place in taken.new_items]
        assert not given[Path(name).stem] & set(new), f"{name} gave something twice"
        given[Path(name).stem] |= set(new)
        found[name] = len(new), len(taken.retitled)
        articles[name] = taken.new
        for slot, number in enumerate((*found[name], taken.new)):
            totals[name.split("/")[0]][slot] += number
    with capsys.disabled():
        for round_, (new_items, retitled, new_articles) in sorted(totals.items()):
            print(
                f"\nfeeds-snapshots {round_}: {new_items} new items, {retitled} retitled, {new_articles} new articles",
                end="",
            )
        print()
    assert found == wanted
