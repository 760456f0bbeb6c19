"""What a mail's links lead to: the frozen edition, its pictures, and nothing that a guess can open."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from starlette.testclient import TestClient

from digest.app import App
from digest.flows.edition import approve, build
from digest.flows.sending import send
from digest.messages import personal_links
from digest.web.application import application
from tests.flow.day import NEWSLETTER, Day

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


@pytest.fixture
def day(tmp_path: Path) -> Day:
    made = Day(tmp_path, "2026-03-04T05:00", look={"pictures": "none"})
    made.write(1, "Council votes for the wall", "2026-03-04T02:00")
    made.collect()
    build.build(made.app, NEWSLETTER)
    approve.approve(made.app, NEWSLETTER, None, by="dana")
    return made


@pytest.fixture
def web(day: Day) -> TestClient:
    return TestClient(application(day.app), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))


def view(day: Day, **changes: int) -> str:
    edition = day.edition("2026-03-04")
    assert edition is not None
    seen = personal_links.Seen(
        changes.get("edition", edition.id), changes.get("revision", edition.revision), 7
    )
    return personal_links.view_url(day.app.links, seen).removeprefix("http://127.0.0.1:8000")


def test_view_in_browser_shows_the_frozen_edition_in_a_sandbox(day: Day, web: TestClient) -> None:
    answer = web.get(view(day))
    assert answer.status_code == 200
    assert "Council votes for the wall" in answer.text
    assert "@@" not in answer.text
    policy = answer.headers["content-security-policy"]
    for part in ("sandbox", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
        assert part in policy
    assert "script-src" not in policy


def test_what_is_pasted_into_a_chat_has_no_readers_links(day: Day, web: TestClient) -> None:
    """Not the links in mails that are out already, not those of new ones, and none of the archive."""
    edition = day.edition("2026-03-04")
    assert edition is not None
    links = day.app.links
    mails = [personal_links.mail_values(links, edition, reader, "example.org") for reader in (7, 8)]
    assert mails[0]["view_url"] == mails[1]["view_url"], "the link itself names nobody"
    for path in (view(day), mails[0]["view_url"].removeprefix("http://127.0.0.1:8000")):
        page = web.get(path).text
        assert "Council votes for the wall" in page
        assert not re.search(r"/[umda]/[A-Za-z0-9_-]{20}", page)
        assert page.count(f"/personal/{NEWSLETTER}") >= 2
        assert mails[0]["view_url"] in page
    explained = web.get(f"/personal/{NEWSLETTER}")
    assert explained.status_code == 200
    assert "at the end of the message" in explained.text
    assert f"/subscribe/{NEWSLETTER}" in explained.text
    assert "<form" not in explained.text
    assert web.get("/personal/nothing").status_code == 200


def test_it_shows_the_same_after_the_source_has_changed(day: Day, web: TestClient) -> None:
    before = web.get(view(day)).text
    day.clock.at += timedelta(hours=1)
    day.write(1, "Council votes against the wall", "2026-03-04T02:00")
    day.collect()
    assert web.get(view(day)).text == before


@pytest.mark.parametrize("change", ["cut", "flipped", "empty", "foreign", "long"])
def test_a_wrong_link_gets_words_and_no_edition(day: Day, web: TestClient, change: str) -> None:
    path = view(day)
    token = path.removeprefix("/v/")
    foreign = day.app.links.unsubscribe(7, NEWSLETTER).rpartition("/")[2]
    wrong = {
        "cut": token[:-3], "flipped": token[:-1] + ("A" if token[-1] != "A" else "B"), "empty": "%20",
        "foreign": foreign, "long": "A" * 5000,
    }[change]  # fmt: skip
    answer = web.get(f"/v/{wrong}")
    assert answer.status_code == 404
    assert "Council" not in answer.text
    assert "Please open it from the message itself" in answer.text


def test_a_link_to_an_edition_that_is_not_there_says_so(day: Day, web: TestClient) -> None:
    missing = web.get(view(day, edition=99), headers={"Accept-Language": "de-AT, en;q=0.5"})
    assert missing.status_code == 404
    assert '<html lang="de"' in missing.text
    assert "Dieser Link funktioniert nicht" in missing.text
    assert web.get(view(day, revision=99)).status_code == 404


def test_pictures_are_served_for_ever_and_only_by_their_hash(
    day: Day, web: TestClient, tmp_path: Path
) -> None:
    sha = "ab" * 32
    file = tmp_path / "data" / "pictures" / "ab" / f"{sha}.jpg"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xd8\xff")
    answer = web.get(f"/p/{sha}.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    for wrong in ("cd" * 32, "..%2f..%2fkeys", "a" * 63, "ab" * 31 + "a/"):
        assert web.get(f"/p/{wrong}.jpg").status_code == 404


def archived(day: Day, archive: str) -> TestClient:
    newsletter = day.app.config.newsletters[NEWSLETTER].model_copy(update={"archive": archive})
    config = day.app.config.model_copy(update={"newsletters": {NEWSLETTER: newsletter}})
    return TestClient(application(App(config, day.db, day.clock)), base_url="http://127.0.0.1:8000")


def test_without_a_word_of_the_newsroom_there_is_no_archive_and_no_way_to_what_one_showed(
    day: Day, web: TestClient
) -> None:
    day.subscribe(1)
    edition = day.edition("2026-03-04")
    assert edition is not None
    anyio.run(send.send, day.app, edition.id)
    assert b"List-Archive" not in day.mails()[0].read_bytes()
    assert web.get(f"/archive/{NEWSLETTER}").status_code == 404
    link = re.search(
        r'href="http://127.0.0.1:8000(/v/[^"]+)"', archived(day, "public").get(f"/archive/{NEWSLETTER}").text
    )
    assert link
    assert archived(day, "public").get(link[1]).status_code == 200
    assert web.get(link[1]).status_code == 404, "the archive was closed again"
    assert web.get(view(day)).status_code == 200, "a reader's own mail stays readable"


def test_the_archive_lists_what_went_out_and_nothing_else(day: Day) -> None:
    web = archived(day, "public")
    assert "Council votes" not in web.get(f"/archive/{NEWSLETTER}").text, "approved is not sent"
    day.subscribe(1)
    edition = day.edition("2026-03-04")
    assert edition is not None
    anyio.run(send.send, day.app, edition.id)
    page = web.get(f"/archive/{NEWSLETTER}").text
    assert "Wednesday, 4 March 2026" in page
    link = re.search(r'href="http://127.0.0.1:8000(/v/[^"]+)"', page)
    assert link
    assert "Council votes for the wall" in web.get(link[1]).text
    assert web.get("/archive/nothing").status_code == 404


def test_health_tells_whether_the_database_answers(day: Day, web: TestClient) -> None:
    assert web.get("/health").json() == {"ok": True}
