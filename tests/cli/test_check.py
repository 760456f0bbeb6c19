"""`digest check`, `collect` and `report` as a newcomer reads them: what is missing is named, with what to do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner, Result

from digest.articles.public_feeds import FEEDS
from digest.cli import cli
from digest.config.schema import Newsletter, Ranking, Relay, Schedule, Sender, Source
from digest.configuration import load
from digest.errors import ConfigError
from digest.flows.collect.illustrate import Illustrated
from digest.flows.newsroom.checks import newsletters
from digest.ops.doctor.spf import PUBLIC, _lets

HEAD = """
[site]
url = "http://127.0.0.1:8000"
[relays.main]
transport = "folder"
[sources.own]
url = "http://127.0.0.1:{port}/own.xml"
allow_private = ["127.0.0.1:{port}"]
[sources.gone]
url = "http://127.0.0.1:{port}/gone.xml"
allow_private = ["127.0.0.1:{port}"]
"""
LETTER = """
[newsletters.daily]
title = "Päivä"
language = "nl"
sources = ["own", "gone"]
schedule = {{ time = "06:30", zone = "Europe/Helsinki" }}
sender = {{ address = "news@example.org" }}
"""
asked: list[str] = []


class Feeds(BaseHTTPRequestHandler):
    """A site with one feed."""

    def do_GET(self) -> None:
        asked.append(self.path)
        at = (datetime.now(UTC) - timedelta(days=40)).strftime("%a, %d %b %Y %H:%M:%S +0000")
        body = (
            "<rss version='2.0'><channel><title>T</title><item><title>Kaupunki päätti</title>"
            f"<link>http://127.0.0.1/1</link><pubDate>{at}</pubDate></item></channel></rss>"
        ).encode()
        self.send_response(200 if self.path == "/own.xml" else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration with two feeds on this machine, made the current folder's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Feeds) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.chdir(tmp_path)
        (tmp_path / "digest.toml").write_text(
            (HEAD + LETTER).format(port=server.server_port), encoding="utf-8"
        )
        assert run("init").exit_code == 0
        asked.clear()
        yield tmp_path
        server.shutdown()


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def test_check_reads_each_source_once_and_names_what_is_missing(house: Path) -> None:
    result = run("check", "--json")
    found = json.loads(result.stdout)
    said = {(one["what"], one["words"]) for one in found}
    assert sorted(asked) == ["/gone.xml", "/own.xml"]
    assert result.exit_code == 1, "a source that is away"
    assert [one["words"] for one in found if one["what"] == "source gone"] == [
        "there is nothing at this address (404)"
    ]
    (own,) = (one for one in found if one["what"] == "source own")
    assert own["note"]
    assert "older than any newsletter looks back to" in own["words"]
    notes = " ".join(words for what, words in said if what == "newsletter daily")
    for lacking in (
        "postal address",
        "set why",
        "no witnesses",
        "nobody hears",
    ):
        assert lacking in notes
    assert run("collect", "--json").exit_code == 0
    text = run("check").output
    assert "note newsletter daily: has no witnesses" in text
    assert "FAIL source gone" in text


def test_offline_asks_nobody(house: Path) -> None:
    result = run("check", "--offline")
    assert result.exit_code == 0, result.output
    assert asked == []


def test_a_language_without_words_is_an_error_and_a_file_of_ones_own_ends_it(house: Path) -> None:
    file = house / "digest.toml"
    text = file.read_text().replace('language = "nl"', 'language = "fi-FI"')
    file.write_text(text.replace("[site]", '[site]\ntemplates = "templates"', 1))
    result = run("check", "--offline", "--json")
    assert result.exit_code == 1
    (missing,) = (one for one in json.loads(result.stdout) if not one["ok"])
    assert missing["what"] == "newsletter daily"
    assert "add words/fi.toml" in missing["words"]
    assert "`digest look export DIR words/en.toml`" in missing["words"]
    own = house / "templates" / "words" / "fi.toml"
    own.parent.mkdir(parents=True)
    own.write_text('unsubscribe = "Peru tilaus"\n')
    result = run("check", "--offline")
    assert result.exit_code == 0, result.output
    assert (
        "note newsletter daily: readers' pages and mails are in English: they have no 'fi-FI'"
        in result.output
    )
    own.write_text("unsubscribe = ")
    result = run("check", "--offline")
    assert result.exit_code == 1
    assert "words/fi.toml: this is no TOML" in result.output


def test_strict_tells_a_failed_source_by_the_exit_code(house: Path) -> None:
    assert run("collect", "--force").exit_code == 0
    assert run("collect", "--force", "--strict").exit_code == 1
    assert run("collect", "--force", "--strict", "--json").exit_code == 1
    assert run("collect", "--force", "--strict", "own").exit_code == 0


def test_what_fails_on_a_day_with_one_story_is_found(house: Path) -> None:
    file = house / "digest.toml"
    file.write_text(file.read_text() + 'subject = "{{ others[0].title }}"\n')
    result = run("check", "--offline")
    assert result.exit_code == 1
    assert "fails on a day with a single story: newsletters.daily.subject, line 1" in result.output


@pytest.mark.parametrize(
    ("old", "new", "key", "line", "what"),
    [
        ('"Päivä"', '"Päivä"\nsubject = "{{ leed.title }}"', "newsletters.daily.subject", 1, "'leed' is undefined"),
        ('"Päivä"', '"Päivä"\nsubject = "{{ lead.title "', "newsletters.daily.subject", 1, "unexpected"),
        ('"Päivä"', '"Päivä"\npreheader = """Yes,\n{% if %}"""', "newsletters.daily.preheader", 2, "Expected"),
        ('"Päivä"', '"Päivä"\nsubject = "{{ lead.titel }}"', "newsletters.daily.subject", 1, "titel"),
        ('"Päivä"', '"Päivä"\nwindow = "0h"', "newsletters.daily.window", 1, "longer than nothing"),
        ('"Päivä"', '"Päivä"\nwindow = "99999999d"', "newsletters.daily.window", 1, "ten years"),
        ('"Päivä"', '"Päivä"\nwindow = "9d"', "newsletters.daily", 0, "longest_window"),
        ('url = "http://127.0.0.1:1/own', 'url = "htp://127.0.0.1:1/own', "sources.own.url", 0, "http://"),
        ('url = "http://127.0.0.1:1/own', 'url = "example.org/own', "sources.own.url", 0, "http://"),
        ('url = "http://127.0.0.1:1/own', 'kind = "folder"\nurl = "ftp://x/own', "sources.own.url", 1, "folder"),
    ],
)  # fmt: skip
def test_a_broken_setting_is_said_with_its_line_before_anything_starts(
    old: str, new: str, key: str, line: int, what: str, tmp_path: Path
) -> None:
    text = (HEAD + LETTER).format(port=1)
    file = tmp_path / "digest.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    begins = text[: text.index(old)].count("\n") + 1
    with pytest.raises(ConfigError) as caught:
        load(file)
    (fault,) = caught.value.faults
    assert (fault.key, what in fault.what) == (key, True), fault
    if key != "newsletters.daily":
        assert fault.line == begins + line


def test_pictures_that_could_not_be_had_are_told_a_line_a_host() -> None:
    blocked = [(f"https://img.example.org/{number}.jpg", "the server answers 403") for number in range(30)]
    other = [("https://img.example.org/x.svg", "is no JPEG"), ("https://user:pw@cdn.example/1", "is damaged")]
    lines = Illustrated(0, (*blocked, *other)).hosts
    assert lines == [
        "picture https://user:pw@cdn.example/1: is damaged",
        "31 pictures of img.example.org: 30 times: the server answers 403; is no JPEG "
        "(such as https://img.example.org/0.jpg)",
    ]


@pytest.mark.parametrize(
    ("host", "helo", "term"),
    [
        ("127.0.0.1", "", PUBLIC),
        ("::1", "mail.example.org", "a:mail.example.org"),
        ("localhost", "", PUBLIC),
        ("mailhost", "", PUBLIC),
        ("10.1.2.3", "", PUBLIC),
        ("9.9.9.9", "", "ip4:9.9.9.9"),
        ("2620:fe::fe", "", "ip6:2620:fe::fe"),
        ("email-smtp.eu-west-1.amazonaws.com", "", "include:amazonses.com"),
        ("smtp.example.org", "", "a:smtp.example.org"),
    ],
)
def test_no_spf_record_is_advised_that_lets_nobody_send(host: str, helo: str, term: str) -> None:
    assert _lets(Relay(host=host, helo=helo)) == term


def test_report_says_when_the_next_send_is_in_the_newsletters_zone(house: Path) -> None:
    result = run("report", "daily")
    schedule = Schedule.model_validate({"time": "06:30", "zone": "Europe/Helsinki"})
    now = datetime.now(schedule.tz)
    day = now.date() + timedelta(days=now.time() >= schedule.time)
    assert f"Next send: {day} 06:30 (Europe/Helsinki)." in str(result.exception)


def test_weights_that_mean_nothing_any_more_and_a_house_that_hears_nobody_are_told_what_to_do() -> None:
    newsletter = Newsletter(
        title="Daily",
        sources=("own",),
        schedule=Schedule(time=time(6, 30)),
        sender=Sender(address="news@example.org"),
        ranking=Ranking(weights={"coverage": 0.1, "echo": 0.6}),
    ).named("daily")
    said = " | ".join([*newsletters._weights(newsletter), newsletters._deaf(newsletter)])
    assert "names coverage, which was given up: echo counts" in said
    assert "ranking.weights.echo is 0.6" in said
    assert "digest memory import" in said
    assert '[sources.guardian] url = "https://' in said
    assert "public feeds" not in newsletters._deaf(newsletter.model_copy(update={"language": "fi"}))


def test_the_proposed_feeds_are_addresses_under_names_that_a_configuration_takes() -> None:
    feeds = [feed for language in FEEDS.values() for feed in language]
    assert len({feed.name for feed in feeds}) == len(feeds) == len({feed.url for feed in feeds})
    for feed in feeds:
        assert Source(url=feed.url).url == feed.url
        assert feed.name.replace("-", "").isalnum()
