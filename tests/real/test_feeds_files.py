"""Every feed that others published or made to break parsers: none may crash, hang, or lose entries."""

import codecs
import html
import json
import re
import time
import unicodedata
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from digest.articles import clean
from digest.articles.reading import Document
from digest.articles.sources import feed
from digest.config.schema import Source
from digest.errors import ParseError

pytestmark = pytest.mark.real

SECONDS = 5.0
NO_FEED = {".md", ".json", ".jsonl"}


def said_type(content: bytes) -> str:
    """Return the content type that a conformance case wants to be read with; it stands in its comment."""
    found = re.search(rb"Header:\s*Content-type:[ \t]*([^\r\n]*)", content[:2000], re.IGNORECASE)
    return found[1].decode("latin-1").strip() if found else ""


def read(root: str, name: str) -> tuple[str, float, Document | None, int]:
    """Read one file as collect does, cleaning included; return its name, seconds, document, drafts."""
    content = (Path(root) / name).read_bytes()
    began = time.perf_counter()
    try:
        document = feed.parse(content, "", said_type(content))
    except ParseError:
        return name, time.perf_counter() - began, None, 0
    source = Source(url="https://example.org/")
    drafts = [clean.draft(item, source, base="https://example.org/") for item in document.items]
    return name, time.perf_counter() - began, document, sum(draft is not None for draft in drafts)


def read_all(root: Path, names: list[str]) -> dict[str, tuple[float, Document | None, int]]:
    with ProcessPoolExecutor(2) as pool:
        found = pool.map(partial(read, str(root)), names, chunksize=20)
        return {name: (seconds, document, drafts) for name, seconds, document, drafts in found}


@pytest.fixture(scope="module")
def published(shared_data: Path) -> dict[str, Any]:
    root = shared_data / "feeds-real"
    rows = {row["file"]: row for row in map(json.loads, (root / "expected.jsonl").read_text().splitlines())}
    return {"rows": rows, "read": read_all(root, sorted(rows))}


def plain(text: str | None) -> str:
    """Return the bare letters of *text*, to compare what two parsers made of one title."""
    text = text or ""
    for _ in range(2):
        text = html.unescape(re.sub(r"<[^<>]*>", "", text))
    return "".join(unicodedata.normalize("NFC", text).split())


def moment(text: str | None) -> datetime | None:
    """Return a time of the expectation; "1-01-01" is how the reference writes none."""
    if not text or not re.match(r"\d{4}-", text):
        return None
    return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)


@pytest.mark.timed
def test_published_feeds_are_all_read_in_time(
    published: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = {name: found[0] for name, found in published["read"].items()}
    unread = [
        name
        for name, (_, document, _) in published["read"].items()
        if document is None and published["rows"][name]["entries"]
    ]
    with capsys.disabled():
        print(
            f"\nfeeds-real: {len(seconds)} files in {sum(seconds.values()):.1f} s, slowest {max(seconds.values()):.2f} s"
        )
    assert unread == []
    assert max(seconds.values()) < SECONDS


def test_published_feeds_give_the_titles_links_and_dates_that_two_parsers_agree_on(
    published: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    agreed = {name: row for name, row in published["rows"].items() if row["agree"]}
    right = 0
    for name, row in agreed.items():
        document = published["read"][name][1]
        items = document.items if document else ()
        ours = Counter(
            (plain(item.title), item.url, item.published and item.published.replace(microsecond=0))
            for item in items
        )
        undated = Counter((title, link) for title, link, _ in ours.elements())
        wanted = Counter((plain(entry["title"]), (entry["link"] or "").strip()) for entry in row["entries"])
        dated = Counter(
            (plain(e["title"]), (e["link"] or "").strip(), moment(e["published"]))
            for e in row["entries"]
            if e["published"]
        )
        right += wanted == undated and not dated - ours
    with capsys.disabled():
        print(f"\nfeeds-real: {right} of {len(agreed)} agreed feeds have the same titles, links and dates")
    assert right / len(agreed) >= 0.99


def test_broken_feeds_lose_no_entry(published: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    broken = {
        name: row for name, row in published["rows"].items() if row["feedparser_bozo"] and row["entries"]
    }
    lost = []
    for name, row in broken.items():
        document = published["read"][name][1]
        known = {
            key
            for item in (document.items if document else ())
            for key in (item.url, plain(item.title))
            if key
        }
        if not all(
            (entry["link"] or "").strip() in known or plain(entry["title"]) in known
            for entry in row["entries"]
            if entry["link"] or entry["title"]
        ):
            lost.append(name)
    with capsys.disabled():
        print(f"\nfeeds-real: {len(broken) - len(lost)} of {len(broken)} broken feeds lose nothing")
    assert lost == []


@pytest.mark.timed
def test_conformance_cases_are_all_read_in_time(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = shared_data / "feeds-conformance"
    names = sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file()
        and (path.suffix not in NO_FEED or "json" in path.parent.name)
        and "LICENSE" not in path.name
    )
    found = read_all(root, names)
    slowest = max(seconds for seconds, _, _ in found.values())
    refused = [name for name, (_, document, _) in found.items() if document is None]
    with capsys.disabled():
        print(
            f"\nfeeds-conformance: {len(names)} files, slowest {slowest:.2f} s, {len(refused)} are no feed to us"
        )
    assert len(names) > 1_000
    assert slowest < SECONDS
    assert len(refused) < len(names) * 0.05


def test_conformance_encodings_are_recognised(shared_data: Path) -> None:
    """Only the cases whose whole expectation is the encoding."""
    root = shared_data / "feeds-conformance" / "feedparser" / "encoding"
    wrong = []
    cases = 0
    for path in sorted(root.rglob("*.xml")):
        content = path.read_bytes()
        expected = re.search(rb"Expect:\s*(?:not bozo and )?encoding == '([\w-]+)'\s", content[:2000])
        if expected is None:
            continue
        cases += 1
        document = read(str(root), path.name)[2]
        ours = codecs.lookup(document.encoding).name if document and document.encoding else ""
        if ours not in {codecs.lookup(expected[1].decode()).name, "cp1252", "utf-8", "gb18030"}:
            wrong.append((path.name, ours))
    assert wrong == []
    assert cases > 0
