"""`digest sources`: an outlet's feeds, sitemaps and pages are found and tried; lists come in and go out; health is shown."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from digest.articles import opml
from digest.cli import cli
from digest.config.written import Proposal
from digest.errors import ConfigError, ParseError, UsageError
from digest.flows.collect.listed import add as added
from tests.cli.test_cli import CONFIG
from tests.loopback import Site, rss, site

ITEMS = tuple(
    (f"The council's vote number {one}", f"https://herald.example/news/vote-{one}-of-the-council")
    for one in range(4)
)
FRONT = '<main><article><a href="/news/{0}-of-a-long-day-{0}"><h2>Story {0} of a long day</h2></a></article></main>'


@pytest.fixture(scope="module")
def outlet() -> Iterator[Site]:
    """An outlet's site: a front page that names a feed in two forms, one of comments, one broken; a news sitemap."""
    with site() as made:
        links = (
            '<link rel="alternate" type="application/rss+xml" title="All" href="/rss.xml">'
            '<link rel="alternate" type="application/atom+xml" href="/twin.xml">'
            '<link rel="alternate" type="application/rss+xml" href="/comments/feed">'
            '<link rel="alternate" type="application/rss+xml" href="/broken.xml">'
            '<link rel="alternate" hreflang="de" href="/de/">'
        )
        menu = '<nav><a href="/politics">Politics</a><a href="/login">Log in</a></nav>'
        front = "".join(FRONT.format(one) for one in range(5))
        made.put(
            "/",
            f'<html lang="en-GB"><head><title>Herald – all the news of today</title>{links}</head><body>{menu}{front}',
        )
        made.put("/politics", f"<html><body>{front}")
        made.put("/rss.xml", rss(*ITEMS, date="Wed, 04 Mar 2026 03:30:00 GMT"))
        made.put("/twin.xml", rss(*ITEMS, date="Wed, 04 Mar 2026 03:30:00 GMT"))
        made.put("/broken.xml", "<p>Not a feed")
        made.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {made.url}/map.xml\n")
        one = "<url><loc>https://herald.example/news/10001</loc><n:news><n:publication_date>2026-03-04</n:publication_date>"
        made.put(
            "/map.xml",
            f'<urlset xmlns:n="n">{one}<n:title>The council has voted</n:title></n:news></url></urlset>',
        )
        made.put("/login", "<title>Log in</title><form><input type=password></form>")
        made.put("/empty", "")
        yield made


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "articles").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.toml").write_text(CONFIG.format(articles=tmp_path / "articles"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/keys").write_text("k" * 40)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["sources", *words])


def add(outlet: Site, path: str, *words: str) -> Result:
    return run("add", f"{outlet.url}{path}", "--allow-private", f"127.0.0.1:{outlet.port}", *words)


def test_what_an_outlet_offers_is_found_tried_and_proposed(outlet: Site, house: Path) -> None:
    made = add(outlet, "/", "--json")
    assert made.exit_code == 0, made.output
    found = json.loads(made.stdout)
    assert [(one["proposal"]["kind"], one["proposal"]["url"].removeprefix(outlet.url), one["items"], one["advised"]) for one in found["found"]["found"]] == [
        ("feed", "/rss.xml", 4, True),
        ("sitemap", "/map.xml", 1, False),
        ("page", "/", 5, True),
    ]  # fmt: skip
    assert [one["proposal"]["url"].removeprefix(outlet.url) for one in found["found"]["failed"]] == [
        "/broken.xml"
    ]
    assert [one["outlet"] for one in found["proposed"]] == ["Herald", "Herald"]
    assert not found["written"]
    assert "comments" not in made.stdout


def test_the_lines_are_toml_that_loads_and_are_added_with_write_alone(outlet: Site, house: Path) -> None:
    before = (house / "digest.toml").read_bytes()
    shown = add(outlet, "/")
    assert (house / "digest.toml").read_bytes() == before
    assert "[sources." in shown.stdout
    lines = shown.stdout[shown.stdout.index("[sources.") :]
    assert {one["kind"] for one in tomllib.loads(lines)["sources"].values()} == {"feed", "page"}
    (house / "digest.toml").write_text("# ours, by hand\n" + before.decode().rstrip("\n"))
    assert add(outlet, "/", "--write").exit_code == 0
    text = (house / "digest.toml").read_text()
    assert text.startswith("# ours, by hand\n")
    assert set(tomllib.loads(text)["sources"]) > {"own"}
    again = add(outlet, "/", "--write", "--json")
    assert json.loads(again.stdout)["proposed"] == []
    assert (house / "digest.toml").read_text() == text


def test_a_feed_or_a_sitemap_itself_is_taken_as_it_is(outlet: Site, house: Path) -> None:
    for path, kind in (("/rss.xml", "feed"), ("/map.xml", "sitemap")):
        found = json.loads(add(outlet, path, "--json").stdout)
        assert [one["kind"] for one in found["proposed"]] == [kind]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "not a site"], 2, "no web address"),
        (["add", "ftp://a.example/"], 2, "no web address"),
        (["add", "http://[::1"], 2, "no web address"),
        (["add", ""], 2, "no web address"),
        (["add", "http://127.0.0.1:9/"], 1, "say --allow-private HOST:PORT"),
        (["import", "nowhere.opml"], 2, "cannot be read"),
        (["import", "."], 2, "cannot be read"),
        (["import", "digest.toml"], 2, "no OPML"),
    ],
)
def test_typed_wrongly_it_says_what_is_wrong(words: list[str], code: int, said: str, house: Path) -> None:
    made = run(*words)
    fault = made.exception
    assert isinstance(fault, UsageError) if code == 2 else made.exit_code == 1
    assert said in (str(fault) + made.output)


@pytest.mark.parametrize(("path", "said"), [("/nothing", "404"), ("/empty", "empty")])
def test_a_site_that_gives_nothing_says_why(path: str, said: str, outlet: Site, house: Path) -> None:
    made = add(outlet, path)
    assert made.exit_code == 1
    assert said in str(made.exception) + made.output


def test_a_site_behind_a_log_in_says_so(house: Path) -> None:
    with site() as closed:
        closed.put("*", "<title>Log in</title><form><input type=password></form>")
        made = add(closed, "/")
    assert made.exit_code == 1
    assert "log in" in str(made.exception)


def test_lists_come_in_with_their_folders_and_go_out_the_same(house: Path) -> None:
    (house / "list.opml").write_text(
        '<opml version="1.0"><body><outline text="Politics" type="rss"><outline text="Inner &amp; more">'
        '<outline title="The Herald" xmlUrl="https://herald.example/rss?a=1&amp;b=2" htmlUrl="https://herald.example"/>'
        '<outline xmlURL="feed://wire.example/feed"/></outline></outline>'
        '<outline text="Twice" type="rss" xmlUrl="https://herald.example/rss?a=1&amp;b=2"/>'
        '<outline text="Bad" type="rss" xmlUrl="javascript:alert(1)"/><outline type="rss" text="Plain"/>'
        '<outline title="חדשות" category="/News/Local,/x" xmlUrl="https://he.example/rss"/></body></opml>',
        encoding="utf-8",
    )
    found = json.loads(run("import", "list.opml", "--json").stdout)["list"]
    assert [(one["name"], one["url"], one["section"]) for one in found["proposals"]] == [
        ("the-herald", "https://herald.example/rss?a=1&b=2", "Inner & more"),
        ("wire", "https://wire.example/feed", "Inner & more"),
        ("he", "https://he.example/rss", "Local"),
    ]
    assert len(found["problems"]) == 2
    assert run("import", "list.opml", "--write").exit_code == 0
    assert set(tomllib.loads((house / "digest.toml").read_text())["sources"]) == {
        "own",
        "the-herald",
        "wire",
        "he",
    }
    assert run("export", "--out", "out.opml").exit_code == 0
    again = opml.read((house / "out.opml").read_bytes())
    assert [(one.url, one.folder) for one in again.feeds] == [
        ("https://herald.example/rss?a=1&b=2", "Inner & more"),
        ("https://wire.example/feed", "Inner & more"),
        ("https://he.example/rss", "Local"),
    ]
    assert json.loads(run("import", "out.opml", "--json").stdout)["list"]["proposals"] == []


def test_what_would_not_load_is_not_written(house: Path) -> None:
    before = (house / "digest.toml").read_bytes()
    with pytest.raises(ConfigError, match="nothing was added"):
        added(house / "digest.toml", [Proposal(name="bad", url="no address")])
    with pytest.raises(ConfigError):
        added(house / "digest.toml", [Proposal(name="own", url="https://a.example/rss")])
    assert (house / "digest.toml").read_bytes() == before
    assert [one.name for one in house.iterdir() if one.name.endswith(".new")] == []


def test_damaged_lists_are_read_as_far_as_they_go() -> None:
    bomb = b'<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    inner = b'<outline text="A &b; &f;" xmlUrl="https://a.example/rss"/>'
    found = opml.read(bomb + b"<opml><body>" + inner + b"</body></opml>")
    assert [one.url for one in found.feeds] == ["https://a.example/rss"]
    assert "root:" not in found.feeds[0].title
    latin = '<?xml version="1.0" encoding="utf-8"?><opml><body><outline text="Le Quotidien privé" xmlUrl="https://q.example/rss"/>'
    assert opml.read(latin.encode("latin-1")).feeds[0].url == "https://q.example/rss"
    bare = opml.read(
        b'<opml><body><outline title="A" xmlUrl="https://a.example/?x=1&y=2"/>,<outline xmlUrl="b.example/rss"/>'
    )
    assert [one.url for one in bare.feeds] == ["https://a.example/?x=1&y=2", "https://b.example/rss"]
    deep = b"<opml><body>" + b'<outline text="x">' * 200 + inner
    assert opml.read(deep).feeds[0].url == "https://a.example/rss"
    many = "".join(
        f'<outline text="Feed {one}" xmlUrl="https://a.example/{one}/{"x" * 900}"/>' for one in range(5_100)
    )
    large = opml.read(f"<opml><body>{many}</body></opml>".encode())
    assert (len(large.feeds), len(large.problems)) == (5_000, 1)
    for wrong in (b"", b"<html><p>Hello", b"{}", b"\x00\xff" * 100):
        with pytest.raises(ParseError):
            opml.read(wrong)
