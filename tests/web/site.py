"""A site with users, and browsers that sign in: what the tests of the pages share."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.routing import Route
from starlette.testclient import TestClient

from digest.app import App
from digest.config.schema import Config
from digest.flows.newsroom import users
from digest.store.accounts.users import Role
from digest.store.engine import Database
from digest.web.application import application
from tests.flow.day import Clock

HOST = "http://127.0.0.1:8000"
PASSWORD = "four plain words here"
SAME = {"Sec-Fetch-Site": "same-origin"}


def config(tmp_path: Path, **more: Any) -> Config:
    """A configuration with two newsletters."""
    newsletter = {
        "title": "The Daily",
        "sources": ["own"],
        "schedule": {"time": "06:00"},
        "sender": {"address": "news@example.org", "postal": "1 Harbour Street"},
    }
    site = {"data": str(tmp_path / "data"), "keys": ["k" * 40], "url": HOST, **more.pop("site", {})}
    return Config.model_validate(
        {
            "site": site,
            "sources": {"own": {"url": "https://example.org/rss"}},
            "newsletters": {"daily": newsletter, "weekly": {**newsletter, "title": "The Weekly"}},
            **more,
        }
    )


class Site:
    """The application on a database, with a clock that stands."""

    def __init__(self, database: Database, tmp_path: Path, **more: Any) -> None:
        self.clock = Clock(datetime(2026, 3, 4, 5, 0, tzinfo=UTC))
        self.app = App(config(tmp_path, **more), database, self.clock)
        self.web = application(self.app)

    def user(self, name: str, role: Role) -> None:
        users.add(self.app, name, PASSWORD, role, by="test")

    def browser(self, *, host: str = "203.0.113.9", base: str = HOST) -> "Browser":
        return Browser(TestClient(self.web, base_url=base, client=(host, 5000), follow_redirects=False))

    def signed_in(self, name: str, **where: str) -> "Browser":
        browser = self.browser(**where)
        answer = browser.sign_in(name)
        assert answer.status_code == 303, answer.text
        return browser


def served(app: App, clock: Clock) -> Site:
    """Return the site of an App that a test has made, with its clock."""
    made = Site.__new__(Site)
    made.clock, made.app, made.web = clock, app, application(app)
    return made


class Browser:
    """A browser: it keeps cookies, says where its requests come from, and sends forms with their token."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def sign_in(self, name: str, password: str = PASSWORD, next: str = "") -> Any:
        page = self.get(f"/sign-in?next={next}")
        form = {"_token": token_in(page.text), "name": name, "password": password, "next": next}
        return self.client.post("/sign-in", data=form, headers=SAME)

    def token(self) -> str:
        return token_in(self.get("/sessions").text)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Any:
        form = {"_token": self.token(), **(fields or {})}
        return self.client.post(path, data=form, headers={**SAME, **headers})


def token_in(page: str) -> str:
    """Return the form token that *page* holds, "" where it holds none."""
    found = re.search(r'name="_token" value="([^"]+)"', page)
    return found[1] if found else ""


def unsafe_routes(site: Site) -> list[tuple[str, str, Any]]:
    """Return (method, a path, endpoint) of every unsafe route that there is, made-up values in its path."""
    return [
        (method, path, endpoint)
        for method, path, endpoint in all_routes(site)
        if method not in {"GET", "HEAD"}
    ]


def all_routes(site: Site) -> list[tuple[str, str, Any]]:
    """Return (method, a path, endpoint) of every route that there is."""
    found = []
    for route in site.web.routes:
        if isinstance(route, Route):
            path = re.sub(r"\{([a-z_]+)(?::[a-z]+)?\}", lambda one: MADE_UP.get(one[1], "1"), route.path)
            found += [(method, path, route.endpoint) for method in sorted(route.methods or {"GET"})]
    return found


MADE_UP = {"newsletter": "daily", "date": "2026-03-04", "kind": "text", "sha": "0" * 64, "token": "x"}
