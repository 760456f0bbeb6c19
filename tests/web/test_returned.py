"""What came back, at the desk: beside its reader, one mail as text, the edition's counts, and lifting with care."""

from pathlib import Path

import pytest

from digest.flows.feedback.reports import take
from digest.model.feedback import Verdict
from digest.store.accounts import audit
from digest.store.engine import Database
from tests.flow import returned
from tests.flow.newsroom import add_readers
from tests.web.site import Site

HOSTILE = b"Subject: <script>alert(1)</script>\r\n\r\n\x1b[2J\xe2\x80\xaeend\xff <b>&amp;"


@pytest.fixture
def site(sqlite: Database, tmp_path: Path) -> Site:
    made = Site(sqlite, tmp_path)
    made.user("ada", "admin")
    made.user("eve", "editor")
    made.user("vic", "viewer")
    return made


def came_back(site: Site) -> int:
    """Reader 1 bounced, reader 2 complained, reader 3's provider refused us; return their edition."""
    add_readers(site.app.db, 3)
    edition = returned.add_sent(site.app.db, 1, 2, 3, at=site.app.now())
    reports = (
        returned.bounce(Verdict.DEAD, returned.returned(site.app, returned.number(site.app.db, 1))),
        returned.complaint(returned.returned(site.app, returned.number(site.app.db, 2))),
        returned.bounce(Verdict.OURS, returned.returned(site.app, returned.number(site.app.db, 3))),
    )
    for number, report in enumerate(reports):
        take(site.app, report, HOSTILE + str(number).encode(), source="lmtp")
    return edition


def test_the_mail_stands_beside_its_reader_as_text(site: Site) -> None:
    came_back(site)
    eve = site.signed_in("eve")
    reader = eve.get("/reader?reader=1").text
    assert "the address is dead" in reader
    assert "the address bounced: no such user here" in reader
    assert "/readers?" not in reader, "only an admin may lift"
    shown = eve.get("/reader/mail/1")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown.text
    assert not {"\x1b", "\u202e"} & set(shown.text)
    assert eve.get("/reader/mail/99").status_code == 404
    assert "this mail is unauthenticated" in eve.get("/reader?reader=3").text


def test_a_viewer_sees_no_mail_that_came_back(site: Site) -> None:
    came_back(site)
    assert site.signed_in("vic").get("/reader/mail/1").status_code in (403, 404)


def test_who_complained_is_written_to_again_only_after_a_warning(site: Site) -> None:
    came_back(site)
    ada = site.signed_in("ada")
    assert "Write again" in ada.get("/reader?reader=2").text
    asked = ada.post("/readers/lift", {"address": "r2@example.net", "why": "she called"})
    assert asked.status_code == 409
    assert "called a mail spam on" in asked.text
    assert 'name="asked"' in asked.text
    assert 'value="she called"' in asked.text
    done = ada.post("/readers/lift", {"address": "r2@example.net", "why": "she called", "asked": "yes"})
    assert done.status_code == 200
    with site.app.db.read() as connection:
        (entry, *_) = audit.page(connection, act="lift suppression")
    assert "she called" in entry.what


def test_the_report_of_an_edition_counts_what_came_back_by_provider(site: Site) -> None:
    edition = came_back(site)
    assert edition
    vic = site.signed_in("vic")
    shown = vic.get("/desk/daily/2026-03-04/report").text
    assert "What came back later" in shown
    assert "mail.example" in shown
    assert "complaints" in shown
