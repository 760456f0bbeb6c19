"""Signing in and out, sessions that can be ended, waits that lock nobody out, people, and the audit."""

import re
import statistics
import time
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from digest import passwords
from digest.errors import UserError
from digest.flows.newsroom import users as flow
from digest.model.account import NotSignedIn, Trier
from digest.store.accounts import audit
from digest.store.accounts.tables import sessions, users
from digest.store.engine import Database
from digest.web.accounts.sign_in import inside
from tests.waiting import until_async
from tests.web.site import PASSWORD, SAME, Browser, Site, token_in


@pytest.fixture
def site(sqlite: Database, tmp_path: Path) -> Site:
    made = Site(sqlite, tmp_path)
    made.user("ada", "admin")
    made.user("vic", "viewer")
    return made


def acts(site: Site) -> list[tuple[str, str]]:
    with site.app.db.read() as connection:
        return [(entry.user, entry.act) for entry in reversed(audit.page(connection))]


def test_the_first_user_must_be_an_admin(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="admin"):
        Site(sqlite, tmp_path).user("eve", "editor")


@pytest.mark.parametrize(
    "password",
    ["short", "a" * 30, "x" * 2000, "a-long-name-of-a-user", "password1234", "123456789012", "passwordpassword",
     "qwertyuiop12", "abcdefghijkl", "iloveyou12345", "aB3$aB3$aB3$", "zaq1zaq1zaq1", "Ｐａｓｓｗｏｒｄ１２３４",
     "The Averne Courier", "averne.courier.2026", "AverneCourier!!", "a long name of a user", "news@example.org", "the daily 2026"],
)  # fmt: skip
def test_a_bad_password_is_refused_in_words(site: Site, password: str) -> None:
    named = site.app.config.site.model_copy(update={"name": "The Averne Courier"})
    object.__setattr__(site.app, "config", site.app.config.model_copy(update={"site": named}))
    with pytest.raises(UserError, match="password"):
        flow.add(site.app, "a-long-name-of-a-user", password, "viewer", by="test")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "שלום לבית הקפה",
        "lamp-seven-otter-dune",
        "aB3$kLm9!pQr",
        "Höhle und Tod sind",
    ],
)
def test_a_good_password_needs_no_odd_signs(site: Site, password: str) -> None:
    flow.add(site.app, "eve", password, "viewer", by="test")
    assert site.browser().sign_in("eve", password).status_code == 303


def test_the_rule_stands_beside_each_field_for_a_new_password(site: Site) -> None:
    ada = site.signed_in("ada")
    for path in ("/people", "/sessions"):
        page = ada.get(path).text
        assert passwords.RULE.split(":")[0] in page
        fields = re.findall(r"<input[^>]*new-password[^>]*>", page)
        assert all('aria-describedby="rule"' in one for one in fields if 'name="again"' not in one)


def test_a_name_is_taken_once_and_is_one_line(site: Site) -> None:
    with pytest.raises(UserError, match="already"):
        site.user("vic", "viewer")
    with pytest.raises(UserError, match="name"):
        site.user("v\nic", "viewer")
    with pytest.raises(UserError, match="name"):
        site.user("local", "viewer")


def test_passwords_are_kept_as_argon2id(site: Site) -> None:
    with site.app.db.read() as connection:
        kept = connection.execute(select(users.c.password)).scalars().all()
    assert all(one.startswith("$argon2id$") and PASSWORD not in one for one in kept)


def test_a_password_is_the_same_however_its_letters_are_composed(site: Site) -> None:
    flow.add(site.app, "bjork", "Ho\u0308lle und Tod sind", "viewer", by="test")
    assert site.browser().sign_in("bjork", "H\u00f6lle und Tod sind").status_code == 303


def test_signing_in_leads_to_the_page_that_was_asked_for_and_signing_out_ends_the_session(site: Site) -> None:
    browser = site.browser()
    answer = browser.sign_in("ada", next="/audit")
    assert (answer.status_code, answer.headers["location"]) == (303, "/audit")
    kept = browser.client.cookies["session"]
    assert browser.get("/audit").status_code == 200
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    browser.client.cookies.set("session", kept)  # a copy of the cookie opens nothing any more
    assert browser.get("/audit").status_code == 303
    assert acts(site)[-2:] == [("ada", "sign in"), ("ada", "sign out")]


OUTSIDE = (
    "https://evil.example/", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", " //evil.example", "/.//evil.example", "/a/..//evil.example",
    "/%5c%5c/../\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=y", "http:/x", "http:evil.example", "evil.example", "",
    "/\u2028/evil.example", "/\u3000/evil.example", "\u2215\u2215evil.example", "@evil.example", "/\x00/evil.example",
)  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
def test_a_sign_in_leads_nowhere_outside(target: str) -> None:
    assert inside(target) == "/"


@pytest.mark.parametrize(
    "raw", ["///evil.example", "////evil.example", "/%5Cevil.example", "/%09/evil.example"]
)
def test_the_page_and_the_form_lead_nowhere_outside(site: Site, raw: str) -> None:
    assert site.signed_in("ada").get(f"/sign-in?next={raw}").headers["location"] == "/"
    browser = site.browser()
    token = token_in(browser.get(f"/sign-in?next={raw}").text)
    form = {"_token": token, "name": "ada", "password": PASSWORD, "next": unquote(raw)}
    assert browser.client.post("/sign-in", data=form, headers=SAME).headers["location"] == "/"


def test_a_sign_in_leads_back_to_the_page_that_was_asked_for() -> None:
    for target in (
        "/",
        "/desk/daily/2026-03-04?x=1",
        "/reader?q=a%40b.example",
        "/a#b",
        "/?next=//evil.example",
    ):
        assert inside(target) == target


def test_the_cookie_is_out_of_reach_for_scripts_and_bound_to_the_host_over_https(
    sqlite: Database, tmp_path: Path
) -> None:
    site = Site(sqlite, tmp_path, site={"url": "https://desk.example.org"})
    site.user("ada", "admin")
    browser = site.browser(base="https://desk.example.org")
    given = browser.sign_in("ada").headers.get_list("set-cookie")
    session = next(one for one in given if one.startswith("__Host-session="))
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in session
    assert "Domain" not in session
    assert browser.get("/sessions").status_code == 200


def test_the_session_is_a_new_one_at_each_sign_in_and_the_old_one_ends(site: Site) -> None:
    browser = site.signed_in("ada")
    first = browser.client.cookies["session"]
    form = browser.client.get("/sign-in")
    assert form.status_code == 303  # signed in already
    other = site.browser()
    token = token_in(other.get("/sign-in").text)
    other.client.cookies.set("session", first)  # what an attacker might have planted, or an older session
    fields = {"_token": token, "name": "vic", "password": PASSWORD}
    assert other.client.post("/sign-in", data=fields, headers=SAME).status_code == 303
    assert browser.get("/sessions").status_code == 303


def test_the_database_does_not_hold_the_cookie(site: Site) -> None:
    cookie = site.signed_in("ada").client.cookies["session"]
    with site.app.db.read() as connection:
        row = connection.execute(select(sessions)).one()
    assert cookie not in str(tuple(row))


def test_a_session_ends_unused_after_a_week_and_used_after_a_month(site: Site) -> None:
    idle, used = site.signed_in("ada"), site.signed_in("ada")
    for _ in range(4):
        site.clock.at += timedelta(days=6)
        assert used.get("/sessions").status_code == 200
    assert idle.get("/sessions").status_code == 303
    site.clock.at += timedelta(days=6, hours=1)
    assert used.get("/sessions").status_code == 303


def test_a_role_counts_from_the_next_click_on(site: Site) -> None:
    browser = site.signed_in("vic")
    assert browser.get("/people").status_code == 403
    flow.set_role(site.app, "vic", "admin", by="test")
    assert browser.get("/people").status_code == 200


def test_whoever_is_disabled_is_out_at_once_and_cannot_come_back(site: Site) -> None:
    browser = site.signed_in("vic")
    flow.disable(site.app, "vic", by="test")
    assert browser.get("/sessions").status_code == 303
    assert site.browser().sign_in("vic").status_code == 403
    flow.disable(site.app, "vic", by="test", again=True)
    assert browser.get("/sessions").status_code == 303  # the old session stays ended
    assert site.browser().sign_in("vic").status_code == 303


def test_the_last_admin_can_neither_be_disabled_nor_lowered(site: Site) -> None:
    with pytest.raises(UserError, match="last admin"):
        flow.disable(site.app, "ada", by="test")
    with pytest.raises(UserError, match="last admin"):
        flow.set_role(site.app, "ada", "viewer", by="test")
    site.user("bob", "admin")
    flow.disable(site.app, "ada", by="test")
    with pytest.raises(UserError, match="last admin"):
        flow.disable(site.app, "bob", by="test")


def test_a_new_password_ends_every_other_session(site: Site) -> None:
    here, there = site.signed_in("vic"), site.signed_in("vic")
    fields = {"old": PASSWORD, "new": "other words than before", "again": "other words than before"}
    assert here.post("/sessions/password", {**fields, "old": "wrong wrong wrong"}).status_code == 403
    assert here.post("/sessions/password", {**fields, "again": "and now something else"}).status_code == 400
    assert here.post("/sessions/password", {**fields, "new": "short", "again": "short"}).status_code == 400
    assert there.get("/sessions").status_code == 200
    assert "is changed" in here.post("/sessions/password", fields).text
    assert (here.get("/sessions").status_code, there.get("/sessions").status_code) == (200, 303)
    assert site.browser().sign_in("vic").status_code == 403


def test_a_viewer_sees_and_ends_their_own_sessions_only_and_an_admin_everybodys(site: Site) -> None:
    vic, other, ada = site.signed_in("vic"), site.signed_in("vic"), site.signed_in("ada")
    assert "ada" not in vic.get("/sessions").text
    with site.app.db.read() as connection:
        number = {row.user_id: row.id for row in connection.execute(select(sessions).order_by(sessions.c.id))}
        ids = {row.name: number.get(row.id) for row in connection.execute(select(users))}
    assert vic.post("/sessions/end", {"session": str(ids["ada"])}).status_code == 404
    assert ada.get("/sessions").status_code == 200
    assert vic.post("/sessions/end", {"session": "others"}).status_code == 303
    assert (vic.get("/sessions").status_code, other.get("/sessions").status_code) == (200, 303)
    shown = ada.get("/sessions").text
    ended = re.findall(r'name="session" value="(\d+)"', shown)
    assert len(ended) == 1
    assert ada.post("/sessions/end", {"session": ended[0]}).status_code == 303
    assert vic.get("/sessions").status_code == 303


def test_wrong_tries_wait_longer_and_longer_but_a_minute_at_most(site: Site) -> None:
    browser = site.browser()
    waits = []
    for _ in range(14):
        answer = browser.sign_in("ada", "wrong password here")
        if answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            assert browser.sign_in("ada").status_code == 429  # even the right one, or it would be an answer
            site.clock.at += timedelta(seconds=waits[-1])
            assert browser.sign_in("ada", "wrong password here").status_code == 403
    assert waits == sorted(waits)
    assert waits[0] <= 3
    assert max(waits) <= 61
    site.clock.at += timedelta(seconds=61)
    assert browser.sign_in("ada").status_code == 303


def test_guesses_from_elsewhere_do_not_keep_the_newsroom_out(site: Site) -> None:
    attacker = site.browser(host="198.51.100.7")
    for _ in range(12):
        attacker.sign_in("ada", "wrong password here")
    assert attacker.sign_in("ada").status_code == 429
    assert site.browser(host="203.0.113.9").sign_in("ada").status_code == 303


def test_guesses_behind_the_same_wall_do_not_keep_out_a_browser_that_was_in_before(site: Site) -> None:
    known = site.signed_in("ada")
    known.post("/sign-out")
    for _ in range(12):
        site.browser().sign_in("ada", "wrong password here")
    assert site.browser().sign_in("ada").status_code == 429
    assert known.sign_in("ada").status_code == 303


def test_a_browsers_cookie_is_good_for_its_own_user_only(site: Site) -> None:
    vics = site.signed_in("vic")
    vics.post("/sign-out")
    for _ in range(5):
        site.browser().sign_in("ada", "wrong password here")
    assert vics.sign_in("ada").status_code == 429


def test_a_password_set_on_the_machine_ends_every_wait(site: Site) -> None:
    for _ in range(12):
        site.browser().sign_in("ada", "wrong password here")
    flow.set_password(site.app, "ada", "quite another one now", by="command line")
    assert site.browser().sign_in("ada", "quite another one now").status_code == 303


def test_an_editor_gets_in_beside_thirty_guessers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost time on purpose: guessers stand in a queue of their own."""
    monkeypatch.setattr(flow, "_hasher", PasswordHasher(time_cost=6, memory_cost=32_000, parallelism=1))
    flow._nobody.cache_clear()
    flow.set_password(site.app, "ada", PASSWORD, by="test")
    answers: dict[str, list[str]] = {"guesser": [], "editor": [], "stranger": []}

    async def tries(who: str, number: int, trier: Trier, password: str) -> None:
        made = await flow.sign_in(site.app, "ada" if who != "guesser" else f"g{number}", password, trier)
        answers[who].append(made.why if isinstance(made, NotSignedIn) else "in")

    async def attack() -> None:
        async with anyio.create_task_group() as group:
            for number in range(30):
                group.start_soon(tries, "guesser", number, Trier(f"network {number}"), "not the password")
            waiting = lambda: flow._limiter(False).statistics().tasks_waiting  # noqa: E731
            await until_async(lambda: waiting() >= flow.WAITING, "a full queue")
            await tries("stranger", 0, Trier("another network"), PASSWORD)
            for number in range(4):
                await tries("editor", number, Trier("network 1", f"d{number}"), PASSWORD)
            assert len(answers["guesser"]) < 30, "the attack was over before the editor was in"

    flow._limiter.cache_clear()
    anyio.run(attack)
    flow._limiter.cache_clear()
    assert answers["editor"] == ["in"] * 4
    assert answers["stranger"] == ["busy"]


def test_guesses_from_many_networks_of_one_ipv6_customer_wait(site: Site) -> None:
    def answer(name: str, number: int) -> int:
        return site.browser(host=f"2001:db8:5:{number:x}::1").sign_in(name, "wrong password here").status_code

    assert 429 in {answer("ada", number) for number in range(14)}
    assert site.browser(host="2001:db8:6::1").sign_in("ada").status_code == 303
    answers = [answer(f"name{number}", 100 + number) for number in range(102)]
    assert answers[-1] == 429


def test_failed_sign_ins_are_in_the_audit_and_guessers_do_not_fill_it(site: Site) -> None:
    browser = site.browser()
    for _ in range(20):
        browser.sign_in("ada", "wrong password here")
        site.clock.at += timedelta(seconds=61)
    browser.sign_in("my secret password", "wrong password here")
    with site.app.db.read() as connection:
        told = [entry for entry in audit.page(connection) if entry.act == "failed sign-in"]
    assert [(one.user, one.what.split()[0]) for one in reversed(told)][:7] == [
        *(("ada", str(number)) for number in (1, 2, 3, 4, 5, 10, 20)),
    ]
    assert "secret" not in str(told)
    browser.sign_in("ada")
    with site.app.db.read() as connection:
        assert audit.page(connection)[0].act == "sign in", "a right password is no failure"


def test_many_names_from_one_network_wait_too(site: Site) -> None:
    answers = [
        site.browser().sign_in(f"name{number}", "wrong password here").status_code for number in range(32)
    ]
    assert answers[:30] == [403] * 30
    assert answers[-1] == 429


def test_an_unknown_name_is_answered_in_the_same_words_and_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "_hasher", PasswordHasher(time_cost=2, memory_cost=16_000, parallelism=1))
    flow._nobody.cache_clear()
    flow.set_password(site.app, "ada", PASSWORD, by="test")
    site.browser().sign_in("warm up", "wrong password here")
    times: dict[str, list[float]] = {"ada": [], "zoe": []}
    pages = {}
    for _ in range(4):
        for name, taken in times.items():
            began = time.perf_counter()
            pages[name] = site.browser().sign_in(name, "wrong password here").text
            taken.append(time.perf_counter() - began)
    plain = {name: re.sub(r'(_token"|name="name") value="[^"]*"', "", page) for name, page in pages.items()}
    assert plain["ada"] == plain["zoe"]
    slow, quick = statistics.median(times["ada"]), statistics.median(times["zoe"])
    assert 0.5 < slow / quick < 2


def test_a_sign_in_without_its_own_pages_token_is_refused(site: Site) -> None:
    browser = site.browser()
    browser.get("/sign-in")
    fields = {"name": "ada", "password": PASSWORD}
    assert browser.client.post("/sign-in", data=fields, headers=SAME).status_code == 403
    token = token_in(browser.get("/sign-in").text)
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert browser.client.post("/sign-in", data={**fields, "_token": token}, headers=cross).status_code == 403
    theirs = token_in(site.browser().get("/sign-in").text)
    assert browser.client.post("/sign-in", data={**fields, "_token": theirs}, headers=SAME).status_code == 403
    origin = {"Origin": "http://127.0.0.1:8000"}  # a browser over plain HTTP sends no Sec-Fetch-Site
    assert (
        browser.client.post("/sign-in", data={**fields, "_token": token}, headers=origin).status_code == 303
    )


def test_a_huge_form_is_not_read(site: Site) -> None:
    fields = {"name": "ada", "password": "x" * 3_000_000}
    assert site.browser().client.post("/sign-in", data=fields, headers=SAME).status_code in {403, 413}


def again(browser: Browser, path: str, page: str, password: str) -> Any:
    """Send the page that asks for the password, with every field that it carries."""
    fields = {
        key: unescape(value)
        for key, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    }
    return browser.client.post(path, data={**fields, "_password": password}, headers=SAME)


ADMINS = (
    ("/people/add", {"name": "eve", "role": "admin", "password": "quite another <one> now"}),
    ("/people/role", {"name": "vic", "role": "admin"}),
    ("/people/password", {"name": "bob", "password": "quite another one now"}),
)


@pytest.mark.parametrize(("path", "fields"), ADMINS)
def test_an_old_sign_in_makes_no_admin_without_the_password(
    site: Site, path: str, fields: dict[str, str]
) -> None:
    site.user("bob", "admin")
    ada = site.signed_in("ada")
    site.clock.at += timedelta(hours=11, minutes=59)
    assert ada.post("/people/role", {"name": "vic", "role": "admin"}).status_code == 303
    assert ada.post("/people/role", {"name": "vic", "role": "viewer"}).status_code == 303
    site.clock.at += timedelta(minutes=1)
    before = acts(site)
    page = ada.post(path, fields)
    assert page.status_code == 403
    assert "Is it you, ada?" in page.text
    assert "is not your present password" in again(ada, path, page.text, "wrong wrong wrong").text
    assert [act for act in acts(site) if act not in before] == [("ada", "failed sign-in")]
    assert again(ada, path, page.text, PASSWORD).status_code == 303
    if "password" in fields:
        assert site.browser().sign_in(fields["name"], fields["password"]).status_code == 303
    assert ada.post("/people/role", {"name": "vic", "role": "admin"}).status_code == 303, (
        "asked once in 12 hours"
    )


def test_what_makes_no_admin_asks_for_nothing(site: Site) -> None:
    ada = site.signed_in("ada")
    site.clock.at += timedelta(days=1)
    assert ada.post("/people/add", {"name": "eve", "role": "editor", "password": PASSWORD}).status_code == 303
    assert (
        ada.post("/people/password", {"name": "vic", "password": "something new to say"}).status_code == 303
    )


def test_an_old_sign_in_hands_no_list_out_without_the_password(site: Site) -> None:
    ada = site.signed_in("ada")
    site.clock.at += timedelta(hours=13)
    page = ada.post("/readers/export", {"newsletter": "daily"})
    assert (page.status_code, "text/html" in page.headers["content-type"]) == (403, True)
    assert "export readers" not in [act for _, act in acts(site)]
    file = again(ada, "/readers/export", page.text, PASSWORD)
    assert (file.status_code, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert 'filename="daily.csv"' in file.headers["content-disposition"], "what was chosen is kept"


def test_guesses_at_the_password_asked_again_wait_as_at_the_sign_in(site: Site) -> None:
    ada = site.signed_in("ada")
    site.clock.at += timedelta(hours=13)
    page = ada.post("/readers/export", {"newsletter": "daily"}).text
    said = [again(ada, "/readers/export", page, "wrong wrong wrong").text for _ in range(6)]
    assert "Too many wrong tries" in said[-1]
    assert "Too many wrong tries" in again(ada, "/readers/export", page, PASSWORD).text


def test_whoever_is_removed_is_gone_and_their_name_stays_in_the_audit(site: Site) -> None:
    browser = site.signed_in("vic")
    browser.get("/sessions")
    flow.remove(site.app, "vic", by="root (command line)")
    assert browser.get("/sessions").status_code == 303
    assert site.browser().sign_in("vic").status_code == 403
    assert ("vic", "sign in") in acts(site)
    with pytest.raises(UserError, match="last admin"):
        flow.remove(site.app, "ada", by="test")
    site.user("vic", "admin")
    assert site.browser().sign_in("vic").status_code == 303


def test_people_are_managed_on_their_page_and_each_act_is_audited(site: Site) -> None:
    ada = site.signed_in("ada")
    assert ada.post("/people/add", {"name": "eve", "role": "editor", "password": PASSWORD}).status_code == 303
    refused = ada.post("/people/add", {"name": "eve", "role": "editor", "password": PASSWORD})
    assert (refused.status_code, "already" in refused.text, 'value="eve"' in refused.text) == (
        400,
        True,
        True,
    )
    assert ada.post("/people/role", {"name": "eve", "role": "emperor"}).status_code == 400
    assert ada.post("/people/role", {"name": "nobody", "role": "viewer"}).status_code == 400
    assert ada.post("/people/role", {"name": "eve", "role": "viewer"}).status_code == 303
    assert (
        ada.post("/people/password", {"name": "eve", "password": "something new to say"}).status_code == 303
    )
    assert ada.post("/people/disable", {"name": "eve", "again": ""}).status_code == 303
    assert "out since" in ada.get("/people").text
    trail = ada.get("/audit?user=ada").text
    for words in ("add user", "editor -&gt; viewer", "set password", "disable user"):
        assert words in trail


def test_a_name_with_markup_is_shown_as_text(site: Site) -> None:
    site.user("<b>x</b>", "viewer")
    assert "<b>x</b>" not in site.signed_in("ada").get("/people").text


def test_the_audit_pages_back_without_losing_or_repeating_an_entry(site: Site) -> None:
    with site.app.db.write() as connection:
        for number in range(120):
            audit.record(connection, site.clock.at, "eve", "move", f"story {number:03}")
    ada, seen, path = site.signed_in("ada"), [], "/audit?user=eve"
    while path:
        page = ada.get(path).text
        seen += re.findall(r"story (\d{3})", page)
        found = re.search(r'href="(/audit[^"]*before[^"]*)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"{number:03}" for number in reversed(range(120))]


def test_odd_addresses_of_the_pages_break_nothing(site: Site) -> None:
    ada = site.signed_in("ada")
    for path in (
        "/audit?before=x",
        "/audit?edition=99999999999",
        "/audit?before=%C2%B2",
        "/readers?after=-1",
        "/readers?after=%D9%A1",
    ):
        assert ada.get(path).status_code == 200
