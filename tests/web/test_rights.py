"""Who may do what, over every route that the site has: a new one is tried without being named here."""

from pathlib import Path

import pytest

from digest.store.engine import Database
from tests.web.site import SAME, Site, all_routes, unsafe_routes

OPEN = (
    "subscribers.",
    "digest.web.public",
    "digest.web.feedback",
    "digest.web.health",
    "digest.web.metrics",
    "digest.web.accounts.sign_in",
    "digest.web.accounts.setup",
)
ONES_OWN = {"/sign-out", "/sessions/end", "/sessions/password"}  # what a viewer may do: about themselves
READING = {"/desk/daily/2026-03-04/watch"}  # what an open page asks again and again; it acts for editors only


@pytest.fixture
def site(sqlite: Database, tmp_path: Path) -> Site:
    made = Site(sqlite, tmp_path)
    made.user("ada", "admin")
    made.user("eve", "editor")
    made.user("vic", "viewer")
    return made


def is_open(endpoint: object) -> bool:
    return not hasattr(endpoint, "role") and str(endpoint.__module__).startswith(OPEN)


def test_every_route_says_who_may_use_it_or_is_meant_for_everybody(site: Site) -> None:
    bare = [
        path
        for _, path, endpoint in all_routes(site)
        if not hasattr(endpoint, "role") and not is_open(endpoint)
    ]
    assert bare == []


def test_no_unsafe_route_asks_less_than_an_editor_but_for_ones_own_session(site: Site) -> None:
    easy = {path for _, path, endpoint in unsafe_routes(site) if getattr(endpoint, "role", "") == "viewer"}
    assert easy <= ONES_OWN | READING


def test_a_stranger_is_refused_at_every_unsafe_route(site: Site) -> None:
    stranger = site.browser()
    tried = [(method, path) for method, path, endpoint in unsafe_routes(site) if not is_open(endpoint)]
    assert len(tried) > 8
    for method, path in tried:
        answer = stranger.client.request(method, path, data={"name": "vic"}, headers=SAME)
        assert answer.status_code == 403, f"{method} {path}"


def test_a_stranger_on_this_machine_is_refused_too_once_there_are_users(site: Site) -> None:
    for method, path, endpoint in unsafe_routes(site):
        if not is_open(endpoint):
            answer = site.browser(host="127.0.0.1").client.request(method, path, headers=SAME)
            assert answer.status_code == 403, f"{method} {path}"


@pytest.mark.parametrize(("name", "roles"), [("vic", {"editor", "admin"}), ("eve", {"admin"})])
def test_whoever_has_too_low_a_role_is_refused_at_every_unsafe_route(
    site: Site, name: str, roles: set[str]
) -> None:
    browser = site.signed_in(name)
    token = browser.token()
    tried = [
        (method, path)
        for method, path, endpoint in unsafe_routes(site)
        if getattr(endpoint, "role", "") in roles
    ]
    assert tried
    for method, path in tried:
        answer = browser.client.request(method, path, data={"_token": token}, headers=SAME)
        assert answer.status_code == 403, f"{method} {path}"
        assert "Nothing was changed" in answer.text


def test_an_admin_without_the_form_token_or_from_another_site_is_refused_at_every_unsafe_route(
    site: Site,
) -> None:
    admin = site.signed_in("ada")
    token = admin.token()
    for method, path, endpoint in unsafe_routes(site):
        if is_open(endpoint):
            continue
        for headers, fields in (
            (SAME, {}),
            (SAME, {"_token": "A" * 22}),
            ({"Sec-Fetch-Site": "cross-site"}, {"_token": token}),
            ({"Origin": "https://evil.example"}, {"_token": token}),
            ({}, {"_token": token}),
        ):
            answer = admin.client.request(method, path, data=fields, headers=headers)
            assert answer.status_code == 403, f"{method} {path} {headers} {fields}"


def test_a_stranger_is_led_to_the_sign_in_from_every_page_of_the_desk(site: Site) -> None:
    stranger = site.browser()
    for method, path, endpoint in all_routes(site):
        if method == "GET" and not is_open(endpoint):
            answer = stranger.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in?next=%2F"), path


def test_without_any_user_there_is_no_page_of_the_desk_whoever_asks_from_wherever(
    sqlite: Database, tmp_path: Path
) -> None:
    site = Site(sqlite, tmp_path)
    forged = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"}
    for method, path, endpoint in all_routes(site):
        if not path.startswith("/sign-in") and is_open(endpoint):
            continue
        for host in ("203.0.113.9", "127.0.0.1", "::1"):
            for headers in (SAME, SAME | forged):
                answer = site.browser(host=host).client.request(method, path, headers=headers)
                assert answer.status_code == 404, f"{method} {path} {host}"


def test_a_token_of_another_session_opens_nothing(site: Site) -> None:
    other = site.signed_in("ada").token()
    admin = site.signed_in("ada")
    assert (
        admin.client.post(
            "/people/role", data={"_token": other, "name": "vic", "role": "editor"}, headers=SAME
        ).status_code
        == 403
    )
    assert admin.post("/people/role", {"name": "vic", "role": "editor"}).status_code == 303
