"""When a provider is left alone: by share, by a streak that names authentication, and never for one tenant's rule."""

import pytest

from digest.delivery.halts import Halts, Standing, counted, verdict
from digest.outcomes import Accepted, Deferred, Outcome, Refused, Rejected, Throttled

OK, NO = Accepted(250, "2.0.0 ok"), Refused(550, "5.7.1 blocked")
UNSIGNED = Refused(550, "5.7.26 unauthenticated")
GONE, LATER, SLOW = Rejected(550, "5.1.1 nobody"), Deferred(451, "4.2.0 later"), Throttled(421, "4.7.0 slow")


def after(*outcomes: Outcome) -> str:
    standing = Standing()
    for outcome in outcomes:
        standing = counted(standing, outcome)
    return verdict(standing)


@pytest.mark.parametrize("status", ["5.7.26", "5.7.515", "5.7.20", "5.7.25", "5.7.30"])
def test_three_in_a_row_that_name_authentication_are_enough(status: str) -> None:
    no = Refused(550, f"{status} no")
    assert "not authenticated" in after(OK, no, no, no)
    assert "not authenticated" in after(no, LATER, no, SLOW, no)  # what is not final breaks no row
    assert after(no, no, OK, no, no, OK) == ""
    assert after(no, no) == ""


@pytest.mark.parametrize(
    ("refused", "others", "halts"),
    [
        (19, 0, False),
        (20, 0, True),
        (1, 19, False),
        (4, 60, False),
        (5, 15, True),
        (5, 95, True),
        (5, 96, False),
    ],
)
def test_five_of_a_hundred_are_enough_among_twenty_at_least(refused: int, others: int, halts: bool) -> None:
    full = Rejected(552, "5.2.2 full", dead=False)
    assert bool(after(*[NO] * refused, *[OK, full] * (others // 2), *[OK] * (others % 2))) is halts


def test_who_turns_away_late_is_noticed_as_soon_as_at_the_start() -> None:
    standing, refused = Standing(), 0
    for _ in range(100_000):
        standing = counted(standing, OK)
    while not verdict(standing):
        standing, refused = counted(standing, NO), refused + 1
    assert refused <= 21


@pytest.mark.parametrize(
    ("dead", "others", "halts"),
    [(5, 94, False), (5, 95, True), (4, 96, False), (6, 300, False), (7, 300, True)],
)
def test_more_than_two_dead_addresses_of_a_hundred_ask_for_a_person(
    dead: int, others: int, halts: bool
) -> None:
    assert bool(after(*[OK] * others, *[GONE] * dead)) is halts


def test_a_person_who_has_looked_is_not_asked_again_for_dead_addresses() -> None:
    halts = Halts()
    said = [halts.count("a", GONE) for _ in range(100)]
    assert "not to exist" in said[-1]
    halts.hear(["a"])
    halts.hear([])
    assert {halts.count("a", GONE) for _ in range(300)} == {""}
    assert [bool(halts.count("a", UNSIGNED)) for _ in range(3)] == [False, False, True]


def test_each_provider_stands_for_itself_and_is_halted_once() -> None:
    halts = Halts()
    said = [halts.count(name, UNSIGNED) for _ in range(4) for name in ("a", "b")]
    assert [bool(one) for one in said] == [False] * 4 + [True, True, False, False]
    assert halts.halted == {"a", "b"}
    assert "5.7.26 unauthenticated" in said[4]


def test_who_is_let_go_on_starts_anew_and_others_halts_are_heard() -> None:
    halts = Halts()
    for _ in range(3):
        halts.count("a", UNSIGNED)
    halts.hear(["b"])  # a look from before ours was written
    assert halts.halted == {"a", "b"}
    halts.hear(["a", "b"])
    halts.hear([])
    assert halts.halted == set()
    assert [halts.count("a", UNSIGNED) for _ in range(2)] == ["", ""]
    assert halts.count("a", UNSIGNED)
