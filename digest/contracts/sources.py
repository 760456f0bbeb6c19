"""The contract of a source type: broken and empty documents give a clear fault or nothing, never a crash."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import anyio

from digest.articles.reading import Document, Mark, Reading
from digest.config.schema import Source
from digest.contracts import Broken, attempt, said, shown
from digest.errors import DigestError, ParseError
from digest.extensions import Plugin
from digest.fetch import Answer

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
URL = "https://source.invalid/x"  # a name that leads nowhere (RFC 6761)
SECONDS = 30.0

BROKEN: Mapping[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\t",
    "nul": bytes(2000),
    "html": b"<!doctype html><p>Hello",
    "noise": bytes(range(256)) * 20,
    "cut rss": b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>Cut of",
    "cut json": b'{"items": [{"id": "1", "url": "https://a',
    "json list": b"[1, 2, 3]",
    "json null items": b'{"items": null}',
    "json odd items": b'{"version": "x", "items": [1, null, {"id": {}, "url": 5, "title": ["x"], "authors": "me", '
    b'"image": 3, "attachments": [2]}]}',
    "deep json": b'{"a":' * 50_000,
    "utf-16": "<rss version='2.0'><channel><item><title>x</title></item></channel></rss>".encode("utf-16"),
    "bom": b"\xef\xbb\xbf<rss version='2.0'><channel></channel></rss>",
    "path": b"/etc/passwd",
    "address": b"http://127.0.0.1:9/rss",
    "many cdata": b"<rss version='2.0'><channel><item><title>"
    + b"<![CDATA[" * 5000
    + b"</title></item></channel></rss>",
    "unclosed comments": b"<rss version='2.0'><channel><item><title>"
    + b"<!--" * 5000
    + b"</title></item></channel></rss>",
    "front matter": b"---\nurl: https://a.example/1\n---\n",
    "front only": b"---\n",
}


def broken(name: str, source: Plugin) -> Iterator[Broken]:
    """Yield what the source type *source*, whose name is *name*, does not keep; nothing is asked of the network."""
    if not source.__doc__:
        yield Broken("must begin with a docstring that says what it reads")
    if not inspect.iscoroutinefunction(source.read):
        yield Broken("read must be `async def read(source, http, mark, now)`")
        return
    if len(inspect.signature(source.read).parameters) != 4:
        yield Broken("read must have four parameters: source, http, mark, now")
        return
    if (parse := getattr(source, "parse", None)) is not None:
        yield from _parses(parse)
    yield from anyio.run(_reads, name, source)


def _parses(parse: Callable[[bytes, str], object]) -> Iterator[Broken]:
    """Yield what is wrong with `parse(content, url)`: a source may have it, to be run in a process apart."""
    if inspect.iscoroutinefunction(parse):
        yield Broken("parse must be a plain function: it runs in a process of its own")
        return
    for which, content in BROKEN.items():
        for end in (".xml", ".json", ".md", ".html"):
            yield from _parsed(parse, content, URL + end, f"from parse of the document {which!r} as {end}")


def _parsed(parse: Callable[[bytes, str], object], content: bytes, url: str, of: str) -> Iterator[Broken]:
    document, faults = attempt(of, _or_none, parse, content, url)
    yield from faults or _document(document, of)


def _or_none(parse: Callable[[bytes, str], object], content: bytes, url: str) -> object:
    try:
        return parse(content, url)
    except ParseError as fault:
        return Document() if fault.what else fault


def _document(document: object, of: str) -> Iterator[Broken]:
    if not isinstance(document, Document):
        yield Broken(f"must give a Document, or a ParseError in words {of} (it gives {shown(document)})")
        return
    items: Iterable[object] = document.items
    for item in items:
        if not (
            isinstance(getattr(item, "url", None), str) and isinstance(getattr(item, "title", None), str)
        ):
            yield Broken(f"must give items whose url and title are text {of} (it gives {shown(item)})")
            return


async def _reads(name: str, source: Plugin) -> list[Broken]:
    """Return what is wrong with `read`, answered with each broken document in turn."""
    found: list[Broken] = []
    asked = Source.model_construct(kind=name, url=URL)
    for which, content in BROKEN.items():
        of = f"from read, answered with the document {which!r}"
        try:
            with anyio.fail_after(SECONDS):
                reading = await source.read(asked, _Answers(content), Mark(URL), NOW)
        except DigestError as fault:
            if not fault.what:
                found.append(Broken(f"raises a {type(fault).__name__} without words {of}"))
        except TimeoutError:
            found.append(Broken(f"took longer than {SECONDS:g} s {of}"))
        except Exception as fault:  # whatever a stranger's file can raise
            found.append(Broken(f"raises {said(fault)} {of}"))
        else:
            if not isinstance(reading, Reading):
                found.append(Broken(f"must give a Reading {of} (it gives {shown(reading)})"))
            elif reading.document is not None:
                found += _document(reading.document, of)
    return found


class _Answers:
    """Stands for the network: whatever is asked for, the answer is 200 and one document."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def get(self, url: str, **_: object) -> Answer:
        return Answer(200, url, {"content-type": "application/octet-stream"}, self._body)

    post = get
