"""The first admin: a link that works once, for an hour, and for nobody after the first user; no right by an address."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli import cli
from digest.flows.newsroom import setup, users
from digest.flows.newsroom.checks import web as checks
from digest.store.accounts import audit
from digest.store.accounts import users as stored
from digest.store.engine import Database
from tests.web.site import PASSWORD, SAME, Site

FORM = {"name": "ada", "password": PASSWORD, "again": PASSWORD}
GONE = "This link opens nothing"


@pytest.fixture
def site(sqlite: Database, tmp_path: Path) -> Site:
    return Site(sqlite, tmp_path)


def names(site: Site) -> list[tuple[str, str]]:
    with site.app.db.read() as connection:
        return [(one.name, one.role) for one in stored.every(connection)]


def test_the_link_makes_the_first_admin_and_signs_them_in(site: Site) -> None:
    path, browser = setup.path_of(site.app), site.browser()
    for _ in range(3):  # a mail program or a chat looks at links; looking changes nothing
        page = browser.get(path)
        assert (page.status_code, page.text.count("<button")) == (200, 1)
    assert names(site) == []
    answer = browser.client.post(path, data=FORM, headers=SAME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert names(site) == [("ada", "admin")]
    assert browser.get("/people").status_code == 200
    with site.app.db.read() as connection:
        assert [(one.user, one.act) for one in audit.page(connection)][-1] == (setup.BY, "add user")


def test_it_works_once(site: Site) -> None:
    path, other = setup.path_of(site.app), setup.path_of(site.app)
    assert site.browser().client.post(path, data=FORM, headers=SAME).status_code == 303
    for again in (path, other):
        for answer in (site.browser().get(again), site.browser().client.post(again, data=FORM, headers=SAME)):
            assert (answer.status_code, GONE in answer.text) == (404, True)
    assert names(site) == [("ada", "admin")]


def test_it_is_over_after_an_hour_and_void_once_there_is_a_user(site: Site) -> None:
    path = setup.path_of(site.app)
    site.clock.at += timedelta(minutes=59)
    assert site.browser().get(path).status_code == 200
    site.clock.at += timedelta(minutes=2)
    assert site.browser().get(path).status_code == 404
    path = setup.path_of(site.app)
    users.add(site.app, "bob", PASSWORD, "admin", by="command line")
    assert site.browser().client.post(path, data=FORM, headers=SAME).status_code == 404
    assert names(site) == [("bob", "admin")]


def test_a_user_who_was_removed_since_does_not_bring_it_back(site: Site) -> None:
    path = setup.path_of(site.app)
    assert site.browser().client.post(path, data=FORM, headers=SAME).status_code == 303
    with site.app.db.write() as connection:
        for table in ("sessions", "users"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    assert site.browser().get(path).status_code == 404
    site.clock.at += timedelta(seconds=1)
    assert site.browser().get(setup.path_of(site.app)).status_code == 200


@pytest.mark.parametrize("change", ["cut", "flipped", "empty", "other", "long", "later"])
def test_a_wrong_link_opens_nothing(site: Site, change: str) -> None:
    path = setup.path_of(site.app)
    if change == "later":
        site.clock.at -= timedelta(minutes=30)
    wrong = {
        "cut": path[:-3], "flipped": path[:-1] + ("A" if path[-1] != "A" else "B"), "empty": "/setup/%20",
        "other": "/setup/" + site.app.links.token("form", bytes(13)), "long": "/setup/" + "A" * 4000, "later": path,
    }[change]  # fmt: skip
    assert site.browser().get(wrong).status_code == 404
    assert site.browser().client.post(wrong, data=FORM, headers=SAME).status_code == 404
    assert names(site) == []


def test_what_will_not_do_is_said_and_the_link_stays_good(site: Site) -> None:
    path, browser = setup.path_of(site.app), site.browser()
    for change, said in (
        ({"again": "something else here"}, "differ"),
        ({"password": "short", "again": "short"}, "password"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
    ):
        answer = browser.client.post(path, data={**FORM, **change}, headers=SAME)
        assert (answer.status_code, said in answer.text) == (400, True), change
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}):
        assert browser.client.post(path, data=FORM, headers=headers).status_code == 403
    assert names(site) == []
    assert browser.client.post(path, data=FORM, headers=SAME).status_code == 303


def test_two_who_press_it_at_once_make_one_admin(database: Database, tmp_path: Path) -> None:
    site = Site(database, tmp_path)
    path, start, got = setup.path_of(site.app), threading.Barrier(6), []

    def press(name: str) -> None:
        browser = site.browser()
        start.wait(10)
        got.append(browser.client.post(path, data={**FORM, "name": name}, headers=SAME).status_code)

    threads = [threading.Thread(target=press, args=(f"user{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(got) == [303] + [404] * 5
    assert len(names(site)) == 1


def test_the_demos_link_needs_one_click_and_lands_on_the_desk(site: Site) -> None:
    path, browser = setup.path_of(site.app, setup.DEMO), site.browser()
    assert "Open the desk" in browser.get(path).text
    assert browser.client.post(path, headers=SAME).status_code == 303
    assert browser.get("/people").status_code == 200
    assert browser.get(path).headers["location"] == "/"  # once more in the same browser: on to the desk
    assert site.browser().get(path).status_code == 404
    assert site.browser().sign_in(setup.DEMO_USER, setup.demo_password(site.app)).status_code == 303


def test_the_link_is_at_the_sites_address_and_on_this_machine(sqlite: Database, tmp_path: Path) -> None:
    public = Site(sqlite, tmp_path, site={"url": "https://news.example.org"}, web={"port": 8765})
    first, second = setup.addresses(public.app)
    assert first.startswith("https://news.example.org/setup/")
    assert second.startswith("http://127.0.0.1:8765/setup/")
    assert len(list(setup.addresses(Site(sqlite, tmp_path).app))) == 1
    elsewhere = Site(sqlite, tmp_path, site={"url": "https://news.example.org"}, web={"host": "10.0.0.5"})
    assert len(list(setup.addresses(elsewhere.app))) == 1


def test_init_prints_a_new_link_each_time_until_there_is_a_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    first, second = (run.invoke(cli, ["init"]).output for _ in range(2))
    assert "/setup/" in first
    assert "/setup/" in second
    assert first.split("/setup/")[1][:30] != second.split("/setup/")[1][:30]
    assert run.invoke(cli, ["users", "add", "ada", "--role", "admin", "--generate"]).exit_code == 0
    assert "/setup/" not in run.invoke(cli, ["init"]).output


def test_init_prints_no_link_where_the_database_cannot_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/none")
    done = CliRunner().invoke(cli, ["init"])
    assert (done.exit_code, "/setup/" in done.output) == (0, False)
    assert "digest serve` prints a link" in done.output


@pytest.mark.parametrize(
    ("web", "url", "note"),
    [
        ({}, "https://news.example.org", True),
        ({}, "http://news.example.org", True),
        ({"proxies": ["127.0.0.1"]}, "https://news.example.org", False),
        ({}, "http://127.0.0.1:8000", False),
        ({}, "http://localhost:8000", False),
    ],
)
def test_check_names_a_public_site_without_a_named_proxy_and_a_desk_without_an_admin(
    sqlite: Database, tmp_path: Path, web: dict[str, object], url: str, note: bool
) -> None:
    site = Site(sqlite, tmp_path, site={"url": url}, web=web)
    found = {one.what: one for one in checks.examine(site.app, True)}
    assert all(one.ok for one in found.values()), "a send needs neither"
    assert (found["web"].note, "web.proxies names no proxy" in found["web"].words) == (note, note)
    assert "digest init" in found["desk"].words
    site.user("ada", "admin")
    assert [one.what for one in checks.examine(site.app, True)] == ["web"]
