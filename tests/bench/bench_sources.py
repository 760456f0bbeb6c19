"""Measure the reading of sources: `make bench-sources DATA=../shared/data SCORE=../shared/score` (three minutes).

Feeds of others against their scorer, small cases against the product itself, a day of news by the rules of an
editor's eye, and a collect of 2,000 feeds on loopback of which 95 % have not changed. It prints a table, says what
missed its bar, and ends with one line of JSON: what, value, unit, and at_least or at_most.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time as clock
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from digest.articles import labels, standing, urls
from digest.articles.bylines import agency
from digest.articles.clean import Draft, draft
from digest.articles.page import page, refusal
from digest.articles.reading import Document
from digest.articles.sources import feed
from digest.articles.text import plain
from digest.config.schema import Source
from digest.errors import ParseError
from digest.model import Article
from digest.stories.cluster import stories

ROOT = Path(__file__).parents[2]
FEEDS, CHANGED = 2_000, 100
SLUG = re.compile(
    r"^(?:analysis|exclusive|explainer|factbox|update \d|wrapup \d|rpt|focus|insight)\s?-\S", re.IGNORECASE
)
Row = dict[str, Any]


class Bench:
    """The figures so far."""

    def __init__(self) -> None:
        self.found: list[Row] = []

    def note(self, what: str, value: float, unit: str, **bar: float) -> None:
        """Keep and print one figure; *bar* is at_least or at_most."""
        self.found.append({"what": what, "value": round(value, 4), "unit": unit, **bar})
        missed = value < bar.get("at_least", value) or value > bar.get("at_most", value)
        said = "".join(f"  ({name.replace('_', ' ')} {least:g})" for name, least in bar.items())
        print(f"{'MISSED ' if missed else '       '}{what}: {value:,.2f} {unit}{said}", flush=True)


def cases(bench: Bench, score: Path) -> None:
    """Run the product on small inputs that went wrong for others."""
    asked = [
        sys.executable,
        score / "cases.py",
        "--repo",
        ROOT,
        "--python",
        sys.executable,
        "--only",
        "feeds,dates",
    ]
    made = subprocess.run(asked, capture_output=True, text=True, check=True)
    shares = json.loads(made.stdout.splitlines()[-1])
    for name in ("feeds", "dates"):
        bench.note(f"cases: {name}", shares[name], "of 1", at_least=1)


def read(content: bytes, url: str, content_type: str) -> Document | str:
    """Return the feed, or why it is none."""
    try:
        return feed.parse(content, url, content_type)
    except ParseError as fault:
        return fault.what


def scored(scorer: Path, data: Path, *, cleaned: bool) -> Row:
    """Return the scorer's figures for all feeds of *data*; their texts as they are, or without markup."""
    listed = subprocess.run(
        [sys.executable, scorer, data, "--inputs"], capture_output=True, text=True, check=True
    )
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as out:
        for row in map(json.loads, listed.stdout.splitlines()):
            headers = {name.lower(): value for name, value in (row.get("headers") or {}).items()}
            url = row.get("url") or headers.get("content-location") or ""
            found = read((data / row["file"]).read_bytes(), url, headers.get("content-type", ""))
            told = {"error": found} if isinstance(found, str) else told_of(found, cleaned=cleaned)
            out.write(json.dumps({"file": row["file"], **told}) + "\n")
        out.flush()
        made = subprocess.run(
            [sys.executable, scorer, data, out.name], capture_output=True, text=True, check=True
        )
    figures: Row = json.loads(made.stdout)
    return figures


def told_of(document: Document, *, cleaned: bool) -> Row:
    """Return what the scorer wants to know of a feed."""
    text = plain if cleaned else str

    def at(moment: datetime | None) -> str | None:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None

    entries = [
        {
            "title": text(one.title), "link": one.url, "id": one.guid, "summary": text(one.summary), "author": one.byline,
            "published": at(one.published), "updated": at(one.modified),
        }
        for one in document.items
    ]  # fmt: skip
    about = {"title": text(document.title), "link": document.link}
    return {"encoding": document.encoding, "feed": about, "entries": entries}


def feeds(bench: Bench, data: Path, score: Path) -> None:
    """Read others' feeds, as published and as made to be hard."""
    scorer = score / "feeds.py"
    agreed = scored(scorer, data / "feeds-real", cleaned=False)["agreed"]["all"]
    bench.note("feeds as published", agreed["right"], f"of {agreed['of']}", at_least=agreed["of"])
    hard = scored(scorer, data / "feeds-conformance", cleaned=True)["cases"]
    bench.note("feeds, conformance", hard["right"], f"of {hard['of']}", at_least=691)


def pages(bench: Bench, data: Path, score: Path) -> None:
    """Read others' article pages by the product's own function, beside trafilatura with htmldate where these are there."""
    folder, scorer = data / "article-pages", score / "pages.py"
    listed = subprocess.run(
        [sys.executable, scorer, folder, "--inputs"], capture_output=True, text=True, check=True
    )
    read = [json.loads(line) for line in listed.stdout.splitlines()]
    contents = [gzip.decompress((folder / row["page"]).read_bytes()) for row in read]
    ours, seconds, refused = [], [], 0
    for row, content in zip(read, contents, strict=True):
        url, began = row["url"] or "", clock.perf_counter()
        said = page(content, url, "text/html")
        seconds.append(clock.perf_counter() - began)
        refused += bool(refusal(said, url))
        at = said.published.isoformat() if said.published else None
        ours.append(
            {
                "title": said.titles[0] if said.titles else None,
                "authors": said.authors,
                "published": at,
                "image": said.image or None,
            }
        )
    least = {"published": 0.92, "title": 0.93, "authors": 0.80, "image": 0.86}
    found = marked(scorer, folder, read, ours)
    beside = marked(
        scorer,
        folder,
        read,
        [anchor(row["url"], content) for row, content in zip(read, contents, strict=True)],
    )
    for name, bar in least.items():
        bench.note(f"pages: {name}", found[name], "of 1", at_least=max(bar, beside.get(name, 0.0)))
        if beside:
            bench.note(f"pages: {name}, trafilatura with htmldate", beside[name], "of 1")
    bench.note("pages: refused", refused, f"of {len(read)}", at_most=4)
    bench.note("pages: median", 1000 * median(seconds), "ms", at_most=15)
    bench.note("pages: slowest", 1000 * max(seconds), "ms", at_most=300)


def anchor(url: str | None, content: bytes) -> Row | None:
    """Return what trafilatura and htmldate make of a page; None where they are not installed."""
    try:
        from htmldate import find_date
        from trafilatura import bare_extraction
    except ImportError:
        return None
    made = bare_extraction(content, url=url, with_metadata=True)
    said = made.as_dict() if made is not None else {}
    dated = find_date(content, url=url, extensive_search=True, original_date=True) or said.get("date")
    names = [name for name in (said.get("author") or "").split("; ") if name]
    return {"title": said.get("title"), "authors": names, "published": dated, "image": said.get("image")}


def marked(scorer: Path, folder: Path, read: list[Row], made: list[Row | None]) -> dict[str, float]:
    """Return the scorer's shares of each field; empty where nothing was read."""
    if not any(made):
        return {}
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as out:
        for row, said in zip(read, made, strict=True):
            out.write(json.dumps({"page": row["page"], **(said or {})}) + "\n")
        out.flush()
        scored = subprocess.run(
            [sys.executable, scorer, folder, out.name], capture_output=True, text=True, check=True
        )
    return {name: field["share"] for name, field in json.loads(scored.stdout)["fields"].items()}


def day(bench: Bench, data: Path) -> None:
    """Count, in the first 30 stories of a day of news, what an editor would not let through."""
    folder = data / "feeds-day-2026-02-18"
    now = datetime(2026, 2, 18, 2, 20, tzinfo=UTC)
    articles: list[Article] = []
    for file in sorted((folder / "feeds").iterdir()):
        found = read(file.read_bytes(), "", "")
        for one in [] if isinstance(found, str) else drafts(found):
            if one.published and now - timedelta(hours=24) < one.published <= now:
                articles.append(article(len(articles), file.stem, one, now))
    groups = sorted(
        stories(articles), key=lambda story: (-len({one.source for one in story.articles}), story.lead.id)
    )
    leads = [story.lead for story in groups[:30]]
    faults = {
        "deks cut": [one.dek for one in leads if re.search(r"(?:…|\.\.\.)[\])]?$", one.dek)],
        "slugs": [one.title for one in leads if SLUG.match(one.title)],
        "addresses as deks": [one.dek for one in leads if re.match(r"https?://\S+$", one.dek)],
        "agencies under other names": [one.byline for one in leads if misnamed(one.byline)],
        "replacement marks": [one.title for one in leads if "\ufffd" in one.title + one.dek],
        "outlets in headlines": [
            one.title for one in leads if labels.told(one.title, (one.outlet,))[0] != one.title
        ],
    }
    bench.note("a day of news: first stories looked at", len(leads), "", at_least=30)
    for what, listed in faults.items():
        bench.note(f"a day of news: {what}", len(listed), "", at_most=0)
        for text in listed:
            print(f"         {text[:100]}")


def misnamed(byline: str) -> bool:
    """Return whether a byline holds "By", or an agency by another name than its own."""
    if re.match(r"by\b", byline, re.IGNORECASE):
        return True
    return any(
        agency(name) and name.lower().startswith(("the ", "reuters staff")) for name in byline.split(", ")
    )


def drafts(document: Document) -> list[Draft]:
    """Return the document's items as collect makes them."""
    source = Source(url="https://feed.example/", outlet=plain(document.title))
    names = labels.names_of(source.outlet, document.title, urls.host(document.link))
    made = [one for item in document.items if (one := draft(item, source, base=document.link))]
    learnt = standing.learnt(made, {})
    bare = [standing.without(one, learnt) for one in made]
    return [replace(one, title=labels.told(one.title, names)[0]) for one in bare]


def article(number: int, source: str, one: Draft, now: datetime) -> Article:
    """Return a draft as the article that collecting would have made of it."""
    return Article(
        id=number, source=source, outlet=source, url=one.url, title=one.title, dek=one.dek, byline=one.byline, body=one.body,
        published=one.published or now, first_seen=one.published or now, language=one.language,
    )  # fmt: skip


class Loopback(BaseHTTPRequestHandler):
    """2,000 feeds; those with a number below *changed* are another one at each round."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    round = 0
    changed = FEEDS

    def do_GET(self) -> None:
        number = int(re.sub(r"\D", "", self.path) or 0)
        body = written(number, self.round if number < self.changed else 0)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        known = self.headers.get("If-None-Match") == etag
        self.send_response(304 if known else 200)
        self.send_header("ETag", etag)
        self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
        self.send_header("Content-Length", "0" if known else str(len(body)))
        self.end_headers()
        if not known:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def written(number: int, version: int) -> bytes:
    """Return feed *number* with 20 items, of which each round brings one anew."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    items = "".join(
        f"<item><title>Council {number} votes on matter {at}</title><link>https://f{number}.example/{at}</link>"
        f"<guid>{number}-{at}</guid><pubDate>{now + timedelta(hours=at - version):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        f"<description>The {at}th matter of council {number} was heard in the evening.</description></item>"
        for at in range(version, version + 20)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Paper {number}</title>'
        f"<link>https://f{number}.example/</link>{items}</channel></rss>"
    ).encode()


def collect(bench: Bench) -> None:
    """Collect 2,000 feeds twice, on one core; the second time 95 % have not changed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Loopback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "digest.toml").write_text("".join(configured(f"127.0.0.1:{server.server_port}")))
        run(place, "init")
        run(place, "collect")
        Loopback.round, Loopback.changed = 1, CHANGED
        clock.sleep(1.1)
        seconds, cpu, peak, said = run(place, "collect")
        new = sum(one["new"] for one in said["sources"])
    server.shutdown()
    bench.note("collect: new articles", new, "", at_least=CHANGED)
    bench.note(f"collect: {FEEDS:,} feeds, 95 % unchanged", seconds, "s", at_most=60)
    bench.note("collect: processor", cpu, "s")
    bench.note("collect: peak memory of a process", peak, "MB", at_most=250)


def configured(place: str) -> Iterator[str]:
    """Give the configuration of 2,000 sources that are due at once."""
    yield '[site]\nname = "Bench"\nurl = "http://127.0.0.1:9"\n[fetch]\ninterval = "1s"\n[relays.main]\ntransport = "folder"\n'
    for number in range(FEEDS):
        yield f'[sources.f{number}]\nurl = "http://{place}/{number}.xml"\nallow_private = ["{place}"]\n'
    yield (
        '[newsletters.daily]\ntitle = "Daily"\nsources = ["f0"]\n[newsletters.daily.schedule]\ntime = "12:00"\n'
        '[newsletters.daily.sender]\naddress = "a@news.example.org"\npostal = "1 Harbour Street"\n'
    )


def run(place: Path, command: str) -> tuple[float, float, float, Row]:
    """Return seconds, processor seconds, peak megabytes and the answer of a command on one core."""
    one = min(os.sched_getaffinity(0))
    args = [sys.executable, "-m", "digest", command, *(["--json"] if command == "collect" else [])]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), clock.perf_counter()
    made = subprocess.run(
        args, cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {one}),
    )  # fmt: skip
    seconds, after = clock.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, after.ru_maxrss / 1024, json.loads(made.stdout) if command == "collect" else {}


def main() -> None:
    """Measure all of it, or what *only* names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--score", type=Path, required=True)
    parser.add_argument("--only", default="cases,feeds,pages,day,collect")
    given = parser.parse_args()
    bench, only = Bench(), given.only.split(",")
    if "cases" in only:
        cases(bench, given.score)
    if "feeds" in only:
        feeds(bench, given.data, given.score)
    if "pages" in only:
        pages(bench, given.data, given.score)
    if "day" in only:
        day(bench, given.data)
    if "collect" in only:
        collect(bench)
    print(json.dumps(bench.found))


if __name__ == "__main__":
    main()
