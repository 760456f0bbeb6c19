"""Lists of feeds as OPML 1 and 2 (opml.org/spec2.opml): read from other programs' exports, and written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from digest.articles import urls
from digest.articles.sources import _repaired
from digest.articles.text import line, plain
from digest.errors import ParseError

MOST_BYTES = 20_000_000
MOST_FEEDS = 5_000
_DEEPEST = 20
_URL = ("xmlurl", "xmluri", "feedurl", "rssurl")
_TITLE = ("title", "text", "description")


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed of the list: its address, its name ("" where none), its site, the folder that it lies in, the inmost."""

    url: str
    title: str = ""
    site: str = ""
    folder: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Outlines:
    """The feeds of a list, each once, and in words what was left out."""

    feeds: tuple[Outline, ...]
    problems: tuple[str, ...] = ()


def read(content: bytes, name: str = "") -> Outlines:
    """Return the feeds that the OPML in *content* lists, however nested or damaged; raise ParseError if it is none."""
    if not content.strip(b"\x00 \t\r\n"):
        raise ParseError("is empty", where=name)
    root = _root(_repaired.unpacked(content, name))
    if root is None or (
        _name(root) != "opml" and not any(_name(node) == "outline" for node in root.iter(etree.Element))
    ):
        raise ParseError(
            "is no OPML", where=name, do="Export the list of feeds as OPML from the other program."
        )
    found: dict[str, Outline] = {}
    problems: list[str] = []
    twice = 0
    for node in root.iter(etree.Element):
        if _name(node) != "outline" or not (said := _said(node)):
            continue
        spelled = next((said[key] for key in _URL if said.get(key, "").strip()), "")
        if not spelled:
            continue
        title = next((text for key in _TITLE if (text := plain(said.get(key, "")[:500]))), "")
        place = _address(spelled)
        if not place:
            problems.append(f"{title or 'an outline'}: {spelled[:80]!r} is no web address")
        elif place in found:
            twice += 1
        else:
            site = urls.absolute(said.get("htmlurl", "").strip())
            folder = _folder(node) or _category(said.get("category", ""))
            found[place] = Outline(
                place, title if title != spelled else "", site, folder, said.get("language", "")[:8]
            )
    if twice:
        problems.append(f"{twice} of its feeds are listed twice")
    if len(found) > MOST_FEEDS:
        problems.append(f"only the first {MOST_FEEDS} feeds were taken, {len(found) - MOST_FEEDS} left out")
    return Outlines(tuple(found.values())[:MOST_FEEDS], tuple(problems))


def written(feeds: Iterable[Outline], title: str) -> bytes:
    """Return *feeds* as an OPML 2 document in UTF-8, those of one folder together."""
    folders: dict[str, list[Outline]] = {}
    for one in feeds:
        folders.setdefault(one.folder, []).append(one)
    rows = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>"]
    rows += [f"    <title>{_text(title)}</title>", "  </head>", "  <body>"]
    for folder, listed in folders.items():
        indent = "    "
        if folder:
            rows.append(f"    <outline text={_quoted(folder)} title={_quoted(folder)}>")
            indent = "      "
        rows += [f"{indent}{_row(one)}" for one in listed]
        if folder:
            rows.append("    </outline>")
    return "\n".join([*rows, "  </body>", "</opml>", ""]).encode()


def _row(one: Outline) -> str:
    title = one.title or one.url
    said = {
        "type": "rss",
        "text": title,
        "title": title,
        "xmlUrl": one.url,
        "htmlUrl": one.site,
        "language": one.language,
    }
    return f"<outline {' '.join(f'{name}={_quoted(value)}' for name, value in said.items() if value)}/>"


def _quoted(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    return line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _root(content: bytes) -> Any:
    """Return the root of the document; entities are not followed, and bytes of a wrong encoding are mended."""
    mended = _repaired.repaired(content, "")
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        return etree.fromstring(mended.content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def _said(node: Any) -> dict[str, str]:
    """Return the attributes of *node* by their names in small letters, which programs spell in every way."""
    return {str(name).rpartition("}")[2].lower(): str(value) for name, value in node.attrib.items()}


def _folder(node: Any) -> str:
    """Return the name of the inmost outline around *node* that is a folder, "" at the top."""
    at = node.getparent()
    for _ in range(_DEEPEST):
        if at is None or _name(at) != "outline":
            return ""
        said = _said(at)
        title = next((text for key in _TITLE if (text := plain(said.get(key, "")[:200]))), "")
        if title and not any(said.get(key) for key in _URL):
            return title
        at = at.getparent()
    return ""


def _category(text: str) -> str:
    """Return the last part of the first category ("/news/politics,/europe", OPML 2), "" for none."""
    return plain(text.partition(",")[0].rstrip("/").rpartition("/")[2][:200])


def _address(text: str) -> str:
    spelled = re.sub(r"^feed:(?://)?(?=https?:)", "", text.strip(), flags=re.IGNORECASE)
    spelled = re.sub(r"^feed://", "https://", spelled, flags=re.IGNORECASE)
    return urls.absolute(urls.spelled_out(spelled))
