"""The page of our reputation, and the same figures for a monitor."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from digest.flows.feedback.reports import receive
from digest.store.engine import Database
from digest.store.schema import deliveries, editions
from digest.web import metrics
from digest.web.desk import charts, reputation
from digest.web.desk.cache import Remembered
from tests.delivery.test_auth_reports import TLS, mail
from tests.flow.newsroom import add_edition
from tests.flow.test_auth_reports import report
from tests.web.site import Site

AT = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)


@pytest.fixture
def site(sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(reputation, "RATES", Remembered())
    monkeypatch.setattr(metrics, "RATES", Remembered())
    made = Site(sqlite, tmp_path, web={"metrics_token": "a token of ours"})
    made.user("ada", "admin")
    made.user("vic", "viewer")
    return made


def add_mails(database: Database) -> None:
    """An edition of yesterday: of 1,000 mails to each of three providers some came back."""
    edition = add_edition(database, day=AT.date())
    states = {"google": {}, "yahoo": {"complained": 4}, 'odd".example': {"bounced": 30}}
    rows, number = list[dict[str, object]](), 0
    for provider, bad in states.items():
        for state, count in {**bad, "sent": 1000 - sum(bad.values())}.items():
            for _ in range(count):
                number += 1
                rows.append(
                    {
                        "edition_id": edition, "subscriber_id": number, "revision": 1, "state": state,
                        "provider": provider, "due": AT, "deadline": AT + timedelta(hours=6), "at": AT,
                    }
                )  # fmt: skip
    with database.write() as connection:
        connection.execute(update(editions).where(editions.c.id == edition).values(started_at=AT))
        connection.execute(insert(deliveries), rows)


def test_the_page_shows_each_provider_with_its_lines_and_who_sends_in_our_name(site: Site) -> None:
    browser = site.signed_in("vic")
    empty = browser.get("/reputation")
    assert "No edition went out" in empty.text
    assert "No DMARC report came" in empty.text
    add_mails(site.app.db)
    reputation.RATES = Remembered()
    receive(site.app, report(), source="file")
    receive(site.app, mail(gzip.compress(json.dumps(TLS).encode()), "application/tlsrpt+gzip"), source="file")
    shown = browser.get("/reputation").text
    assert "Complaints in 7 days: yahoo over the line" in shown
    assert "Dead addresses in 30 days: odd&#34;.example over the line" in shown
    assert "0.40 %" in shown
    assert "3.00 %" in shown
    assert "192.0.2.1" in shown
    assert "certificate-expired" in shown


def test_a_monitor_gets_the_figures_for_its_token_and_nobody_else_does(site: Site) -> None:
    add_mails(site.app.db)
    web = site.browser()
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
        assert web.get("/metrics", headers=headers).status_code == 404
    answer = web.get("/metrics", headers={"Authorization": "Bearer a token of ours"})
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    assert 'digest_provider_mails{provider="yahoo",window="7d"} 1000' in lines
    assert 'digest_provider_complaints{provider="yahoo",window="7d"} 4' in lines
    assert 'digest_provider_dead{provider="odd\\".example",window="7d"} 30' in lines


def test_without_a_token_there_is_no_such_page(sqlite: Database, tmp_path: Path) -> None:
    web = Site(sqlite, tmp_path).browser()
    assert web.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_a_bar_says_by_its_colour_how_many_lines_it_crossed() -> None:
    rows = [
        ("a", 0.0005, (0.001, 0.003)),
        ("b", 0.002, (0.001, 0.003)),
        ("c", 0.9, (0.001, 0.003)),
        ("d", 0.9, ()),
    ]
    svg = charts.against(rows, 0.004, "Said", "of mails").svg
    assert [svg.count(f"bar-{kind}") for kind in ("sent", "wait", "bad")] == [2, 1, 1]
    assert svg.count('class="limit"') == 6
    assert 'width="140.0"' in svg  # no bar is longer than its place
