"""What a house keeps is learnt from its record alone, strictly from the past, and says why."""

from datetime import date, timedelta

import numpy as np
import pytest

from digest.stories import memory
from digest.stories.cluster import stories
from digest.stories.context import Context
from digest.stories.memory import Kept, Memory, learn
from digest.stories.rank import ranked
from tests.stories.news import FILLER, NOW, article, newsletter

FIRST = date(2026, 1, 5)


def record(days: int = 20, *, scale: float = 1.0) -> dict[date, list[Kept]]:
    """Return days on which courts are read by many, sport by few, and strikes in every section by many."""
    return {
        FIRST + timedelta(days=at): [
            Kept(f"Court rules on case {at}", "", "courts", 900.0 * scale),
            Kept(f"Strike halts trains on line {at}", "", "city", 400.0 * scale),
            Kept(f"Bakery opens on corner {at}", "", "city", 25.0 * scale),
            Kept(f"United draw match {at}", "", "sport", 0.0),
            Kept(f"Rovers strike late in match {at}", "", "sport", 100.0 * scale),
        ]
        for at in range(days)
    }


@pytest.fixture(scope="module")
def learned() -> Memory:
    found = learn(record(), date(2026, 6, 1))
    assert found is not None
    return found


def test_sections_and_words_that_were_kept_are_worth_more(learned: Memory) -> None:
    assert learned.sections["courts"] > 0 > learned.sections["sport"]
    strike = learned.of_words(article(1, "Strike at the bakery"))
    assert strike[0] > learned.of_words(article(1, "Match at the bakery"))[0]
    assert learned.of_words(article(1, "Court hears the strike"))[1][0] in {"court", "rule"}


def test_nothing_is_learnt_from_the_day_itself_or_later() -> None:
    early = learn(record(), FIRST + timedelta(days=15))
    later = dict(record())
    later[FIRST + timedelta(days=15)] = [Kept("Court in uproar", "", "courts", 9e9), Kept("B", "", "x", 0)]
    assert early == learn(later, FIRST + timedelta(days=15))
    assert early is not None
    assert early.last == FIRST + timedelta(days=14)


def test_views_and_minutes_are_one_scale() -> None:
    minutes, views = learn(record(), date(2026, 6, 1)), learn(record(scale=1e4), date(2026, 6, 1))
    assert minutes is not None
    assert views is not None
    assert minutes.sections == pytest.approx(views.sections)
    assert minutes.words == pytest.approx(views.words, abs=1e-6)


def test_the_words_are_those_of_a_ridge_regression() -> None:
    rows = [one for kept in record(8).values() for one in kept]
    worth = np.concatenate([memory._worth(kept) for kept in record(8).values()])
    rarity = memory._rarity(rows)
    table = np.array(
        [[memory._weights(one.title, "", rarity).get(word, 0.0) for word in rarity] for one in rows]
    )
    exact = np.linalg.solve(table.T @ table + memory.PENALTY * np.eye(len(rarity)), table.T @ worth)
    found = memory._words(rows, worth, rarity)
    assert [found[word] for word in rarity] == pytest.approx(exact, abs=1e-5)


def test_a_record_that_says_nothing_teaches_nothing() -> None:
    assert learn({}, FIRST) is None
    assert learn({FIRST: [Kept("A", "", "", 1.0)]}, date(2026, 6, 1)) is None
    assert learn({FIRST: [Kept("A", "", "", 1.0), Kept("B", "", "", 1.0)]}, date(2026, 6, 1)) is None


def test_the_order_follows_the_memory_with_reasons_that_add_up(learned: Memory) -> None:
    told = [
        article(1, "Match today at the old ground", section="sport"),
        article(2, FILLER[6][:29], section="courts"),
    ]
    context = Context(now=NOW, newsletter=newsletter(), memory=learned, keeps="your readers open")
    first, last = ranked(stories(told, now=NOW), context)
    assert first.story.lead.id == 2
    texts = {reason.signal: reason.text for each in (first, last) for reason in each.reasons if reason.points}
    assert texts["kept_words"] == "your readers open less of the words: match"
    for each in (first, last):
        assert each.score == pytest.approx(sum(reason.points for reason in each.reasons))
    assert "your readers open courts" in {reason.text for reason in first.reasons}


def test_what_an_editor_switched_off_counts_nothing(learned: Memory) -> None:
    from dataclasses import replace

    off = replace(learned, sections_off=frozenset({"courts"}), words_off=frozenset({"strike"}))
    assert off.of_section(article(1, "A", section="courts")) == 0.0
    assert off.of_words(article(1, "Strike"))[0] == 0.0
