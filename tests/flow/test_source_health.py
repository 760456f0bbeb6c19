"""What a newsroom is told of its sources: health kept in the database, alarms once, and places on front pages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from digest.app import App
from digest.articles.clean import draft
from digest.articles.reading import Document, Mark, Reading
from digest.flows.collect import health
from digest.flows.collect.collect import _failure, _store
from digest.model import Item, Media
from digest.store import source_health, sources
from digest.store.engine import Database
from digest.store.schema import outbox
from tests.flow.newsroom import app_for

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


class House:
    """A newsroom whose one source says what a test lets it say."""

    def __init__(self, database: Database, kind: str = "feed") -> None:
        self.clock = NOW
        app = app_for(database, now=lambda: self.clock, alarms=["ops@example.org"])
        own = app.config.sources["own"].model_copy(update={"kind": kind})
        config = app.config.model_copy(update={"sources": {"own": own}})
        self.app = App(config, database, lambda: self.clock)

    @property
    def state(self) -> sources.SourceState:
        with self.app.db.write() as connection:
            return sources.known(connection, {"own": "https://example.org/rss"})["own"]

    def reads(
        self, numbers: Sequence[int], *, picture: bool = True, form: str = "rss", hours: float = 1
    ) -> None:
        self.clock += timedelta(hours=hours)
        media = (Media(url="https://example.org/a.jpg"),) if picture else ()
        items = tuple(
            Item(
                url=f"https://example.org/news/{one}",
                title=f"Headline {one}",
                published=NOW,
                media=media,
                position=place,
            )
            for place, one in enumerate(numbers)
        )
        assert all(draft(item, self.app.config.sources["own"]) for item in items)
        mark = Mark("https://example.org/rss", body_sha256=f"{self.clock}"[:64])
        _store(
            self.app,
            "own",
            self.state,
            Reading(mark=mark, document=Document(form=form, items=items)),
            self.clock,
        )

    def fails(self, hours: float) -> None:
        self.clock += timedelta(hours=hours)
        _failure(
            self.app,
            "own",
            self.state,
            Reading(mark=Mark("https://example.org/rss"), problem="no answer"),
            self.clock,
        )

    def alarms(self) -> list[str]:
        with self.app.db.read() as connection:
            keys = connection.execute(
                select(outbox.c.key).where(outbox.c.kind == "alarm").order_by(outbox.c.id)
            )
            return [key.split()[2] for key in keys.scalars()]


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def test_a_source_that_loses_its_pictures_is_told_once_and_shown(house: House) -> None:
    for _ in range(6):
        house.reads(range(5))
    assert house.alarms() == []
    for _ in range(3):
        house.reads(range(5), picture=False)
    assert house.alarms() == ["changed"]
    report = health.of_all(house.app)[0]
    assert (report.state, report.items, report.unpictured_share, report.undated_share) == (
        "trouble",
        5,
        1.0,
        0.0,
    )
    assert report.problems == ("none of its 5 items has a picture: nearly all had one",)
    assert report.a_day == pytest.approx(5 / 7)
    house.reads(range(5))
    assert health.of_all(house.app)[0].state == "fine"


def test_empty_for_a_day_failing_for_a_day_and_gone_are_told_once_each(house: House) -> None:
    house.reads(range(5))
    house.reads([])
    house.reads([], hours=25)
    house.reads([], hours=1)
    for hours in (1, 10, 10, 10, 10):
        house.fails(hours)
    assert house.alarms() == ["empty", "failing"]
    assert health.of_all(house.app)[0].state == "failing"


def test_how_long_an_article_stood_on_a_front_page_and_how_high_is_kept(database: Database) -> None:
    house = House(database, "page")
    for numbers in ([1, 2, 3], [2, 1, 3], [2, 3]):
        house.reads(numbers, form="page")
    house.reads([2, 1], form="page", hours=1)
    house.reads([2, 1], form="page", hours=30)  # nobody looked in between
    with database.read() as connection:
        found = source_health.on_pages(connection, ["own"], NOW)
        later = source_health.on_pages(connection, ["own"], house.clock)
    assert [(one.place, one.minutes) for one in found] == [(0, 60.0), (0, 180.0), (1, 120.0)]
    assert later == []
