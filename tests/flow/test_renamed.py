"""A newsletter that was renamed keeps its readers, what each of them said, and the links in mails that are out."""

from pathlib import Path

import pytest

from digest.app import App
from digest.errors import DigestError
from digest.flows.newsroom.checks import readers as checks
from digest.flows.readers import lists, readers
from digest.store.engine import Database
from digest.web.application import application
from subscribers import mailto, replay
from subscribers.links import Links, Purpose
from subscribers.model import Act, Evidence
from subscribers.store import consents, people, renames
from subscribers.store.subscriptions import transition
from tests.web.site import HOST, Site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


def renamed(site: Site, old: str, new: str) -> None:
    """Rename the newsletter in the configuration, as an editor of the file does."""
    names = dict(site.app.config.newsletters)
    names[new] = names.pop(old).model_copy().named(new)
    config = site.app.config.model_copy(update={"newsletters": names})
    site.app = App(config, site.app.db, site.clock)
    site.web = application(site.app)


def reader(site: Site, name: str, newsletter: str = "daily") -> int:
    readers.add(site.app, newsletter, f"{name}@reader.example", source="a test")
    with site.app.db.read() as connection:
        found = people.subscriber_by_key(connection, f"{name}@reader.example")
    assert found is not None
    return found.id


def act(site: Site, number: int, what: Act, newsletter: str = "daily") -> None:
    site.clock.at = site.clock.at.replace(minute=site.clock.at.minute + 1)
    with site.app.db.write() as connection:
        transition(connection, number, newsletter, what, Evidence(site.app.now(), "a test"))


def states(site: Site, number: int) -> dict[str, str]:
    with site.app.db.read() as connection:
        person = people.load_person(connection, number)
    assert person is not None
    return {wish.newsletter: str(wish.state) for wish in person.subscriptions}


def test_check_names_the_readers_that_a_renaming_left_behind_until_they_are_moved(site: Site) -> None:
    for name in "ab":
        reader(site, name)
    act(site, reader(site, "c"), Act.END)
    assert list(checks.examine(site.app, True)) == []
    renamed(site, "daily", "morning")
    (found,) = checks.examine(site.app, True)
    assert not found.ok
    assert "2 readers of daily" in found.words
    assert "digest subscribers move-list daily NEW" in found.words
    assert "3 readers of daily are readers of morning" in lists.move_list(site.app, "daily", "morning")
    assert list(checks.examine(site.app, True)) == []
    assert "0 readers" in lists.move_list(site.app, "daily", "morning")  # once more changes nothing


def test_a_newsletter_that_nobody_gets_any_more_is_only_named(site: Site) -> None:
    act(site, reader(site, "a"), Act.END)
    renamed(site, "daily", "morning")
    (found,) = checks.examine(site.app, True)
    assert (found.ok, found.note) == (True, True)


def test_each_reader_keeps_their_state_and_who_said_no_last_stays_out(site: Site) -> None:
    one = {
        name: reader(site, name) for name in ("stays", "left", "both", "left_old", "left_new", "came_back")
    }
    act(site, one["left"], Act.END)
    for name in ("both", "left_old", "left_new", "came_back"):
        reader(site, name, "weekly")
    act(site, one["left_old"], Act.END, "daily")  # later than they came to the other
    act(site, one["left_new"], Act.END, "weekly")
    act(site, one["came_back"], Act.END, "daily")
    act(site, one["came_back"], Act.END, "weekly")
    act(site, one["came_back"], Act.ASK, "weekly")
    act(site, one["came_back"], Act.CONFIRM, "weekly")
    renamed(site, "daily", "gone")
    lists.move_list(site.app, "daily", "weekly")
    assert {name: states(site, number) for name, number in one.items()} == {
        "stays": {"weekly": "active"}, "left": {"weekly": "ended"}, "both": {"weekly": "active"},
        "left_old": {"weekly": "ended"}, "left_new": {"weekly": "ended"}, "came_back": {"weekly": "active"},
    }  # fmt: skip
    with site.app.db.read() as connection:
        history = consents.consent_history(connection, one["stays"])
    assert [(entry.act, entry.newsletter, entry.source) for entry in history[1:]] == [
        ("rename", "weekly", "renamed from daily")
    ]


def test_old_links_and_forms_lead_to_the_new_name(site: Site) -> None:
    number, other = reader(site, "a"), reader(site, "b")
    links = site.app.links
    own, out = (url.removeprefix(HOST) for url in links.for_reader(number, "daily")[:2][::-1])
    renamed(site, "daily", "morning")
    lists.move_list(site.app, "daily", "morning")
    renamed(site, "morning", "dawn")
    lists.move_list(site.app, "morning", "dawn")  # twice renamed
    client = site.browser().client
    assert "The Daily" in client.get(own).text
    assert client.post(own, data={"act": "save", "name": "Ada"}).status_code == 200
    manage = links.subscription_token(Purpose.MANAGE, number, "daily", at=site.app.now())
    assert client.get(f"/d/{manage}").status_code == 200
    page = client.post(out)
    assert states(site, number) == {"dawn": "ended"}
    undo = page.text.partition('name="undo" value="')[2].partition('"')[0]
    assert client.post(f"{out}/undo", data={"undo": undo}).status_code == 200
    assert states(site, number) == {"dawn": "active"}
    assert client.get("/subscribe/daily").status_code == 200
    client.post("/subscribe/daily", data={"email": "new@reader.example"})
    assert states(site, other + 1) == {"dawn": "pending"}
    mailbox = links.for_reader(other, "daily")[2]
    with site.app.db.write() as connection:
        message = f"To: {mailbox}@example.org\r\n\r\n".encode()
        assert (
            len(mailto.unsubscribe_by_mail(connection, links, message, Evidence(site.app.now(), "mail"))) == 1
        )
    assert states(site, other) == {"dawn": "ended"}


def test_a_line_of_the_journal_with_the_old_name_ends_the_new_one(site: Site) -> None:
    number = reader(site, "a")
    renamed(site, "daily", "morning")
    lists.move_list(site.app, "daily", "morning")
    line = replay.Entry(
        act="end", at=site.app.now(), reader=number, newsletter="daily", digest=b"", reason=""
    )
    with site.app.db.write() as connection:
        replay.replay_journal(connection, [line], site.app.links.keys, site.app.now())
    assert states(site, number) == {"morning": "ended"}


def test_an_old_confirmation_does_not_outlive_an_end_under_the_old_name(site: Site) -> None:
    client = site.browser().client
    links: Links = site.app.links
    number = reader(site, "a")
    old = links.confirm(number, "daily", site.app.now()).removeprefix(HOST)
    act(site, number, Act.END)
    renamed(site, "daily", "morning")
    act(site, number, Act.ASK)
    lists.move_list(site.app, "daily", "morning")
    client = site.browser().client
    assert client.post(old).status_code == 410
    assert states(site, number) == {"morning": "pending"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("daily", "weekly", "in the configuration"),
        ("nothing", "weekly", "nobody ever had"),
        ("daily", "x", "x"),
    ],
)
def test_what_cannot_be_moved_is_said(site: Site, old: str, new: str, words: str) -> None:
    reader(site, "a")
    with pytest.raises(DigestError, match=words):
        lists.move_list(site.app, old, new)


def test_names_that_go_in_a_circle_end_somewhere(site: Site) -> None:
    with site.app.db.write() as connection:
        renames.rename_newsletter(connection, "a", "b", site.app.now())
        renames.rename_newsletter(connection, "b", "a", site.app.now())  # back to the old name
        assert renames.current_name(connection, "b") == "a"
        assert renames.current_name(connection, "a") == "a"
