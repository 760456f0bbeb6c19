"""The readers' list for admins: found by the beginning of an address, added, suppressed, handed out; quick at a million."""

import csv
import io
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from digest.store.accounts import audit
from digest.store.engine import Database
from subscribers.api import suppress
from subscribers.schema import subscribers, subscriptions
from subscribers.store.consents import consent_history
from tests.web.site import Site

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    made = Site(database, tmp_path)
    made.user("ada", "admin")
    return made


def fill(site: Site, addresses: list[str], newsletter: str = "daily", start: int = 1) -> None:
    people = [
        {
            "id": number,
            "address": address,
            "address_key": address.lower(),
            "domain": address.split("@")[1],
            "created_at": AT,
        }
        for number, address in enumerate(addresses, start)
    ]
    wishes = [
        {
            "newsletter": newsletter,
            "subscriber_id": one["id"],
            "state": "active",
            "confirmed_at": AT,
            "changed_at": AT,
        }
        for one in people
    ]
    with site.app.db.write() as connection:
        connection.execute(insert(subscribers), people)
        connection.execute(insert(subscriptions), wishes)


def shown(page: str) -> list[str]:
    return re.findall(r'<a href="/reader\?reader=\d+">([^<]+)</a>', page)


def walk(site: Site, path: str) -> list[str]:
    """Return every address from *path* on to the last page."""
    ada, found = site.signed_in("ada"), []
    while path:
        page = ada.get(path).text
        found += shown(page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = further[1].replace("&amp;", "&") if further else ""
    return found


def test_every_reader_is_on_one_page_and_on_one_only(site: Site) -> None:
    addresses = [f"r{number}@example.net" for number in range(130)]
    fill(site, addresses)
    assert walk(site, "/readers") == addresses
    assert walk(site, "/readers?newsletter=daily") == addresses
    assert walk(site, "/readers?newsletter=weekly") == []


def test_readers_are_found_by_how_their_address_begins(site: Site) -> None:
    fill(
        site,
        [
            "Zoe@example.net",
            "zo@example.net",
            "z_o@example.net",
            "zörg@example.net",
            "ann@zo.example",
            *(f"zo{n:03}@example.net" for n in range(60)),
        ],
    )
    found = walk(site, "/readers?search=ZO")
    assert found == sorted(
        ["Zoe@example.net", "zo@example.net", *(f"zo{n:03}@example.net" for n in range(60))], key=str.lower
    )
    assert walk(site, "/readers?search=z_") == ["z_o@example.net"]
    assert walk(site, "/readers?search=z%C3%B6") == ["zörg@example.net"]
    assert walk(site, "/readers?search=%25") == []


def test_one_reader_is_added_with_where_they_agreed_and_the_audit_holds_no_address(site: Site) -> None:
    ada = site.signed_in("ada")
    fields = {"newsletter": "daily", "address": "new@example.net", "name": "New", "source": "in person"}
    assert "from now on" in ada.post("/readers/add", fields).text
    assert shown(ada.get("/readers").text) == ["new@example.net"]
    assert "already" in ada.post("/readers/add", fields).text
    assert ada.post("/readers/add", {**fields, "source": " "}).status_code == 400
    bad = ada.post("/readers/add", {**fields, "address": "no address"})
    assert (bad.status_code, 'value="no address"' in bad.text) == (400, True)
    with site.app.db.read() as connection:
        entries = [one for one in audit.page(connection) if one.act == "add reader"]
    assert len(entries) == 2
    assert all("new@example.net" not in one.what and "reader 1" in one.what for one in entries)


def test_a_suppressed_reader_is_shown_as_one_and_cannot_be_added_back(site: Site) -> None:
    fill(site, ["gone@example.net"])
    ada = site.signed_in("ada")
    assert "nothing from us any more" in ada.post("/readers/suppress", {"address": "gone@example.net"}).text
    assert "suppressed" in ada.get("/readers").text
    fields = {"newsletter": "daily", "address": "gone@example.net", "name": "", "source": "in person"}
    assert ada.post("/readers/add", fields).status_code == 409
    assert ada.post("/readers/suppress", {"address": "nobody@example.net"}).status_code == 200
    assert ada.post("/readers/suppress", {"address": "no address"}).status_code == 400


def test_the_list_is_handed_out_as_csv_and_the_audit_says_to_whom(site: Site) -> None:
    fill(site, ["=cmd@example.net", "b@example.net"])
    fill(site, ["c@example.net"], "weekly", 10)
    ada = site.signed_in("ada")
    answer = ada.post("/readers/export", {"newsletter": "daily"})
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["email"] for row in rows] == ["'=cmd@example.net", "b@example.net"]
    assert len(list(csv.DictReader(io.StringIO(ada.post("/readers/export", {"newsletter": ""}).text)))) == 3
    with site.app.db.read() as connection:
        assert [one.what for one in audit.page(connection, act="export readers")] == [
            "every newsletter, 3 rows",
            "daily, 2 rows",
        ]


@pytest.mark.timed
@pytest.mark.slow
def test_a_page_answers_within_200_ms_at_a_million_subscribers(site: Site) -> None:
    many = 1_000_000 if site.app.db.is_sqlite else 200_000  # PostgreSQL's plans show with fewer, sooner
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) "
        if site.app.db.is_sqlite
        else f"WITH n(i) AS (SELECT generate_series(1, {many})) "
    )
    address = "'r' || (i * 1009 % 1000003) || '@example.net'"
    false = "0" if site.app.db.is_sqlite else "false"
    people = f"id, address, address_key, domain, created_at, suppressed) {numbers}SELECT i, {address}, {address}, 'example.net', '2026-01-01', {false} FROM n"
    wishes = f"newsletter, subscriber_id, state, changed_at) {numbers}SELECT 'daily', i, 'active', '2026-01-01' FROM n"
    with site.app.db.write() as connection:
        connection.execute(text(f"INSERT INTO subscribers ({people}"))
        connection.execute(text(f"INSERT INTO subscriptions ({wishes}"))
    with site.app.db.write() as connection:
        connection.execute(text("ANALYZE"))
    ada = site.signed_in("ada")
    ada.get("/readers")
    for query in (
        "",
        f"after={many * 9 // 10}",
        "search=r99",
        "search=r123456",
        "search=nobody",
        f"newsletter=daily&after={many // 2}",
        "newsletter=daily&search=r5",
    ):
        best = 9.0
        for _ in range(3):  # the machine has other things to do, too: the page may be quick once in three
            began = time.perf_counter()
            assert ada.get(f"/readers?{query}").status_code == 200
            best = min(best, time.perf_counter() - began)
        print(f"{query or 'all'}: {best * 1000:.0f} ms")
        assert best < 0.2, f"{query}: {best * 1000:.0f} ms"


def test_a_suppression_is_lifted_with_a_reason_beside_the_words_that_caused_it(site: Site) -> None:
    fill(site, ["ann@example.net", "bob@example.net"])
    with site.app.db.write() as connection:
        words = "550 5.1.1 <ann@example.net>: no such user"
        suppress(connection, reason="bounce", at=AT, subscriber_id=1, words=words)
    ada = site.signed_in("ada")
    page = ada.get("/readers").text
    assert "the address bounced: 550 5.1.1 &lt;ann@example.net&gt;: no such user (1 Jan 2026)" in page
    assert 'value="ann@example.net" required' in ada.get("/readers?search=ann@").text
    assert ada.post("/readers/lift", {"address": "ann@example.net", "why": " "}).status_code == 400
    lifted = ada.post("/readers/lift", {"address": "ann@example.net", "why": "Her mailbox is back"})
    assert lifted.status_code == 200
    assert "may be written to again" in lifted.text
    again = ada.post("/readers/lift", {"address": "ann@example.net", "why": "twice"})
    assert (again.status_code, "is not suppressed" in again.text) == (409, True)
    with site.app.db.read() as connection:
        assert connection.execute(select(subscribers.c.suppressed)).scalars().all() == [False, False]
        (entry, *_) = audit.page(connection, act="lift suppression")
        assert consent_history(connection, 1)[-1].source == "ada: Her mailbox is back"
    assert entry.user == "ada"
    assert entry.what == (
        "reader 1; reason: Her mailbox is back; "
        "suppressed 2026-01-01, the address bounced: 550 5.1.1 <the reader>: no such user"
    )


def test_only_an_admin_lifts_a_suppression(site: Site) -> None:
    site.user("eve", "editor")
    fill(site, ["ann@example.net"])
    with site.app.db.write() as connection:
        suppress(connection, reason="manual", at=AT, subscriber_id=1)
    eve = site.signed_in("eve")
    assert eve.post("/readers/lift", {"address": "ann@example.net", "why": "please"}).status_code in (
        403,
        404,
    )
    with site.app.db.read() as connection:
        assert connection.execute(select(subscribers.c.suppressed)).scalars().all() == [True]
