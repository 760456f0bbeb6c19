"""A folder of files, one article each: for a CMS that exports, a desk that writes by hand, and for trials.

`url` is the folder's path. Read are, subfolders included, hidden files and links left out:

- `*.json`: an item of JSON Feed (`url`, `title`, `summary`, `content_html`, `date_published`, `authors`,
  `image`, `tags`, `language`), or a whole JSON Feed;
- `*.md`: lines `name: value` between two lines `---` (or TOML between two lines `+++`), then Markdown;
  names are those of JSON Feed, and `dek`, `byline`, `section`, `caption`, `credit`, `alt`, `published`;
- `*.html`, `*.htm`: a page, read by its JSON-LD, Open Graph and canonical link.

The newest file (by its date, else by name) is the top of the source. A file that cannot be read is named
and stops no other. An article needs an address: `url`, or a canonical link.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from digest.articles import dates
from digest.articles.apart import apart
from digest.articles.page import item, page
from digest.articles.reading import Document, Mark, Reading
from digest.articles.sources import _jsonfeed
from digest.errors import ParseError, SourceError
from digest.model import Item

if TYPE_CHECKING:  # a worker process imports this file: it needs no settings and no client
    from digest.config.schema import Source
    from digest.fetch import Fetcher

MOST_FILES = 2_000
MOST_BYTES = 5_000_000
_ENDS = {".json", ".md", ".html", ".htm"}
_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_OLDEST = datetime(1, 1, 1, tzinfo=UTC)


async def read(source: Source, _http: Fetcher, mark: Mark, _now: datetime) -> Reading:
    """Return the folder's articles; raise SourceError when there is no such folder."""
    found, problems = await to_thread.run_sync(_files, mark.url.removeprefix("file://"))
    told = "".join(f"{name}\0{hashlib.sha256(content).hexdigest()}\0" for name, content in found)
    sha256 = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()
    seen = Mark(mark.url, body_sha256=sha256)
    if sha256 == mark.body_sha256:
        return Reading(mark=seen, problems=problems)
    document = await apart(documents, found, source.options, source.encoding, where=mark.url)
    document = replace(document, problems=(*problems, *document.problems))
    return Reading(mark=seen, document=document, problems=document.problems)


def documents(found: list[tuple[str, bytes]], options: object = None, encoding: str = "") -> Document:
    """Return all files (name, content) as one document, newest first; broken ones are among its problems."""
    items: list[Item] = []
    problems: list[str] = []
    for name, content in found:
        try:
            items += parse(content, name, "", options, encoding).items
        except ParseError as fault:
            problems.append(f"{name}: {fault.what}")
    items.sort(key=lambda item: item.published or _OLDEST, reverse=True)
    placed = tuple(replace(item, position=place) for place, item in enumerate(items))
    return Document(encoding=encoding or "utf-8", form="folder", items=placed, problems=tuple(problems))


def parse(
    content: bytes, url: str = "", content_type: str = "", options: object = None, encoding: str = ""
) -> Document:
    """Return the articles in one file; *url* is its name, whose ending says what it is."""
    own = dates.zones(options or {})
    end = os.path.splitext(url)[1].lower()
    if not content.strip(b"\x00 \t\r\n"):
        raise ParseError("is empty", where=url)
    if end in {".html", ".htm"}:
        return Document(items=(_of_page(content, url, content_type),))
    try:
        text = content.decode(encoding or "utf-8-sig").replace("\r\n", "\n")
    except (UnicodeDecodeError, LookupError):
        raise ParseError(f"is not in {encoding or 'UTF-8'}", where=url) from None
    if end == ".md":
        return Document(items=(_of_markdown(text, url, own),))
    return _of_json(text, url, own)


def _files(place: str) -> tuple[list[tuple[str, bytes]], tuple[str, ...]]:
    """Return the folder's files (name, content), sorted by name, and what was left out and why."""
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise SourceError(
            "there is no such folder", where=str(folder), do="Make it, or mend the source's url."
        )
    found: list[tuple[str, bytes]] = []
    problems: list[str] = []
    for file in _walk(folder):
        name = file.relative_to(folder).as_posix()
        try:
            if file.stat().st_size > MOST_BYTES:
                problems.append(f"{name}: is larger than {MOST_BYTES:,} bytes")
            elif len(found) >= MOST_FILES:
                problems.append(f"only the first {MOST_FILES} files were read")
                break
            else:
                found.append((name, file.read_bytes()))
        except OSError as problem:
            problems.append(f"{name}: {problem.strerror}")
    return found, tuple(problems)


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(place, name)
            if file.suffix.lower() in _ENDS and not name.startswith(".") and not file.is_symlink():
                yield file


def _of_json(text: str, name: str, own: dict[str, tzinfo]) -> Document:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ParseError(f"is broken JSON: {problem}", where=name) from None
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        return _jsonfeed.parse(data, name, own)
    if not isinstance(data, dict):
        raise ParseError("is JSON, but no article: an object is wanted", where=name)
    return Document(items=(_checked(_of_fields(data, own, ""), name),))


def _of_markdown(text: str, name: str, own: dict[str, tzinfo]) -> Item:
    found = _FRONT.match(text)
    if not found:
        raise ParseError("does not begin with a head between two lines ---", where=name)
    try:
        head: Mapping[str, object] = tomllib.loads(found[2]) if found[1] == "+++" else dict(_pairs(found[2]))
    except tomllib.TOMLDecodeError as problem:
        raise ParseError(f"has a broken head: {problem}", where=name) from None
    return _checked(_of_fields(head, own, _plain_markdown(found[3])), name)


def _of_page(content: bytes, name: str, content_type: str) -> Item:
    return _checked(item(page(content, "", content_type), ""), name)


def _checked(item: Item, name: str) -> Item:
    if not item.url.startswith(("http://", "https://")):
        raise ParseError("names no address (url) of the article", where=name)
    if not (item.title or item.summary):
        raise ParseError("has no title", where=name)
    return item


def _of_fields(head: Mapping[str, object], own: dict[str, tzinfo], body: str) -> Item:
    """Return an Item from named fields, of a JSON Feed item or of a head; our own names come first."""
    fields = {str(name).lower(): _spelled(value) for name, value in head.items()}
    base = _jsonfeed.item(fields, 0, own)

    def said(*names: str) -> str:
        return next((text for name in names if isinstance(text := fields.get(name), str)), "")

    section = said("section", "category")
    media = base.media
    if media:
        first = replace(
            media[0],
            alt=said("alt"),
            caption=said("caption") or media[0].caption,
            credit=said("credit"),
        )
        media = (first, *media[1:])
    return replace(
        base,
        summary=said("dek", "summary", "description"),
        content=base.content or body,
        byline=said("byline", "author") or base.byline,
        published=dates.moment(said("published", "date"), own) or base.published,
        modified=dates.moment(said("modified", "updated"), own) or base.modified,
        categories=(section,) if section else base.categories,
        tags=base.categories if section else (),
        media=media,
    )


def _spelled(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _pairs(head: str) -> Iterator[tuple[str, str | list[str]]]:
    """Give the `name: value` lines of a head; `[a, b]` and lines `- a` below a name are lists."""
    name = ""
    listed: list[str] = []
    for row in head.split("\n"):
        if row.strip().startswith("- ") and name:
            listed.append(_unquoted(row.strip()[2:]))
            yield name, list(listed)
            continue
        before, colon, value = row.partition(":")
        if not colon or row.lstrip().startswith("#"):
            continue
        name, listed, value = before.strip(), [], value.strip()
        if value.startswith("[") and value.endswith("]"):
            yield name, [_unquoted(part) for part in value[1:-1].split(",") if part.strip()]
        elif value:
            yield name, _unquoted(value)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _plain_markdown(text: str) -> str:
    """Return Markdown as paragraphs of markup: marks and link targets gone; it is only ever read as text."""
    text = re.sub(r"!\[[^\]]{0,500}\]\([^)]{0,2000}\)", "", text)
    text = re.sub(r"\[([^\]]{0,500})\]\([^)]{0,2000}\)", r"\1", text)
    text = re.sub(r"(?m)^\s{0,3}(?:#{1,6}|>|[-*+]|\d+\.)\s+", "", text)
    text = re.sub(r"(\*\*|__|\*|`)(?=\S)(.{1,500}?)(?<=\S)\1", r"\2", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{part.strip()}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())
