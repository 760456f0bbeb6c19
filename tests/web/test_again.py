"""An approval against red checks asks for the password again, where the sign-in is long ago."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

from starlette.testclient import TestClient

from digest.flows.edition import build
from digest.flows.newsroom import users
from digest.model import EditionState
from digest.store import preflight_cache
from digest.store.accounts import audit
from digest.store.engine import Database
from digest.web.application import application
from tests.flow.day import NEWSLETTER, Day
from tests.web.site import HOST, PASSWORD, SAME, Browser

AT = f"/desk/{NEWSLETTER}/2026-03-04"


def test_an_old_sign_in_does_not_approve_against_red_without_the_password(
    sqlite: Database, tmp_path: Path
) -> None:
    day = Day(tmp_path, "2026-03-04T05:00", database=sqlite, look={"pictures": "none"})
    day.write(1, "Council votes for the wall", "2026-03-04T02:00")
    day.collect()
    made = build.build(day.app, NEWSLETTER).saved
    assert made is not None
    users.add(day.app, "ada", PASSWORD, "admin", by="test")
    ada = Browser(TestClient(application(day.app), base_url=HOST, follow_redirects=False))
    assert ada.sign_in("ada").status_code == 303
    day.clock.at += timedelta(hours=12)
    with day.db.write() as connection:  # the preflight has found that the story is gone
        gone = {"http://127.0.0.1:9/1": {"status": 404, "why": "", "private": False}}
        preflight_cache.keep(connection, "link", gone, day.clock())
    reason = 'The <address> is on "page 2"'
    page = ada.post(f"{AT}/approve", {"revision": str(made.revision), "override": reason})
    assert (page.status_code, "Is it you, ada?" in page.text) == (403, True)
    edition = day.app.edition(NEWSLETTER, made.date)
    assert edition.state is EditionState.DRAFT
    fields = {
        key: unescape(value)
        for key, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    }
    done = ada.client.post(f"{AT}/approve", data={**fields, "_password": PASSWORD}, headers=SAME)
    assert done.status_code == 303, done.text
    assert day.app.edition(NEWSLETTER, made.date).state is EditionState.APPROVED
    with day.db.read() as connection:
        assert [reason in one.what for one in audit.page(connection) if one.act == "override"] == [True]
