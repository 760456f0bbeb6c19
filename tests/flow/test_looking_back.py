"""Backtest: past days as they were known then."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.app import App
from digest.errors import EditionError
from digest.flows.edition import build
from digest.flows.newsroom import backtest
from digest.model import Choice, EditionState
from digest.model.choice import Pin
from digest.store import articles, choices, editions
from tests.flow.day import NEWSLETTER, Day
from tests.states import put

FIRST = date(2026, 3, 2)
TITLES = (
    "Harbour bridge closes to lorries",
    "Rail fares rise by four per cent",
    "Orchestra names its first woman conductor",
    "Bakery chain recalls almond biscuits",
)


def morning(day: Day, number: int, *, pin: int = 0) -> None:
    """Write, build and send the edition of the *number*-th morning; an editor may pin its article *pin*."""
    date_ = FIRST + timedelta(days=number)
    for at, title in enumerate(TITLES):
        when = f"{date_}T0{4 - at}:00"
        day.clock.set(when)
        day.write(10 * number + at + 1, f"{title} {number * 7919 % 1000}", when)
        day.collect()
    day.clock.set(f"{date_}T05:00")
    saved = build.build(day.app, NEWSLETTER, date_).saved
    assert saved is not None
    if pin:
        with day.db.read() as connection:
            lines = editions.lines(connection, saved.id, saved.revision)
        chosen = next(line.article for line in lines if line.title.startswith(TITLES[pin]))
        with day.db.write() as connection:
            choices.add(connection, saved.id, Choice(Pin(chosen, 1), "dana", day.clock()))
        saved = build.build(day.app, NEWSLETTER, date_).saved
        assert saved is not None
    with day.db.write() as connection:
        put(connection, saved.id, EditionState.SENT)


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path, f"{FIRST}T01:00", window="12h", longest_window="12h")


def test_what_was_sent_as_ranked_comes_out_as_it_was(day: Day) -> None:
    morning(day, 0)
    morning(day, 1)
    tried = backtest.backtest(day.app, NEWSLETTER)
    assert [each.edition.date for each in tried] == [FIRST + timedelta(days=1), FIRST]
    assert [(each.ndcg, each.overlap, each.of, each.moved) for each in tried] == [
        (1.0, 2, 2, ()),
        (1.0, 4, 4, ()),
    ]


def test_an_editors_hand_shows_as_what_moved(day: Day) -> None:
    morning(day, 0, pin=1)
    (tried,) = backtest.backtest(day.app, NEWSLETTER)
    assert tried.by_hand
    assert tried.ndcg < 1.0
    lead = next(move for move in tried.moved if move.sent == 1)
    assert lead.title.startswith(TITLES[1])
    assert lead.now > 1


def test_what_came_later_was_not_known_then(day: Day) -> None:
    morning(day, 0)
    with day.db.write() as connection:
        articles.retitled(connection, 1, "A headline of the evening", day.clock() + timedelta(hours=9))
    day.clock.set(f"{FIRST}T20:00")
    day.write(9, "Too late for the morning", f"{FIRST}T04:30")
    day.collect()
    (past,) = backtest.tried_again(day.app, NEWSLETTER, days=3)
    titles = {each.story.lead.title for each in past.ranked}
    assert len(titles) == len(TITLES)
    assert not titles & {"A headline of the evening", "Too late for the morning"}


def test_other_weights_give_another_order(day: Day) -> None:
    morning(day, 0)
    newsletter = day.config.newsletters[NEWSLETTER]
    ranking = newsletter.ranking.model_copy(update={"weights": {"freshness": -1.0}})
    changed = {NEWSLETTER: newsletter.model_copy(update={"ranking": ranking})}
    app = App(day.config.model_copy(update={"newsletters": changed}), day.db, day.clock)
    (tried,) = backtest.backtest(app, NEWSLETTER)
    assert tried.ndcg < 1.0
    assert [move.now for move in tried.moved if move.sent == 4] != [4]


def test_a_newsletter_that_never_went_out_says_so(day: Day) -> None:
    with pytest.raises(EditionError, match="no edition went out"):
        backtest.backtest(day.app, NEWSLETTER)
