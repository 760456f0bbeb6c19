"""When a limit shuts the sign-up form, the newsroom is told, once for its window of time."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from digest.flows.notify import alarms
from digest.store.engine import Database
from digest.store.schema import calls, outbox
from tests.web.site import Site


def test_the_newsroom_is_told_once_a_window_that_sign_up_is_closed(sqlite: Database, tmp_path: Path) -> None:
    told = {"mail": ["desk@example.org"], "webhook": "https://hooks.example.org/x"}
    site = Site(sqlite, tmp_path, alarms=told, readers={"pending_limit": 1})
    client = site.browser().client
    codes = [
        client.post("/subscribe/daily", data={"email": f"r{number}@reader.example"}).status_code
        for number in range(4)
    ]
    assert codes == [200, 429, 429, 429]
    alarms.sign_up_limited(site.app, newsletter="daily", limit="domain", domain="reader.example")
    site.clock.at += timedelta(days=1)
    alarms.sign_up_limited(site.app, newsletter="daily", limit="pending", domain="reader.example")
    with sqlite.read() as connection:
        alarmed = select(outbox.c.content).where(outbox.c.kind == "alarm").order_by(outbox.c.id)
        mails = [content.decode() for content in connection.execute(alarmed).scalars()]
        assert len(connection.execute(select(calls.c.id)).all()) == 3
    assert [("closed for today" in mail, "reader.example" in mail) for mail in mails] == [
        (True, False), (False, True), (True, False),
    ]  # fmt: skip
    assert "readers.pending_limit" in mails[0]
