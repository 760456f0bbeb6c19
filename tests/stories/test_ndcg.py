"""How near two orders are."""

import pytest

from digest.stories.ndcg import ndcg, of_place


def test_the_best_order_is_1_and_no_gain_is_no_figure() -> None:
    assert ndcg([3, 2, 1, 0]) == 1.0
    assert ndcg([0, 0]) is None
    assert ndcg([]) is None


def test_a_later_place_is_discounted_by_its_logarithm() -> None:
    assert ndcg([0, 1]) == pytest.approx(0.6309, abs=1e-4)


def test_what_stands_below_the_tenth_place_counts_nothing() -> None:
    assert ndcg([0.0] * 10 + [1.0]) == 0.0


def test_the_first_place_is_worth_most() -> None:
    assert [of_place(place) for place in (1, 2, 4)] == [1.0, 0.5, 0.25]
