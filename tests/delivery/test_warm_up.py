"""The warm-up as a table: how many mails a day has room for, and whose."""

from collections import Counter
from datetime import date, timedelta

import pytest

from digest.delivery.warm_up import WarmUp, cap, in_shares

START = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("after", "room"),
    [(-3, 10), (0, 10), (1, 32), (2, 100), (3, 316), (4, 1000), (5, None), (6, None)],
)
def test_the_room_grows_by_the_same_factor_each_day(after: int, room: int | None) -> None:
    assert cap(START + timedelta(days=after), START, 10, 1000, 5) == room


def test_a_warm_up_of_one_day_is_its_first() -> None:
    assert [cap(START + timedelta(days=after), START, 10, 1000, 1) for after in (0, 1)] == [10, None]
    assert [cap(START + timedelta(days=after), START, 10, 1000, 2) for after in (0, 1, 2)] == [10, 1000, None]


def test_any_beginning_holds_each_providers_share() -> None:
    readers = [*((one, "big") for one in range(9)), *((one, "small") for one in range(100, 103))]
    order = in_shares(readers)
    assert order == [0, 1, 100, 2, 3, 4, 101, 5, 6, 7, 102, 8]
    assert Counter("small" if one >= 100 else "big" for one in order[:4]) == {"big": 3, "small": 1}
    assert in_shares([]) == []


def test_who_waits_is_whoever_has_no_row() -> None:
    made = WarmUp(domain="example.org", day=START, cap=1500, planned=1500, readers=4000)
    assert (
        made.words == "2,500 of 4,000 readers wait for the warm-up of example.org (1,500 mails on 2026-03-04)"
    )
    assert WarmUp(domain="example.org", day=START, cap=10, planned=12, readers=10).waiting == 0
