"""Many who leave at once: each with their own moment, once, and nobody else."""

from datetime import datetime, timedelta

import pytest

from subscribers.links import newsletter_mark
from subscribers.model import Act, Evidence, State
from subscribers.store import people
from subscribers.store.consents import consent_history
from subscribers.store.subscriptions import Unsubscribe, transition, unsubscribe, unsubscribe_all
from tests.subscribers.conftest import Site

DAILY = newsletter_mark("daily")


@pytest.fixture
def site(site_on_sqlite: Site) -> Site:
    """The statements are the same on both databases, and test_store has them on both."""
    return site_on_sqlite


def changed_at(site: Site, reader: int, newsletter: str = "daily") -> datetime:
    with site.database.read() as connection:
        found = people.find_subscription(connection, reader, newsletter)
    assert found is not None
    return found.changed_at


def test_those_who_leave_together_are_each_answered_for_themselves(site: Site) -> None:
    one, two, stays = (site.reader(f"{name}@x.example") for name in ("one", "two", "stays"))
    site.reader("two@x.example", "boker")
    site.later(minutes=1)
    by = Evidence(site.now, "one click")
    leaving = [Unsubscribe(two, newsletter_mark("boker"), by), Unsubscribe(one, DAILY, by), Unsubscribe(one, newsletter_mark("boker"), by),
               Unsubscribe(4711, DAILY, by), Unsubscribe(one, DAILY, by)]  # fmt: skip
    with site.database.write() as connection:
        done = unsubscribe_all(connection, leaving)
        assert [each and (each.subscriber_id, each.changed, each.at) for each in done] == [
            (two, True, site.now), (one, True, site.now), None, None, (one, False, site.now)
        ]  # fmt: skip
        states = {who: people.find_subscription(connection, who, "daily") for who in (one, two, stays)}
        assert [wish and wish.state for wish in states.values()] == [State.ENDED, State.ACTIVE, State.ACTIVE]
        assert [each.act for each in consent_history(connection, one)] == ["add", "end"]
        assert [(each.act, each.newsletter) for each in consent_history(connection, two)][-1] == (
            "end",
            "boker",
        )


def test_who_had_left_already_is_told_the_moment_of_that_end(site: Site) -> None:
    """Its undo link takes back that very end."""
    reader = site.reader()
    site.later(minutes=1)
    with site.database.write() as connection:
        first = unsubscribe(connection, reader, DAILY, Evidence(site.now, "one click"))
    site.later(minutes=5)
    with site.database.write() as connection:
        again = unsubscribe(connection, reader, DAILY, Evidence(site.now, "one click"))
    assert first is not None
    assert again is not None
    assert first.at == again.at == changed_at(site, reader) == site.now - timedelta(minutes=5)
    assert (again.before, again.after) == (State.ENDED, State.ENDED)
    with site.database.write() as connection:
        undone = transition(connection, reader, "daily", Act.UNDO, Evidence(site.now, "page"), link=again.at)
    assert undone.after is State.ACTIVE


def test_an_end_has_a_moment_of_its_own_though_the_clock_stood_still_or_went_back(site: Site) -> None:
    reader = site.reader()
    began = changed_at(site, reader)
    with site.database.write() as connection:
        first = unsubscribe(connection, reader, DAILY, Evidence(site.now - timedelta(hours=1), "one click"))
        assert first is not None
        assert first.at is not None
        back = transition(connection, reader, "daily", Act.UNDO, Evidence(site.now, "page"), link=first.at)
        second = unsubscribe(connection, reader, DAILY, Evidence(site.now, "one click"))
        assert second is not None
        assert second.at is not None
        assert back.at is not None
        assert began < first.at < back.at < second.at < site.now + timedelta(seconds=1)
        older = transition(connection, reader, "daily", Act.UNDO, Evidence(site.now, "page"), link=first.at)
    assert older.after is State.ENDED, "the link of the first end does not take back the second"


@pytest.mark.parametrize("by", [Act.CONFIRM, Act.ADD, Act.IMPORT])
def test_the_moment_of_a_consent_is_kept_and_stays_when_it_ends(site: Site, by: Act) -> None:
    reader = site.reader("a@x.example", "boker")
    with site.database.write() as connection:
        if by is Act.CONFIRM:
            transition(connection, reader, "daily", Act.ASK, Evidence(site.now, "form"))
        site.later(minutes=1)
        assert transition(connection, reader, "daily", by, Evidence(site.now, "a test")).after is State.ACTIVE
        given = site.now
        for then in (Act.PAUSE, Act.RESUME, Act.END, Act.ASK):
            site.later(minutes=1)
            until = site.now + timedelta(days=1)
            assert transition(
                connection, reader, "daily", then, Evidence(site.now, "a test"), until=until
            ).changed
            wish = people.find_subscription(connection, reader, "daily")
            assert wish is not None
            assert wish.confirmed_at == given
