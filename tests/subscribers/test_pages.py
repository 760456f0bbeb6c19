"""The pages over HTTP: in by a confirmed mail, out by one click, and nothing by looking."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.testclient import TestClient

from subscribers.api import suppress
from subscribers.links import Links
from subscribers.pages import NewsletterInfo, signup_form
from subscribers.rules import Allowance, Limits
from subscribers.schema import metadata
from subscribers.store import consents, people
from subscribers.store.erasure import erase_person
from tests.subscribers.conftest import KEY, NEWSLETTERS, Site

BASE = "https://news.paper.example"


def heading(page: Any) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    return found[1] if found else ""


def link(text: str, kind: str) -> str:
    found = re.search(rf"{BASE}(/{kind}/\S+)", text)
    assert found, text
    return found[1]


def rows(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    with site.database.read() as connection:
        return {
            each.name: [tuple(row) for row in connection.execute(select(each))]
            for each in metadata.sorted_tables
            if each.name not in ("limits",)
        }


def path(url: str) -> str:
    return url.removeprefix(BASE)


def state(site: Site, reader: int, newsletter: str = "daily") -> str:
    with site.database.read() as connection:
        found = people.find_subscription(connection, reader, newsletter)
    return str(found.state) if found else "none"


# ---------------------------------------------------------------------------- in


def sign_up(site: Site, client: TestClient, **fields: str) -> Any:
    page = client.get("/subscribe/daily")
    opened = re.search(r'name="opened" value="([^"]+)"', page.text)
    assert opened
    site.later(seconds=5)
    return client.post(
        "/subscribe/daily", data={"email": "ada@reader.example", "opened": opened[1], "name": "", **fields}
    )


def test_a_reader_signs_up_confirms_and_is_welcomed(site: Site) -> None:
    client = site.client
    assert heading(sign_up(site, client, name="Ada")) == "Check your inbox"
    (mail,) = site.mails
    assert (mail["to"], mail["kind"], mail["newsletter"]) == ("ada@reader.example", "confirm", "daily")
    confirm = link(mail["text"], "c")
    assert confirm in mail["html"]
    assert "<button" in client.get(confirm).text
    assert state(site, 1) == "pending"
    assert heading(client.post(confirm)) == "You are subscribed"
    assert heading(client.post(confirm)) == "You are subscribed"  # pressed twice
    assert state(site, 1) == "active"
    assert [mail["kind"] for mail in site.mails] == ["confirm", "welcome"]
    assert f"{BASE}/daily/today" in site.mails[1]["text"]
    with site.database.read() as connection:
        history = consents.consent_history(connection, 1)
    assert [(each.act, each.text) for each in history] == [
        (
            "ask",
            "We will send a message to this address. Press the button in it to confirm, and you are subscribed.",
        ),
        ("confirm", "Yes, send me The Daily Paper"),
    ]


def test_the_answer_is_the_same_for_known_unknown_and_dead_addresses(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    site.reader("known@reader.example")
    for reason in ("bounce", "complaint", "manual"):
        reader = site.reader(f"{reason}@reader.example")
        with site.database.write() as connection:
            suppress(connection, reason=reason, at=site.now, subscriber_id=reader)
    answers = {
        sign_up(site, site.client, email=f"{name}@reader.example").text.replace(name, "")
        for name in ("known", "unknown", "bounce", "complaint", "manual")
    }
    (answer,) = answers
    assert "Write to editors@paper.example" in answer  # to all alike, so it tells nobody who is suppressed
    assert [(mail["kind"], mail["to"]) for mail in site.mails] == [
        ("already", "known@reader.example"),
        ("confirm", "unknown@reader.example"),
        ("confirm", "bounce@reader.example"),
    ]


def test_the_mail_holds_no_word_that_the_visitor_typed(site_on_sqlite: Site) -> None:
    sign_up(site_on_sqlite, site_on_sqlite.client, name="BUY PILLS spam.example")
    (mail,) = site_on_sqlite.mails
    assert "PILLS" not in repr(mail)


def test_an_advertisement_is_no_name_when_signing_up_or_later(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    page = sign_up(site, site.client, name="Win at http://spam.example")
    assert page.status_code == 400
    assert 'id="name-problem"' in page.text
    assert 'value="ada@reader.example"' in page.text  # nothing is to be typed again
    assert site.mails == []
    reader = site.reader(name="Ada")
    for name in ("https://spam.example", "x@spam.example", "A" * 81):
        page = save(site, reader, name=name, section=["city"])
        assert page.status_code == 400
        assert f'value="{name}"' in page.text
    assert people_name(site, reader) == "Ada"


def people_name(site: Site, reader: int) -> str:
    with site.database.read() as connection:
        found = people.subscriber_by_id(connection, reader)
    return found.name if found else ""


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(domain=Allowance("domain", 1, timedelta(hours=1))), "closed for the moment"),
        (Limits(pending=Allowance("pending", 1, timedelta(days=1))), "closed for today"),
    ],
)
def test_where_a_limit_shuts_the_form_the_page_says_so_and_the_newsroom_is_told(
    site_on_sqlite: Site, limits: Limits, said: str
) -> None:
    site = site_on_sqlite
    site.limits = limits
    assert heading(sign_up(site, site.client)) == "Check your inbox"
    page = sign_up(site, site.client, email="bob@reader.example")
    assert page.status_code == 429
    assert said in heading(page)
    assert "editors@paper.example" in page.text
    assert [(each["newsletter"], each["domain"]) for each in site.told] == [("daily", "reader.example")]
    assert len(site.mails) == 1


def test_who_leaves_and_signs_up_again_at_once_gets_a_mail_and_only_the_new_link_counts(
    site_on_sqlite: Site,
) -> None:
    site = site_on_sqlite
    sign_up(site, site.client)
    old = link(site.mails[0]["text"], "c")
    site.client.post(old)
    site.later(seconds=5)
    site.client.post(path(site.links.unsubscribe(1, "daily")))
    for page in (site.client.get(old), site.client.post(old)):
        assert (page.status_code, heading(page)) == (410, "This link does not count any more")
        assert "unsubscribed since" in page.text
    site.later(seconds=5)
    assert heading(sign_up(site, site.client)) == "Check your inbox"
    assert [mail["kind"] for mail in site.mails] == ["confirm", "welcome", "confirm"]
    assert site.client.post(old).status_code == 410
    assert state(site, 1) == "pending"
    assert heading(site.client.post(link(site.mails[2]["text"], "c"))) == "You are subscribed"


def test_a_mail_that_is_asked_for_in_the_second_of_an_end_holds_a_good_link(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    site.now = site.now.replace(microsecond=300_000)
    reader = site.reader()
    site.client.post(path(site.links.unsubscribe(reader, "daily")))
    site.now = site.now.replace(microsecond=600_000)
    site.client.post("/subscribe/daily", data={"email": "ada@reader.example"})
    assert heading(site.client.post(link(site.mails[0]["text"], "c"))) == "You are subscribed"


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@", "a@b@c", "ada@localhost", "\x00", "<script>alert(1)</script>"]
)
def test_a_wrong_address_comes_back_with_words_beside_its_field(site_on_sqlite: Site, typed: str) -> None:
    page = sign_up(site_on_sqlite, site_on_sqlite.client, email=typed)
    assert page.status_code == 400
    assert 'aria-invalid="true"' in page.text
    assert "<script>" not in page.text
    assert site_on_sqlite.mails == []


def test_a_filled_trap_gets_the_same_answer_and_no_mail(site_on_sqlite: Site) -> None:
    assert (
        heading(sign_up(site_on_sqlite, site_on_sqlite.client, website="http://spam.example"))
        == "Check your inbox"
    )
    assert site_on_sqlite.mails == []
    assert rows(site_on_sqlite)["subscribers"] == []


def test_a_form_that_comes_back_at_once_is_shown_again_and_works_then(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    opened = re.search(r'name="opened" value="([^"]+)"', site.client.get("/subscribe/daily").text)
    assert opened
    fields = {"email": "ada@reader.example", "opened": opened[1]}
    assert "very quick" in site.client.post("/subscribe/daily", data=fields).text
    site.later(seconds=3)
    assert heading(site.client.post("/subscribe/daily", data=fields)) == "Check your inbox"


def test_a_pasted_form_of_another_site_works_and_leads_back_to_it(site_on_sqlite: Site) -> None:
    headers = {"Origin": "https://paper.example", "Sec-Fetch-Site": "cross-site"}
    fields = {"email": "ada@reader.example", "next": "https://paper.example/thanks"}
    answer = site_on_sqlite.client.post(
        "/subscribe/daily", data=fields, headers=headers, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "https://paper.example/thanks")
    assert [mail["kind"] for mail in site_on_sqlite.mails] == ["confirm"]


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "https://paper.example.evil.example/", "//evil.example", "javascript:1"],
)
def test_a_pasted_form_leads_to_no_strange_site(site_on_sqlite: Site, target: str) -> None:
    fields = {"email": "ada@reader.example", "next": target}
    answer = site_on_sqlite.client.post("/subscribe/daily", data=fields, follow_redirects=False)
    assert answer.status_code == 200


def test_a_network_that_asks_too_often_is_told_to_wait(site_on_sqlite: Site) -> None:
    codes = [
        site_on_sqlite.client.post("/subscribe/daily", data={"email": f"r{number}@x.example"}).status_code
        for number in range(31)
    ]
    assert codes == [200] * 30 + [429]


def test_a_confirmation_expires_and_says_what_to_do(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    sign_up(site, site.client)
    confirm = link(site.mails[0]["text"], "c")
    site.later(days=8)
    for page in (site.client.get(confirm), site.client.post(confirm)):
        assert (page.status_code, heading(page)) == (410, "This link is too old")
        assert "/subscribe/daily" in page.text
    assert state(site, 1) == "pending"


def test_an_old_confirmation_does_not_bring_back_who_left(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    sign_up(site, site.client)
    confirm = link(site.mails[0]["text"], "c")
    site.client.post(confirm)
    site.client.post(path(site.links.unsubscribe(1, "daily")))
    assert site.client.post(confirm).status_code == 410
    assert state(site, 1) == "ended"


# ---------------------------------------------------------------------------- out


def one_click(client: TestClient, url: str, **how: Any) -> Any:
    return client.post(path(url), follow_redirects=False, **how)


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b"List-Unsubscribe=One-Click"},  # without a content type
        {"content": b""},
        {"content": b"\xff\x00 not a form", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"x" * 200_000, "headers": {"Content-Type": "application/octet-stream"}},
    ],
    ids=["urlencoded", "multipart", "untyped", "empty", "broken", "huge"],
)
def test_one_click_ends_that_list_only_without_cookie_or_redirect(site: Site, how: dict[str, Any]) -> None:
    reader = site.reader()
    site.reader(newsletter="boker")
    client = site.client
    for _ in range(2):  # twice is once
        answer = one_click(client, site.links.unsubscribe(reader, "daily"), **how)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert state(site, reader) == "ended"
    assert state(site, reader, "boker") == "active"


def test_looking_at_every_link_of_a_mail_changes_nothing(site: Site) -> None:
    client = site.client
    sign_up(site, client)
    reader = site.reader("bob@reader.example")
    urls = [
        link(site.mails[0]["text"], "c"),
        path(site.links.unsubscribe(reader, "daily")),
        path(site.links.preferences(reader, "daily")),
        "/subscribe/daily",
    ]
    urls += [f"{urls[1]}/undo", f"{urls[1]}/pause"]
    before = rows(site)
    for method in ("GET", "HEAD", "OPTIONS", "PROPFIND", "PUT", "DELETE"):
        for url in urls:
            for headers in ({}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}):
                assert client.request(method, url, headers=headers).status_code in (200, 405)
    assert rows(site) == before


def test_the_page_has_the_button_first_and_ends_by_post(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    url = path(site.links.unsubscribe(reader, "daily"))
    page = site.client.get(url)
    main = page.text[page.text.index("<main>") :]
    assert re.search(r"<(form|p|h1|a)\b", main)[1] == "form"  # type: ignore[index]
    assert "ada@reader.example" not in page.text
    assert "a***@r***.example" in page.text
    out, *less = (
        page.text.index(text)
        for text in ("Unsubscribe</button>", "/pause", "pause until a date", "/subscribe/boker")
    )
    assert out < min(less)
    assert heading(site.client.post(url)) == "You are unsubscribed"
    assert state(site, reader) == "ended"
    assert heading(site.client.get(url)) == "You are not subscribed"


def undo_form(page: Any) -> str:
    found = re.search(r'name="undo" value="([^"]+)"', page.text)
    return found[1] if found else ""


def test_an_end_can_be_undone_from_its_page_for_a_while(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    url = path(site.links.unsubscribe(reader, "daily"))
    undo = undo_form(site.client.post(url))
    assert heading(site.client.post(f"{url}/undo", data={"undo": undo})) == "Welcome back"
    assert state(site, reader) == "active"
    site.client.post(url)
    site.later(hours=3)
    assert site.client.post(f"{url}/undo", data={"undo": undo}).status_code == 410
    assert state(site, reader) == "ended"


def test_an_undo_belongs_to_one_newsletter(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    site.reader(newsletter="boker")
    daily, boker = (path(site.links.unsubscribe(reader, name)) for name in ("daily", "boker"))
    undo = undo_form(site.client.post(daily))
    site.client.post(boker)
    assert site.client.post(f"{boker}/undo", data={"undo": undo}).status_code == 410
    assert state(site, reader, "boker") == "ended"
    assert site.client.post(f"{daily}/undo", data={"undo": undo}).status_code == 200
    assert heading(site.client.post(f"{daily}/undo", data={"undo": undo})) == "Welcome back"  # pressed twice
    site.client.post(f"{daily}/pause", data={"days": "7"})
    site.client.post(f"{daily}/undo", data={"undo": undo})
    assert state(site, reader) == "paused"  # and it does nothing any more


def test_an_end_of_what_was_never_confirmed_is_not_undone_into_a_yes(site: Site) -> None:
    """Asked, confirmed, left, asked again (by whomever), left again: no yes is left to go back to."""
    sign_up(site, site.client)
    site.client.post(link(site.mails[0]["text"], "c"))
    url = path(site.links.unsubscribe(1, "daily"))
    site.later(minutes=1)
    first = undo_form(site.client.post(url))
    site.later(minutes=1)
    sign_up(site, site.client)
    site.later(minutes=1)
    assert undo_form(site.client.post(url)) == ""
    assert first
    assert site.client.post(f"{url}/undo", data={"undo": first}).status_code == 410
    assert state(site, 1) == "ended"


def test_an_undone_end_of_a_pause_is_the_pause_again(site: Site) -> None:
    reader = site.reader()
    url = path(site.links.unsubscribe(reader, "daily"))
    site.client.post(f"{url}/pause", data={"days": "7"})
    undo = undo_form(site.client.post(url))
    assert heading(site.client.post(f"{url}/undo", data={"undo": undo})) == "Welcome back"
    assert state(site, reader) == "paused"


def test_nobody_undoes_anothers_end_or_an_older_one_of_their_own(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    one, two = site.reader("one@x.example"), site.reader("two@x.example")
    urls = [path(site.links.unsubscribe(each, "daily")) for each in (one, two)]
    undo = undo_form(site.client.post(urls[0]))
    site.client.post(urls[1])
    for forged in (undo, "", "x", site.links.token("undo", b"")[:-1]):
        assert site.client.post(f"{urls[1]}/undo", data={"undo": forged}).status_code == 410
    assert undo_form(site.client.post(urls[1])) == ""  # ended before: there is nothing to take back
    assert state(site, two) == "ended"


def test_a_pause_stands_below_leaving_and_ends_by_itself(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    url = path(site.links.unsubscribe(reader, "daily"))
    page = site.client.post(f"{url}/pause", data={"days": "7"})
    assert "March 11, 2026" in page.text
    assert state(site, reader) == "paused"
    for days in ("", "0", "-1", "9999", "٧", "7x"):
        assert site.client.post(f"{url}/pause", data={"days": days}).status_code == 400


def test_the_link_works_after_five_years_new_keys_and_a_purge(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    url = path(site.links.unsubscribe(reader, "daily"))
    site.later(days=5 * 365)
    site.links = Links([b"a key that came five years later", KEY], BASE)
    site.newsletters = NEWSLETTERS[1:]  # and the newsletter is no longer published
    assert site.client.get(url).status_code == 200
    assert site.client.post(url).status_code == 200
    assert state(site, reader) == "ended"
    with site.database.write() as connection:
        erase_person(connection, reader, site.links.keys, site.now)
    assert site.client.get(url).status_code == 200
    assert one_click(site.client, url, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_an_erased_readers_link_does_nothing_to_a_newcomer(site: Site) -> None:
    reader = site.reader()
    url = site.links.unsubscribe(reader, "daily")
    with site.database.write() as connection:
        erase_person(connection, reader, site.links.keys, site.now)
    newcomer = site.reader("new@reader.example")
    one_click(site.client, url, data={"List-Unsubscribe": "One-Click"})
    assert state(site, newcomer) == "active"


# ---------------------------------------------------------------------------- preferences


def save(site: Site, reader: int, **fields: Any) -> Any:
    return site.client.post(path(site.links.preferences(reader, "daily")), data={"act": "save", **fields})


@pytest.mark.parametrize(
    ("ticked", "stored"),
    [(["world", "city", "sport"], ""), (["city"], "city"), ([], "top"), (["forged"], "top")],
)
def test_a_reader_chooses_sections(site_on_sqlite: Site, ticked: list[str], stored: str) -> None:
    site = site_on_sqlite
    reader = site.reader()
    page = save(site, reader, section=ticked)
    assert "Saved." in page.text
    assert page.text.count(" checked") == len([each for each in ticked if each != "forged"])
    with site.database.read() as connection:
        wish = people.find_subscription(connection, reader, "daily")
    assert wish is not None
    assert wish.sections == stored


def test_a_reader_sets_name_and_language_and_is_asked_for_nothing_that_has_no_effect(
    site_on_sqlite: Site,
) -> None:
    site = site_on_sqlite
    reader = site.reader()
    assert 'name="zone"' not in site.client.get(path(site.links.preferences(reader, "daily"))).text
    page = save(site, reader, name="עדה לאבלייס", language="he", zone="Asia/Jerusalem", section=["world"])
    assert '<html lang="he" dir="rtl">' in page.text
    with site.database.read() as connection:
        found = people.subscriber_by_id(connection, reader)
    assert found is not None
    assert (found.name, found.language, found.zone) == ("עדה לאבלייס", "he", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "pause", "until": "x"},
        {"act": "pause", "until": "2026-03-04"},
        {"act": "pause", "until": "2030-01-01"},
        {"act": "dance"},
        {"act": ""},
    ],
)
def test_a_wrong_setting_is_refused_in_words_and_changes_nothing(
    site_on_sqlite: Site, fields: dict[str, str]
) -> None:
    reader = site_on_sqlite.reader()
    before = rows(site_on_sqlite)
    page = save(site_on_sqlite, reader, **fields)
    assert page.status_code == 400
    assert 'class="said wrong"' in page.text
    assert rows(site_on_sqlite) == before


def test_a_pause_until_a_date_is_in_the_readers_zone_and_can_be_ended(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader(zone="Asia/Jerusalem")
    assert "Paused." in save(site, reader, act="pause", until="2026-03-20").text
    with site.database.read() as connection:
        wish = people.find_subscription(connection, reader, "daily")
    assert wish is not None
    assert wish.paused_until is not None
    assert wish.paused_until.isoformat() == "2026-03-19T22:00:00+00:00"
    assert "come to you again" in save(site, reader, act="resume").text
    assert state(site, reader) == "active"


def test_settings_never_bring_back_who_left(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    site.client.post(path(site.links.unsubscribe(reader, "daily")))
    for fields in ({"act": "resume"}, {"act": "pause", "until": "2026-03-20"}, {"section": ["world"]}):
        save(site, reader, **fields)
    assert state(site, reader) == "ended"


# ---------------------------------------------------------------------------- what is wrong


def test_every_page_is_strict_small_and_asks_nobody_else(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    client = site.client
    sheet = client.get("/readers/daily.css")
    for url in (
        "/subscribe/daily",
        path(site.links.unsubscribe(reader, "daily")),
        path(site.links.preferences(reader, "daily")),
    ):
        page = client.get(url)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in page.headers["x-robots-tag"]
        assert "set-cookie" not in page.headers
        assert len(page.content) + len(sheet.content) < 30_000
        assert "<script" not in page.text
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//(?!news\.paper\.example)""", page.text)
        assert " style=" not in page.text
    assert "immutable" in sheet.headers["cache-control"]


def test_an_accent_is_the_newsletters_own(site_on_sqlite: Site) -> None:
    assert "#8A1538" in site_on_sqlite.client.get("/readers/boker.css").text
    assert "#8A1538" not in site_on_sqlite.client.get("/readers/daily.css").text


@pytest.mark.parametrize("url", ["/c/", "/u/", "/m/"])
@pytest.mark.parametrize("token", ["x", "a" * 30, "%00", "%F0%9F%92%A9", "A" * 5000, "..%2F", "%3Cscript%3E"])
def test_a_wrong_link_is_a_kind_page_whatever_the_method(site_on_sqlite: Site, url: str, token: str) -> None:
    for method in ("GET", "POST"):
        page = site_on_sqlite.client.request(method, url + token)
        assert page.status_code == 404
        if "%2F" not in token:
            assert heading(page) == "This link does not work"
        assert "Traceback" not in page.text


def test_a_fault_is_told_in_the_readers_language(site_on_sqlite: Site) -> None:
    """The reader's own where they are known, else the newsletter's, else what the browser asks for."""
    site = site_on_sqlite
    hebrew = {"Accept-Language": "fi;q=0.9, he-IL;q=0.8, en;q=0.1"}
    for url in ("/u/wrong", "/c/wrong", "/subscribe/weekly"):
        assert 'lang="he" dir="rtl"' in site.client.get(url, headers=hebrew).text
        assert 'lang="en" dir="ltr"' in site.client.get(url, headers={"Accept-Language": "fi"}).text
    reader = site.reader()
    with site.database.write() as connection:
        people.update_profile(connection, reader, language="he")
    for url in (
        site.links.confirm(reader, "daily", site.now),
        site.links.unsubscribe(reader, "daily") + "/pause",
    ):
        site.later(days=8)
        assert 'lang="he"' in site.client.post(path(url)).text
    assert 'lang="en"' in site.client.post("/subscribe/daily", data={"email": "x"}, headers=hebrew).text


def test_a_link_of_another_page_opens_no_other(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    token = path(site.links.unsubscribe(reader, "daily"))[3:]
    assert site.client.get(f"/m/{token}").status_code == 404
    assert site.client.get(f"/c/{token}").status_code == 404


def test_a_form_of_ten_megabytes_is_refused(site_on_sqlite: Site) -> None:
    page = site_on_sqlite.client.post("/subscribe/daily", data={"email": "a" * 10_000_000})
    assert (page.status_code, heading(page)) == (413, "That was too long")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data", b"--x\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="email"; filename="f"\r\n\r\nx\r\n--x--\r\n',
        ),
        ("application/x-www-form-urlencoded", b"email=%ff%fe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=%d" % number for number in range(200))),
    ],
    ids=["no boundary", "a file", "not UTF-8", "many fields"],
)
def test_a_broken_form_is_a_page_that_says_so(site_on_sqlite: Site, kind: str, content: bytes) -> None:
    page = site_on_sqlite.client.post("/subscribe/daily", content=content, headers={"Content-Type": kind})
    assert (page.status_code, heading(page)) == (400, "Something is missing")


def test_an_unknown_newsletter_is_said_to_be_unknown(site_on_sqlite: Site) -> None:
    page = site_on_sqlite.client.get("/subscribe/weekly")
    assert (page.status_code, heading(page)) == (404, "Newsletter not found")


def test_a_busy_database_is_said_to_be_busy(site_on_sqlite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    reader = site_on_sqlite.reader()

    def busy() -> Any:
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(site_on_sqlite.database, "write", busy)
    page = site_on_sqlite.client.post(path(site_on_sqlite.links.unsubscribe(reader, "daily")))
    assert (page.status_code, heading(page), page.headers["retry-after"]) == (503, "Not right now", "60")


def test_hebrew_pages_and_mails_read_from_the_right(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    page = site.client.post("/subscribe/boker", data={"email": "dana@reader.example"})
    assert '<html lang="he" dir="rtl">' in page.text
    assert heading(page) == "בדקו את תיבת הדוא״ל"
    (mail,) = site.mails
    assert mail["subject"] == "נא לאשר: עיתון הבוקר"
    assert 'dir="rtl"' in mail["html"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(max_size=200), zone=st.text(max_size=40), section=st.lists(st.text(max_size=20), max_size=4)
)
def test_no_text_in_a_form_breaks_a_page_or_the_tables(
    site_on_sqlite: Site, name: str, zone: str, section: list[str]
) -> None:
    site = site_on_sqlite
    reader = site.reader()
    clean = [each.encode("utf-8", "replace").decode() for each in (name, zone, *section)]
    page = save(site, reader, name=clean[0], zone=clean[1], section=clean[2:])
    assert page.status_code in (200, 400)
    with site.database.read() as connection:
        found = people.subscriber_by_id(connection, reader)
    assert found is not None
    assert len(found.name) <= 100
    assert not set(found.name) & set("\r\n\0")


def test_a_disposable_domain_is_refused_where_the_house_says_so(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    site.refused = frozenset({"bin.example"})
    page = site.client.post("/subscribe/daily", data={"email": "a@bin.example"})
    assert (page.status_code, "disposable" in page.text, site.mails) == (400, True, [])


@pytest.mark.parametrize("newsletter", NEWSLETTERS, ids=lambda each: each.name)
def test_the_form_to_paste_holds_what_the_page_takes(
    site_on_sqlite: Site, newsletter: NewsletterInfo
) -> None:
    site = site_on_sqlite
    html = signup_form(newsletter, BASE, back="https://paper.example/thanks?a=1&b=2")
    assert f'action="{BASE}/subscribe/{newsletter.name}"' in html
    assert "a=1&amp;b=2" in html
    fields = dict.fromkeys(re.findall(r'name="(\w+)"', html), "") | {"email": "ada@reader.example"}
    assert site.client.post(f"/subscribe/{newsletter.name}", data=fields).status_code == 200
    assert len(site.mails) == 1


# ---------------------------------------------------------------------------- data, erasure, a new address


def fresh_link(site: Site, reader: int) -> str:
    assert "A link is on its way" in save(site, reader, act="data").text
    assert site.mails[-1]["kind"] == "manage"
    return link(site.mails[-1]["text"], "d")


def test_a_reader_gets_all_their_data_by_a_fresh_link_only(site: Site) -> None:
    reader = site.reader(name="Ada")
    fresh = fresh_link(site, reader)
    assert "ada@reader.example" in site.client.get(fresh).text
    data = site.client.get(f"{fresh}/my-data.json")
    assert data.json()["address"] == "ada@reader.example"
    assert "attachment" in data.headers["content-disposition"]
    site.later(minutes=61)
    assert site.client.get(fresh).status_code == 410
    assert site.client.get(f"{fresh}/my-data.json").status_code == 410
    assert (
        site.client.get(path(site.links.preferences(reader, "daily")).replace("/m/", "/d/")).status_code
        == 404
    )


def test_the_fresh_link_is_sent_a_few_times_an_hour_at_most(site_on_sqlite: Site) -> None:
    reader = site_on_sqlite.reader()
    for _ in range(9):
        save(site_on_sqlite, reader, act="data")
    assert len(site_on_sqlite.mails) == 3


def test_a_reader_erases_everything_and_their_links_still_answer(site: Site) -> None:
    reader = site.reader()
    fresh = fresh_link(site, reader)
    assert site.client.post(fresh, data={"act": "erase"}).status_code == 400
    assert state(site, reader) == "active"
    assert heading(site.client.post(fresh, data={"act": "erase", "sure": "yes"})) == "Everything is deleted"
    assert site.client.get(fresh).status_code == 410
    assert site.client.get(path(site.links.preferences(reader, "daily"))).status_code == 410
    assert site.client.post(path(site.links.unsubscribe(reader, "daily"))).status_code == 200


def test_a_new_address_is_taken_over_when_it_is_confirmed_there(site: Site) -> None:
    reader = site.reader()
    fresh = fresh_link(site, reader)
    assert site.client.post(fresh, data={"act": "move", "email": "no address"}).status_code == 400
    assert "on its way" in site.client.post(fresh, data={"act": "move", "email": "Ada@New.example"}).text
    assert (site.mails[-1]["kind"], site.mails[-1]["to"]) == ("move", "Ada@new.example")
    button = link(site.mails[-1]["text"], "a")
    assert heading(site.client.get(button)) == "Change your address"
    with site.database.read() as connection:
        assert people.subscriber_by_key(connection, "ada@new.example") is None
    assert heading(site.client.post(button)) == "Your address is changed"
    with site.database.read() as connection:
        found = people.subscriber_by_key(connection, "ada@new.example")
    assert found is not None
    assert found.id == reader
    assert site.client.post(button).status_code == 410  # once is enough


def test_another_readers_address_is_not_taken_and_not_told(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    site.reader("bob@reader.example")
    reader = site.reader()
    fresh = fresh_link(site, reader)
    said = [
        site.client.post(fresh, data={"act": "move", "email": f"{name}@reader.example"}).text
        for name in ("bob", "new")
    ]
    assert said[0] == said[1]
    assert [mail["to"] for mail in site.mails if mail["kind"] == "move"] == ["new@reader.example"]
    site.reader("new@reader.example")  # came in meanwhile
    page = site.client.post(link(site.mails[-1]["text"], "a"))
    assert (page.status_code, heading(page)) == (410, "This address is already in use")


def test_only_the_latest_wish_for_a_new_address_counts(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader()
    fresh = fresh_link(site, reader)
    for name in ("one", "two"):
        site.client.post(fresh, data={"act": "move", "email": f"{name}@new.example"})
        site.later(seconds=2)
    one, two = (link(mail["text"], "a") for mail in site.mails if mail["kind"] == "move")
    assert site.client.post(one).status_code == 410
    assert site.client.post(two).status_code == 200


def test_a_reader_asks_for_three_new_addresses_a_day_and_the_old_one_is_told_of_each(
    site_on_sqlite: Site,
) -> None:
    """Twenty strangers were mailed in twenty seconds by one reader, one of them suppressed."""
    site = site_on_sqlite
    with site.database.write() as connection:
        keys = site.links.keys
        suppress(connection, reason="complaint", at=site.now, address="stranger0@new.example", keys=keys)
    reader = site.reader()
    fresh = fresh_link(site, reader)
    said = []
    for number in range(20):
        site.later(seconds=1)
        page = site.client.post(fresh, data={"act": "move", "email": f"stranger{number}@new.example"})
        said.append(page.status_code)
    assert said == [200] * 3 + [429] * 17
    assert "three changes of address" in page.text
    mails = [(mail["kind"], mail["to"]) for mail in site.mails if mail["kind"].startswith("move")]
    assert [to for kind, to in mails if kind == "move"] == ["stranger1@new.example", "stranger2@new.example"]
    assert [to for kind, to in mails if kind == "move-asked"] == ["ada@reader.example"] * 3
    site.later(days=1)
    site.client.post(fresh_link(site, reader), data={"act": "move", "email": "mine@new.example"})
    assert site.mails[-1]["to"] == "mine@new.example"
    site.client.post(link(site.mails[-1]["text"], "a"))
    assert (site.mails[-1]["kind"], site.mails[-1]["to"]) == ("moved", "ada@reader.example")
    assert "editors@paper.example" in site.mails[-1]["text"]


def test_many_readers_together_mail_one_stranger_three_times_a_day(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    for number in range(5):
        fresh = fresh_link(site, site.reader(f"r{number}@reader.example"))
        site.client.post(fresh, data={"act": "move", "email": "victim@new.example"})
    assert [mail["to"] for mail in site.mails if mail["kind"] == "move"] == ["victim@new.example"] * 3


def test_a_network_that_changes_addresses_all_day_is_told_to_wait(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    site.limits = Limits(network=Allowance("network", 2, timedelta(hours=1)))
    said = []
    for number in range(3):
        fresh = fresh_link(site, site.reader(f"r{number}@reader.example"))
        page = site.client.post(fresh, data={"act": "move", "email": f"s{number}@new.example"})
        said.append(page.status_code)
    assert said == [200, 200, 429]


def test_a_reader_may_write_their_own_address_in_another_case(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    fresh = fresh_link(site, site.reader())
    site.client.post(fresh, data={"act": "move", "email": "Ada@Reader.example"})
    assert heading(site.client.post(link(site.mails[-1]["text"], "a"))) == "Your address is changed"


def test_a_fresh_link_takes_no_other_act(site_on_sqlite: Site) -> None:
    reader = site_on_sqlite.reader()
    assert (
        site_on_sqlite.client.post(fresh_link(site_on_sqlite, reader), data={"act": "dance"}).status_code
        == 400
    )
