"""The warm-up of a new From domain: a cap that grows, shared by its newsletters, the oldest consents first."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from digest.app import App
from digest.config.schema import Config, WarmUpRule
from digest.delivery.settle import Policy
from digest.delivery.warm_up import cap, in_shares
from digest.flows.sending.report import report
from digest.flows.sending.send import _queue
from digest.model import EditionEvent
from digest.store import editions
from digest.store.deliveries.edition_queue import EditionQueue
from digest.store.engine import Database
from digest.store.schema import deliveries
from digest.store.schema import editions as table
from subscribers.schema import subscribers, subscriptions
from tests.flow.newsroom import add_edition, add_readers, app_for, rows
from tests.flow.test_first_wave import START, Clock, worked

RULE = {"start": date(2026, 3, 4), "first": 10, "last": 1000, "days": 42}
DAY = timedelta(days=1)


def newsroom(
    database: Database, clock: Clock, readers: int = 40, *, first_wave: Any = None, **rule: Any
) -> App:
    add_readers(database, readers)
    with (
        database.write() as connection
    ):  # the reader with the highest number confirmed first; three in four at one
        for one in range(1, readers + 1):
            mine = subscriptions.c.subscriber_id == one
            connection.execute(update(subscriptions).where(mine).values(confirmed_at=START - one * DAY))
            domain = "small.example" if one % 4 == 0 else "big.example"
            connection.execute(update(subscribers).where(subscribers.c.id == one).values(domain=domain))
    plain = app_for(database, now=clock, **({"first_wave": first_wave} if first_wave else {}))
    warm_up = {"example.org": WarmUpRule.model_validate(RULE | rule)}
    return App(plain.config.model_copy(update={"warm_up": warm_up}), database, clock)


def begun(app: App, edition: int, mine: str = "a", chunk: int = 4) -> EditionQueue:
    with app.db.write() as connection:
        editions.transition(connection, edition, EditionEvent.BEGIN, at=app.now())
        saved = editions.existing(connection, edition)
    return _queue(app, saved, Policy(), chunk, mine)


def got(database: Database, edition: int) -> list[int]:
    with database.read() as connection:
        return sorted(row.subscriber_id for row in rows(connection) if row.edition_id == edition)


def test_the_day_has_room_for_so_many_and_the_others_are_reported(database: Database) -> None:
    clock = Clock()
    app = newsroom(database, clock)
    edition = add_edition(database)
    assert len(worked(app, begun(app, edition))) == 10
    warm = report(app, edition).warm_up
    assert warm is not None
    assert warm.words == ("30 of 40 readers wait for the warm-up of example.org (10 mails on 2026-03-04)")
    with database.read() as connection:
        providers = Counter(row.provider for row in rows(connection))
    assert providers in ({"big.example": 8, "small.example": 2}, {"big.example": 7, "small.example": 3})
    assert min(got(database, edition)) > 25  # who consented longest ago
    with database.write() as connection:
        saved = editions.existing(connection, edition)
        assert saved.planned
    clock.at += DAY
    second = add_edition(database, day=date(2026, 3, 5))
    assert len(worked(app, begun(app, second, "b"))) == 11  # 10 * 100 ** (1/41)
    assert set(got(database, edition)) < set(got(database, second))


def undone(app: App, queue: EditionQueue) -> None:
    with app.db.write() as connection:
        queue.plan(connection)
        raise RuntimeError("the power fails before the commit")


def test_a_killed_run_takes_no_more_than_the_day_has(database: Database) -> None:
    clock = Clock()
    app = newsroom(database, clock)
    edition = add_edition(database)
    killed = begun(app, edition)
    for _ in range(3):
        with app.db.write() as connection:
            killed.plan(connection)
    with pytest.raises(RuntimeError):
        undone(app, killed)
    with app.db.write() as connection:
        killed.plan(connection)  # the same run tries once more
    worked(app, begun(app, edition, "b"))
    assert len(got(database, edition)) == 10
    with database.read() as connection:
        count = select(func.count(func.distinct(deliveries.c.subscriber_id)))
        assert connection.execute(count).scalar_one() == 10


def test_two_editions_of_a_domain_share_its_day(database: Database) -> None:
    clock = Clock()
    app = newsroom(database, clock, readers=20)
    one, other = add_edition(database), add_edition(database, day=date(2026, 3, 3))  # both begin today
    queues = [begun(app, one, "a"), begun(app, other, "b")]
    while any(planned := [_planned(app, queue) for queue in queues]):
        assert sum(len(got(database, edition)) for edition in (one, other)) <= 10, planned
    assert sum(len(got(database, edition)) for edition in (one, other)) == 10
    assert all(got(database, edition) for edition in (one, other))


def _planned(app: App, queue: EditionQueue) -> int | None:
    with app.db.write() as connection:
        return queue.plan(connection)


def test_seeds_and_correction_mails_are_not_held_back_and_the_newest_may_come_first(sqlite: Database) -> None:
    clock = Clock()
    app = newsroom(sqlite, clock, order="newest")
    edition = add_edition(sqlite)
    worked(app, begun(app, edition))
    assert max(got(sqlite, edition)) < 16
    with sqlite.write() as connection:
        mail = {"corrects": edition, "corrected": 2, "date": date(2026, 3, 6)}
        second = add_edition_in(connection, mail)
    worked(app, begun(app, second, "b"))
    assert got(sqlite, second) == got(sqlite, edition)


def add_edition_in(connection: Any, values: dict[str, Any]) -> int:
    first = connection.execute(select(table).limit(1)).one()._asdict()
    made = {name: value for name, value in first.items() if name != "id"}
    fresh = {"state": "approved", "started_at": None, "planned_to": 0, "planned": False, "revision": 2}
    found = connection.execute(table.insert().values(**made | fresh | values).returning(table.c.id))
    return int(found.scalar_one())


def test_the_first_wave_is_a_part_of_the_day(sqlite: Database) -> None:
    clock = Clock()
    app = newsroom(sqlite, clock, first_wave={"share": 0.1, "readers": 3, "wait": "15m"})
    edition = add_edition(sqlite)
    assert len(worked(app, begun(app, edition))) == 3
    clock.at += timedelta(minutes=15)
    assert len(worked(app, begun(app, edition, "b"))) == 7


def test_when_its_days_are_over_everybody_gets_it(sqlite: Database) -> None:
    clock = Clock()
    app = newsroom(sqlite, clock, start=date(2026, 1, 1))
    edition = add_edition(sqlite)
    assert len(worked(app, begun(app, edition))) == 40
    assert report(app, edition).warm_up is None


def test_a_domain_that_nobody_sends_from_is_a_fault_of_the_configuration() -> None:
    whole = {
        "sources": {"own": {"url": "https://example.org/rss"}},
        "newsletters": {
            "daily": {
                "title": "D",
                "sources": ["own"],
                "schedule": {"time": "06:00"},
                "sender": {"address": "news@example.org"},
            }
        },
    }
    with pytest.raises(ValueError, match="warm_up names example"):
        Config.model_validate(whole | {"warm_up": {"example.com": RULE}})
    with pytest.raises(ValueError, match="last must not be less"):
        Config.model_validate(whole | {"warm_up": {"example.org": RULE | {"last": 1}}})


@given(st.integers(1, 5000), st.integers(1, 1000), st.integers(1, 365))
def test_the_cap_grows_by_the_same_factor_from_the_first_to_the_last(
    first: int, times: int, days: int
) -> None:
    start = date(2026, 12, 1)
    caps = [cap(start + timedelta(days=day), start, first, first * times, days) for day in range(days)]
    assert caps[0] == first
    assert days == 1 or caps[-1] == first * times
    assert caps == sorted(caps, key=lambda one: one or 0)
    assert cap(start + timedelta(days=days), start, first, first * times, days) is None
    assert cap(start - timedelta(days=3), start, first, first * times, days) == first


@given(st.lists(st.sampled_from("abc"), max_size=60), st.integers(0, 60))
def test_each_provider_has_its_share_of_any_part(providers: list[str], most: int) -> None:
    order = in_shares(list(enumerate(providers)))
    assert sorted(order) == list(range(len(providers)))
    some = Counter(providers[one] for one in order[:most])
    for provider, count in Counter(providers).items():
        share = count * min(most, len(providers)) / max(1, len(providers))
        assert abs(some[provider] - share) < 2
        own = [one for one in order if providers[one] == provider]
        assert own == sorted(own)
