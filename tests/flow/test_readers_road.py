"""A reader's whole road: in by a confirmed mail, only the chosen sections, every link alive, out by one click."""

import email
import email.policy
import re
import smtplib
from email.message import EmailMessage
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from starlette.testclient import TestClient

from digest.demo.catcher import catching
from digest.demo.run import leaving
from digest.flows.edition import approve, build
from digest.flows.readers import lists, readers
from digest.flows.sending import outbox, send
from digest.web.application import application
from tests.flow.day import NEWSLETTER, Day

SECTIONS = [
    {"name": "city", "title": "City", "categories": ["city"]},
    {"name": "sport", "title": "Sport", "categories": ["sport"]},
]
SITE = "http://127.0.0.1:8000"


@pytest.fixture
def day(tmp_path: Path) -> Day:
    made = Day(
        tmp_path,
        "2026-03-04T05:00",
        look={"pictures": "none"},
        archive="public",
        sections=SECTIONS,
        top=1,
        brief=0,
    )
    made.write(1, "Council votes for the wall", "2026-03-04T04:00")
    made.write(2, "Trams run again", "2026-03-04T03:00", tags=["city"])
    made.write(3, "Cup won at last", "2026-03-04T02:00", tags=["sport"])
    made.collect()
    return made


@pytest.fixture
def web(day: Day) -> TestClient:
    return TestClient(application(day.app), base_url=SITE, client=("192.0.2.1", 50000))


def mail_all(day: Day) -> list[EmailMessage]:
    """Build, approve and send the day's edition; return the mails that arrived."""
    built = build.build(day.app, NEWSLETTER)
    assert built.saved is not None
    assert approve.approve(day.app, NEWSLETTER, None, by="dana").approved
    anyio.run(send.send, day.app, built.saved.id)
    return [mail for mail in arrived(day) if mail["List-Id"]]


def arrived(day: Day) -> list[EmailMessage]:
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in day.mails()]


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def ours(text: str) -> list[str]:
    """The paths of our own links in *text*."""
    return [url.removeprefix(SITE) for url in re.findall(rf"{SITE}/[^\s<>\"]+", text)]


def reader(day: Day, address: str) -> lists.Reader:
    return next(one for one in lists.subscriptions(day.app) if one.address == address)


def test_from_the_form_to_the_inbox(day: Day, web: TestClient) -> None:
    page = web.get(f"/subscribe/{NEWSLETTER}")
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    day.clock.at = day.clock.at.replace(minute=1)  # nobody fills a form in no time
    asked = web.post(f"/subscribe/{NEWSLETTER}", data={**fields, "email": "ann@example.net"})
    assert asked.status_code == 200
    assert reader(day, "ann@example.net").state == "pending"
    anyio.run(outbox.deliver, day.app)
    (confirmation,) = arrived(day)
    assert confirmation["Auto-Submitted"] == "auto-generated"
    link = next(path for path in ours(body(confirmation)) if path.startswith("/c/"))
    assert web.get(link).status_code == 200
    assert reader(day, "ann@example.net").state == "pending", "a GET changes nothing"
    confirmed = web.post(link)
    assert confirmed.status_code == 200
    assert reader(day, "ann@example.net").state == "active"
    assert [mail["To"] for mail in mail_all(day)] == ["ann@example.net"]


def test_each_reader_gets_the_chosen_sections_and_no_other(day: Day) -> None:
    readers.add(day.app, NEWSLETTER, "all@example.net", source="test")
    readers.add(day.app, NEWSLETTER, "sport@example.net", source="test", sections="sport")
    texts = {mail["To"]: body(mail) for mail in mail_all(day)}
    assert "Trams run again" in texts["all@example.net"]
    assert "Trams run again" not in texts["sport@example.net"]
    for text in texts.values():
        assert "Council votes" in text, "top stories always go"
        assert "Cup won" in text


def test_every_link_of_the_mail_answers_and_changes_nothing(day: Day, web: TestClient) -> None:
    readers.add(day.app, NEWSLETTER, "ann@example.net", source="test")
    (mail,) = mail_all(day)
    html = mail.get_body(("html",))
    assert html is not None
    links = {
        *ours(body(mail)),
        *ours(html.get_content()),
        *ours(mail["List-Unsubscribe"]),
        *ours(mail["List-Archive"]),
    }
    before = lists.subscriptions(day.app)
    assert len(links) >= 5
    for link in links:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = web.request(method, link)
            assert answer.status_code in (200, 204, 405), (method, link)
        assert web.get(link).status_code == 200, link
    assert lists.subscriptions(day.app) == before


def test_one_click_ends_it_at_once_and_the_next_edition_stays_away(day: Day, web: TestClient) -> None:
    readers.add(day.app, NEWSLETTER, "ann@example.net", source="test")
    (mail,) = mail_all(day)
    (link,) = ours(mail["List-Unsubscribe"])
    answer = web.post(link, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
    assert answer.status_code == 200
    assert reader(day, "ann@example.net").state == "ended"
    assert web.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200, "twice is once"
    day.clock.set("2026-03-05T05:00")
    day.write(9, "Mayor resigns", "2026-03-05T04:00")
    day.collect()
    assert len(mail_all(day)) == 1


def test_a_mail_to_the_list_unsubscribe_mailbox_ends_it_too(day: Day) -> None:
    readers.add(day.app, NEWSLETTER, "ann@example.net", source="test")
    (mail,) = mail_all(day)
    mailbox = re.search(r"<mailto:([^>?]+)", mail["List-Unsubscribe"])
    assert mailbox
    note = f"From: somebody@else.example\r\nTo: {mailbox[1].upper()}\r\n\r\n".encode()
    assert lists.leave_by_mail(day.app, note) == 1
    assert reader(day, "ann@example.net").state == "ended"


def test_the_demos_catcher_takes_such_a_mail_from_the_wire(day: Day, tmp_path: Path) -> None:
    readers.add(day.app, NEWSLETTER, "ann@example.net", source="test")
    (mail,) = mail_all(day)
    mailbox = re.search(r"<mailto:([^>?]+)", mail["List-Unsubscribe"])
    assert mailbox

    def written(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as line:
            line.sendmail(
                "somebody@else.example", [mailbox[1].upper(), "bob@else.example"], "Subject: no\r\n\r\n"
            )

    async def caught() -> None:
        async with catching(tmp_path / "caught", listener=leaving(day.app)) as catcher:
            await anyio.to_thread.run_sync(written, catcher.port)

    anyio.run(caught)
    assert reader(day, "ann@example.net").state == "ended"


def test_preferences_are_kept_by_post_and_shape_the_next_mail(day: Day, web: TestClient) -> None:
    readers.add(day.app, NEWSLETTER, "ann@example.net", source="test")
    (mail,) = mail_all(day)
    link = next(path for path in ours(body(mail)) if path.startswith("/m/"))
    page = web.get(link).text
    assert "City" in page
    saved = web.post(link, data={"act": "save", "section": ["city"], "name": "Ann"})
    assert saved.status_code == 200
    assert reader(day, "ann@example.net").sections == "city"
