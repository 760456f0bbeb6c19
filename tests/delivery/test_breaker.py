"""The breaker: what trips it, at which shares, and that it never does for few events or for what a person has seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.breaker import CAUSES, Counts, Thresholds, Trip, judged, tripped

NUMBERS = st.integers(0, 3000)
COUNTS = st.builds(
    lambda good, hard, complaints, refused: Counts(
        tries=good + hard + complaints + refused, hard=hard, complaints=complaints, refused=refused
    ),
    NUMBERS,
    st.integers(0, 60),
    st.integers(0, 12),
    st.integers(0, 60),
)
LIMITS = st.builds(
    Thresholds,
    hard=st.floats(0, 1),
    complaints=st.floats(0, 1),
    refused=st.floats(0, 1),
    events=st.integers(1, 20),
    tries=st.integers(1, 500),
    refused_tries=st.integers(1, 100),
)


@pytest.mark.parametrize(
    ("counts", "trip"),
    [
        (Counts(tries=5000, complaints=5), None),  # 0.1 % is allowed, more is not
        (Counts(tries=4999, complaints=5), Trip.COMPLAINTS),
        (Counts(tries=4000, complaints=4), None),  # four may be chance
        (Counts(tries=99, complaints=9), None),  # too few mails to tell
        (Counts(tries=100, complaints=5), Trip.COMPLAINTS),
        (Counts(tries=250, hard=5), None),
        (Counts(tries=249, hard=5), Trip.HARD),
        (Counts(tries=99, hard=50), None),
        (Counts(tries=19, refused=19), None),
        (Counts(tries=20, refused=5), Trip.REFUSED),
        (Counts(tries=100, refused=5), Trip.REFUSED),
        (Counts(tries=101, refused=5), None),
        (Counts(tries=30, refused=4), None),
    ],
)
def test_the_shares_that_are_too_much(counts: Counts, trip: Trip | None) -> None:
    assert tripped(counts) is trip


def test_who_has_looked_is_not_asked_again_for_dead_addresses_but_for_complaints() -> None:
    assert tripped(Counts(tries=200, hard=50), looked=True) is None
    assert tripped(Counts(tries=200, hard=50, complaints=5), looked=True) is Trip.COMPLAINTS


@given(COUNTS, LIMITS, st.booleans())
def test_few_events_or_few_mails_never_trip_it(counts: Counts, limits: Thresholds, looked: bool) -> None:
    trip = tripped(counts, limits, looked=looked)
    if trip is not None:
        events = {Trip.HARD: counts.hard, Trip.COMPLAINTS: counts.complaints, Trip.REFUSED: counts.refused}[
            trip
        ]
        share = {Trip.HARD: limits.hard, Trip.COMPLAINTS: limits.complaints, Trip.REFUSED: limits.refused}[
            trip
        ]
        assert events >= limits.events
        assert events >= share * counts.tries
        assert counts.tries >= (limits.refused_tries if trip is Trip.REFUSED else limits.tries)


@given(COUNTS, st.integers(1, 200))
def test_more_of_what_is_bad_never_lets_it_go_on(counts: Counts, more: int) -> None:
    worse = Counts(
        tries=counts.tries, hard=counts.hard, complaints=counts.complaints + more, refused=counts.refused
    )
    assert tripped(counts) is None or tripped(worse) is not None


@given(st.dictionaries(st.sampled_from("abcde"), COUNTS), st.sets(st.sampled_from("abcde")))
def test_each_provider_stands_for_itself_and_all_for_what_is_left(
    by_provider: dict[str, Counts], halted: set[str]
) -> None:
    stops = judged(by_provider, halted)
    assert not set(stops) & halted
    for provider, counts in by_provider.items():
        assert (provider in stops) is (provider not in halted and tripped(counts) is not None)
    rest = [one for name, one in by_provider.items() if name not in halted and name not in stops]
    assert "" not in stops or len(rest) > 1 or tripped(rest[0]) is None
    for stop in stops.values():
        assert stop.why
        assert stop.cause == CAUSES[stop.trip]


def test_what_is_spread_over_many_providers_stops_everybody() -> None:
    spread = {f"p{number}.example": Counts(tries=300, complaints=1) for number in range(6)}
    stops = judged(spread, ())
    assert list(stops) == [""]
    assert stops[""].why == "6 of 1,800 readers complained (0.33 %, at most 0.1 % may)"
    assert (
        judged({name: Counts(tries=300, refused=4) for name in spread}, ()) == {}
    )  # each may have its own rule


def test_of_a_provider_that_is_left_nothing_counts_against_the_others() -> None:
    two = {"bad": Counts(tries=1000, complaints=20), "good": Counts(tries=1000)}
    assert list(judged(two, ())) == ["bad"]
    assert judged(two, {"bad"}) == {}


def test_it_says_what_the_other_side_said() -> None:
    said = Counts(tries=50, refused=10, words="550 5.7.1 listed by bl.example")
    assert judged({"a": said}, ())["a"].why == (
        "10 of 50 mails were refused (20.00 %, at most 5 % may); the last: 550 5.7.1 listed by bl.example"
    )


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (Counts(tries=200, hard=20), "20 of 200 addresses are dead (10.00 %, at most 2 % may)"),
        (
            Counts(tries=200, hard=20, words="550 5.1.1 no"),
            "20 of 200 addresses are dead (10.00 %, at most 2 % may); the last: 550 5.1.1 no",
        ),
        (
            Counts(
                tries=200, complaints=7, words="250 ok"
            ),  # a complaint is no answer: the last one explains nothing
            "7 of 200 readers complained (3.50 %, at most 0.1 % may)",
        ),
    ],
)
def test_it_says_of_what_there_is_too_much(counts: Counts, why: str) -> None:
    assert judged({"a": counts}, ())["a"].why == why


def test_what_is_bad_is_counted_by_what_there_is_most_of() -> None:
    assert [Counts(**{one: 3}).events for one in ("hard", "complaints", "refused")] == [3, 3, 3]
    assert Counts(hard=1, complaints=2, refused=4).events == 4
