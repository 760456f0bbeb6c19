"""What a memory is worth is said of weeks that it had not seen, beside chance."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import pytest

from digest.stories.memory import Kept
from digest.stories.tune import bootstrapped, tried
from tests.stories.news import article

FIRST = date(2026, 1, 5)
LIKE = article(1, "Any")


def record(days: int, *, by_chance: bool = False) -> dict[date, Sequence[Kept]]:
    """Return days on which courts are kept and sport is not, or on which chance decides."""
    dice = Random(7)
    found = {}
    for at in range(days):
        rows = [Kept(f"Court rules {at}-{n}", "", "courts", 90.0) for n in range(8)]
        rows += [Kept(f"United draw {at}-{n}", "", "sport", 0.0) for n in range(24)]
        if by_chance:
            rows = [Kept(one.title, "", one.section, float(dice.random() < 0.25)) for one in rows]
        found[FIRST + timedelta(days=at)] = rows
    return found


def test_what_a_house_keeps_is_told_from_the_days_before() -> None:
    found = tried(record(45), LIKE)
    assert found is not None
    assert found.memory == pytest.approx(1.0)
    assert found.chance < 0.5
    assert 0.0 < found.low <= found.high
    assert found.after == 14
    assert found.weeks >= 3


def test_where_chance_decides_the_interval_says_so() -> None:
    found = tried(record(45, by_chance=True), LIKE)
    assert found is not None
    assert found.low < 0.05 < found.memory
    assert abs(found.memory - found.chance) < 0.15


def test_a_short_record_is_not_tried_and_a_later_start_has_fewer_days() -> None:
    assert tried({}, LIKE) is None
    assert tried(record(20), LIKE) is None
    early, late = tried(record(60), LIKE), tried(record(60), LIKE, after=30)
    assert early is not None
    assert late is not None
    assert late.days < early.days


def test_an_interval_of_weeks_that_are_all_the_same_has_no_width() -> None:
    assert bootstrapped([[0.25, 0.25], [0.25]]) == (0.25, 0.25)
