"""DMARC and TLS reports come by the same door as other mail: kept once, and only about our own domains."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.auth_reports import is_ours
from digest.delivery.consequences import Effect
from digest.flows.clock.tidy import tidy
from digest.flows.feedback.reports import receive
from digest.store import auth_reports
from digest.store.engine import Database
from tests.delivery.test_auth_reports import ROW, XML, mail
from tests.flow.newsroom import app_for, config

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)


def report(domain: str = "example.org", number: str = "r-1") -> bytes:
    rows = "".join(ROW.format(n=n) for n in (1, 2)).replace("News.Example.org", domain)
    text = XML.format(attributes="", rows=rows).replace("news.example.org", domain).replace("r-1", number)
    return mail(gzip.compress(text.replace("<spf>fail", "<spf>fail", 1).encode()))


def test_a_report_is_kept_once_and_summed_by_who_sent(database: Database) -> None:
    app = app_for(database, now=lambda: NOW)
    first = receive(app, report(), to="dmarc@example.org", source="lmtp")
    assert first.effect is Effect.SUMMARY
    assert first.understood
    assert first.why == "dmarc report of Receiver about example.org"
    assert receive(app, report(), source="imap").why.endswith("it was taken before")
    receive(app, report(number="r-2"), source="imap")
    with database.read() as connection:
        found = auth_reports.sources(connection, NOW - timedelta(days=30))
        later = auth_reports.sources(connection, NOW + timedelta(days=1))
    assert [
        (one.source, one.mails, one.passed, one.failed, one.spf, one.dkim, one.reporters) for one in found
    ] == [
        ("192.0.2.2", 4, 4, 0, 0, 4, 1),
        ("192.0.2.1", 2, 2, 0, 0, 2, 1),
    ]
    assert later == []


def test_a_report_about_strangers_is_none_of_ours(sqlite: Database) -> None:
    app = app_for(sqlite, now=lambda: NOW)
    assert receive(app, report("example.com"), source="lmtp").effect is not Effect.SUMMARY
    assert is_ours(config(), "bounces.example.org")
    assert is_ours(config(), "example.org")  # above ours, as an organisation's report may be
    assert not is_ours(config(), "org")
    assert not is_ours(config(), "notexample.org")


@pytest.mark.parametrize(
    ("domain", "ours"),
    [
        ("paper.example", True),
        ("www.paper.example", True),
        ("bounces.other.example", True),
        ("mx.bounces.other.example", True),
        ("other.example", True),
        ("www.other.example", False),
        ("notpaper.example", False),
        ("paper.example.com", False),
        ("example", False),
        ("", False),
    ],
)
def test_a_domain_is_ours_where_we_send_from_it_or_near_it(domain: str, ours: bool) -> None:
    sender = {"address": "news@paper.example", "bounces": "bounces.other.example"}
    assert is_ours(config(sender=sender), domain) is ours


def test_a_flood_of_reports_is_not_kept(sqlite: Database) -> None:
    app = app_for(sqlite, now=lambda: NOW)
    receive(app, report(), source="lmtp")
    most, auth_reports.A_DAY = auth_reports.A_DAY, 1
    try:
        said = receive(app, report(number="r-3"), source="lmtp")
    finally:
        auth_reports.A_DAY = most
    assert said.why == "more reports came today than are kept"
    with sqlite.read() as connection:
        assert auth_reports.sources(connection, NOW - timedelta(days=30))[0].mails == 2


def test_reports_go_after_half_a_year(sqlite: Database) -> None:
    receive(app_for(sqlite, now=lambda: NOW), report(), source="lmtp")
    tidy(app_for(sqlite, now=lambda: NOW + timedelta(days=200)))
    with sqlite.read() as connection:
        assert auth_reports.sources(connection, NOW - timedelta(days=300)) == []
