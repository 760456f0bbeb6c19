"""Domains and addresses of the configuration go over the wire in ASCII, and what is none is refused at once."""

from pathlib import Path

import pytest

from digest.config.domains import ascii_address, ascii_domain, ascii_host, ascii_web
from digest.configuration import load
from digest.errors import ConfigError
from digest.model import Audience, Notice
from digest.store.engine import Database
from tests.flow.day import NEWSLETTER, Day

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.mark.parametrize(
    ("written", "wire"),
    [
        ("zeitung-köln.example", "xn--zeitung-kln-zfb.example"),
        ("xn--zeitung-kln-zfb.example", "xn--zeitung-kln-zfb.example"),  # encoded already, and only once
        ("News.Example.ORG", "news.example.org"),
        ("חדשות.example", "xn--7dbee7eg.example"),
        ("bücher.straße.example", "xn--bcher-kva.xn--strae-oqa.example"),
        ("localhost", "localhost"),
    ],
)
def test_a_domain_is_written_in_a_labels(written: str, wire: str) -> None:
    assert ascii_domain(written) == wire
    assert ascii_address(f"Morning@{written}") == f"Morning@{wire}"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "example..org",
        ".example.org",
        "example.org.",
        "-news.example",
        "a b.org",
        "x" * 64,
        "new\u2028s.org",
    ],
)
def test_what_is_no_domain_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        ascii_address(f"news@{wrong}")


@pytest.mark.parametrize(
    ("written", "wire"),
    [
        ("https://zeitung-köln.example/", "https://xn--zeitung-kln-zfb.example"),
        ("HTTP://example.org:8080/päper?q=a b".replace(" ", "%20"), "http://example.org:8080/p%C3%A4per?q=a%20b"),
        ("http://my_host:8000", "http://my_host:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://hooks.example/T0/B1?x=1", "https://hooks.example/T0/B1?x=1"),
    ],
)  # fmt: skip
def test_a_web_address_is_written_in_ascii(written: str, wire: str) -> None:
    assert ascii_web(written) == wire


@pytest.mark.parametrize(
    "wrong",
    [
        "htp://x.org",
        "x.org",
        "http://",
        "http:///x",
        "http://a b",
        "http://x:port",
        "http://-x/",
        "http://[::1/",
    ],
)
def test_what_is_no_web_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"must|is no"):
        ascii_web(wrong)


@pytest.mark.parametrize("wrong", ["smtp.example.org:587", "smtp://example.org", "", "a b"])
def test_a_host_is_a_name_or_an_address_alone(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        ascii_host(wrong)
    assert ascii_host("::1") == ascii_host("[::1]") == "::1"


def test_each_address_of_the_configuration_is_checked_with_its_line(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "morning@news.example.org", "morning@news..example.org"
    )
    text = text.replace('"bounce.news.example.org"', '"bounce news"').replace(
        "smtp.example.org", "smtp.example.org:25"
    )
    file = tmp_path / "digest.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [fault.key.rsplit(".", 1)[1] for fault in caught.value.faults] == ["address", "bounces", "host"]
    assert all(fault.line for fault in caught.value.faults)


def test_a_single_mail_of_an_idn_domain_is_made(tmp_path: Path) -> None:
    sender = {"address": "news@zeitung-köln.example", "postal": "1 Harbour Street"}
    day = Day(tmp_path, "2026-03-04T08:00", sender=sender)
    with day.db.write() as connection:
        notice = Notice(
            kind="alarm",
            key="k",
            newsletter=NEWSLETTER,
            audience=Audience.READER,
            subject="S",
            text="T",
            to=("dana@example.org",),
        )
        assert day.app.notify(connection, notice)
    assert day.told() == [("alarm", "dana@example.org", "S")]


def test_two_long_keys_that_differ_at_their_ends_are_two_mails(database: Database) -> None:
    from datetime import UTC, datetime

    from digest.store import outbox, webhooks

    at, long = datetime(2026, 3, 4, tzinfo=UTC), "missed " + "a-very-long-newsletter-name " * 5
    with database.write() as connection:
        for who in ("ann@example.org", "bob@example.org", "bob@example.org"):
            outbox.enqueue(
                connection,
                outbox.Queued(
                    kind="alarm",
                    key=long + who,
                    recipient=who,
                    sender="x@example.org",
                    content=b"",
                    due=at,
                    deadline=at,
                ),
            )
            webhooks.enqueue(connection, long + who, {}, due=at, deadline=at)
        assert set(outbox.states(connection, [long + "ann@example.org", long + "bob@example.org"])) == {
            long + "ann@example.org", long + "bob@example.org",
        }  # fmt: skip
        assert outbox.counts(connection) == {"queued": 2}
