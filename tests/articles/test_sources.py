"""Every source type keeps the contract: broken and empty documents give a clear fault or nothing, never a crash."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest

import digest.articles.sources
from digest import plugins
from digest.articles.reading import Mark, Reading
from digest.articles.sources import feed, folder
from digest.config.schema import Source
from digest.contracts import sources as contract
from digest.errors import ParseError, SourceError

KINDS = plugins.names(digest.articles.sources)
NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


def test_feed_and_folder_are_there() -> None:
    assert {"feed", "folder"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_type_keeps_the_contract(kind: str) -> None:
    module = plugins.load(digest.articles.sources, kind)
    assert callable(module.parse)
    assert list(contract.broken(kind, module)) == []


def test_a_body_that_is_a_path_or_an_address_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("builtins.open", lambda *args, **_: opened.append(args) or io.BytesIO())
    for body in (b"/etc/passwd", b"http://127.0.0.1:9/rss"):
        with pytest.raises(ParseError):
            feed.parse(body, "https://example.org/")
    assert opened == []


# ------------------------------------------------------------------------------------------- JSON Feed


def test_a_json_feed_is_read() -> None:
    data = {
        "version": "https://jsonfeed.org/version/1.1", "title": "Wire", "home_page_url": "https://w.example/", "language": "en",
        "items": [{
            "id": 7, "url": "https://w.example/7", "title": "Fire at the docks", "content_text": "a < b & c", "summary": "A fire.",
            "date_published": "2026-03-04T05:00:00+02:00", "date_modified": "2026-03-04T06:00:00+02:00",
            "authors": [{"name": "Ann"}, {"name": "Ben"}], "tags": ["Local"], "image": "https://w.example/7.jpg",
        }],
    }  # fmt: skip
    found = feed.parse(json.dumps(data).encode(), "https://w.example/feed", "application/feed+json")
    (item,) = found.items
    assert (found.title, found.language, item.guid, item.byline) == ("Wire", "en", "7", "Ann, Ben")
    assert (item.content, item.categories, item.media[0].url) == (
        "a &lt; b &amp; c",
        ("Local",),
        "https://w.example/7.jpg",
    )
    assert (item.published, item.modified) == (
        datetime(2026, 3, 4, 3, tzinfo=UTC),
        datetime(2026, 3, 4, 4, tzinfo=UTC),
    )


# ------------------------------------------------------------------------------------------- Media RSS

MEDIA = b"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>t</title>
<item><title>One</title><link>https://h.example/1</link><description>The dek of one.</description>
 <media:group><media:content url="https://h.example/small.jpg" medium="image" width="300"/>
 <media:content url="https://h.example/large.jpg" type="image/jpeg" width="1200" height="800"><media:description>Ann speaks.</media:description>
 <media:credit>Evelyn H/Pool via AP</media:credit><media:title>Ann</media:title></media:content></media:group>
 <media:content url="https://h.example/film.mp4" type="video/mp4"/></item>
<item><title>Two</title><link>https://h.example/2</link><description>The dek of two.</description>
 <media:content url="https://h.example/two.jpg" medium="image"/><media:credit>C. D.</media:credit><media:description>Caption two.</media:description></item>
<item><title>Three</title><link>https://h.example/3</link><enclosure url="https://h.example/three.png" type="image/png" length="1"/></item>
</channel></rss>"""


def test_pictures_keep_their_own_caption_and_credit() -> None:
    one, two, three = feed.parse(MEDIA, "https://h.example/rss").items
    large = next(media for media in one.media if media.width == 1200)
    assert (large.url, large.caption, large.credit, large.alt) == (
        "https://h.example/large.jpg",
        "Ann speaks.",
        "Evelyn H/Pool via AP",
        "Ann",
    )
    assert all("mp4" not in media.url for media in one.media)
    assert (two.media[0].caption, two.media[0].credit) == ("Caption two.", "C. D.")
    assert three.media[0].url == "https://h.example/three.png"


# ------------------------------------------------------------------------------------------- folder

GOOD = {
    "a.json": '{"url": "https://h.example/a", "title": "From JSON", "summary": "A dek.", "date_published": "2026-03-04T01:00:00Z", "image": "https://h.example/a.jpg", "credit": "Ann"}',
    "sub/b.md": "---\ntitle: \"From: Markdown\"\nurl: https://h.example/b\npublished: 2026-03-04T03:00:00Z\nbyline: by Ann Field\nsection: City\ntags: [bridge, harbour]\n---\n# Head\n\nThe **body** with [a link](https://x.example) & more.\n",
    "c.html": '<html lang="en"><head><link rel="canonical" href="https://h.example/c"><meta property="og:title" content="From HTML"><meta property="article:published_time" content="2026-03-04T02:00:00Z"></head></html>',
    "d.md": '+++\ntitle = "From TOML"\nurl = "https://h.example/d"\ndate = 2026-03-04T00:30:00Z\n+++\nText.',
}  # fmt: skip
BAD = {
    "broken.json": "{",
    "headless.md": "just text",
    "nowhere.html": "<h1>No address</h1>",
    "empty.json": "",
    ".hidden.json": "{",
    "notes.txt": "no",
}


def reading(place: Path, mark: Mark | None = None) -> Reading:
    source = Source(kind="folder", url=str(place))
    return anyio.run(folder.read, source, None, mark or Mark(str(place)), NOW)


def test_a_folder_is_read_newest_first_and_broken_files_are_named(tmp_path: Path) -> None:
    for name, text in (GOOD | BAD).items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    found = reading(tmp_path)
    assert found.document is not None
    items = found.document.items
    assert [item.title for item in items] == ["From: Markdown", "From HTML", "From JSON", "From TOML"]
    assert [item.position for item in items] == [0, 1, 2, 3]
    assert (items[0].byline, items[0].categories, items[0].tags) == (
        "by Ann Field",
        ("City",),
        ("bridge", "harbour"),
    )
    assert "The body with a link &amp; more." in items[0].content
    assert items[2].media[0].credit == "Ann"
    assert sorted(problem.split(":")[0] for problem in found.problems) == [
        "broken.json",
        "empty.json",
        "headless.md",
        "nowhere.html",
    ]


def test_an_unchanged_folder_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(GOOD["a.json"])
    first = reading(tmp_path)
    assert reading(tmp_path, first.mark).document is None
    (tmp_path / "a.json").write_text(GOOD["a.json"].replace("JSON", "File"))
    assert reading(tmp_path, first.mark).document is not None


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        reading(tmp_path / "nowhere")
