"""Fitting weights to editors who think differently, alike, or at random."""

from datetime import date, timedelta

import numpy as np
import pytest

from digest.stories.ndcg import of_place
from digest.stories.tune import Past, bootstrapped, fit

NOW = {"coverage": 0.5, "freshness": 0.1, "picture": 0.02}


def editions(wanted: list[float], *, count: int = 40, noise: float = 0.05, seed: int = 1) -> list[Past]:
    """Return *count* daily editions of 30 stories whose editor scores by the weights *wanted*, roughly."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        values = draw.random((30, 3))
        order = np.argsort(-(values @ np.array(wanted) + noise * draw.standard_normal(30)))
        gains = np.zeros(30)
        for place, at in enumerate(order[:10], 1):
            gains[at] = of_place(place)
        made.append(Past(date(2026, 1, 5) + number * timedelta(days=1), values, gains))
    return made


def test_an_editor_who_loves_the_new_is_learnt() -> None:
    tuned = fit(editions([0.1, 0.5, 0.02]), NOW)
    assert tuned.weights["freshness"].fitted > tuned.weights["coverage"].fitted
    assert tuned.after > tuned.before
    assert tuned.low > 0.0


def test_an_editor_who_agrees_changes_little() -> None:
    tuned = fit(editions(list(NOW.values())), NOW)
    ratio = tuned.weights["coverage"].fitted / max(1e-6, tuned.weights["freshness"].fitted)
    assert 3 < ratio < 8
    assert abs(tuned.after - tuned.before) < 0.03


def test_nothing_is_learnt_from_an_editor_at_random() -> None:
    tuned = fit(editions([0.0, 0.0, 0.0], noise=1.0), NOW)
    assert tuned.low <= 0.0 <= tuned.high


def test_the_interval_holds_the_fit_and_narrows_with_more_editions() -> None:
    few, many = (fit(editions([0.1, 0.5, 0.02], count=count), NOW).weights["freshness"] for count in (21, 84))
    assert few.low <= few.fitted <= few.high
    assert many.high - many.low < few.high - few.low


def test_one_week_is_not_enough_to_leave_one_out() -> None:
    with pytest.raises(ValueError, match="two weeks"):
        fit(editions([0.1, 0.5, 0.02], count=7), NOW)


def test_the_same_editions_give_the_same_weights() -> None:
    past = editions([0.1, 0.5, 0.02])
    assert fit(past, NOW) == fit(past, NOW)


def test_a_bootstrap_of_equal_differences_has_no_width() -> None:
    assert bootstrapped(np.full(9, 0.25)) == (0.25, 0.25)
