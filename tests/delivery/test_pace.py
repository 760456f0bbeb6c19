"""The token bucket: never over its rate, halved when told to slow down, opened again slowly."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.pace import CALM, Pace, halved, limited, pace, taken


def drained(bucket: Pace, start: float, seconds: float) -> tuple[Pace, int]:
    """Take as fast as the bucket lets, for *seconds*; return the bucket and how many were taken."""
    now, count = start, 0
    while True:
        bucket, wait = taken(bucket, now)
        now += wait
        if now > start + seconds:
            return bucket, count
        count += 1


@given(st.floats(0.5, 500), st.floats(1, 20))
def test_no_more_go_out_than_the_rate_allows(rate: float, seconds: float) -> None:
    _, count = drained(pace(rate, 100.0), 100.0, seconds)
    assert rate * seconds - 1 <= count <= rate * seconds + 2


def test_no_limit_is_no_wait() -> None:
    bucket = pace(0, 5.0)
    assert all(taken(bucket, 5.0)[1] == 0 for _ in range(1000))


def test_throttling_halves_the_rate_once_for_one_burst_of_complaints() -> None:
    bucket = pace(16, 0.0)
    bucket = halved(bucket, 1.0, measured=16)
    assert bucket.rate == 8
    assert halved(bucket, 1.5, measured=16).rate == 8
    assert halved(bucket, 1.0 + CALM, measured=16).rate == 4


def test_the_rate_opens_again_slowly_and_never_over_its_limit() -> None:
    bucket = halved(pace(100, 0.0), 0.0, measured=100)
    rates = []
    for second in range(1, 60):
        bucket, _ = taken(bucket, float(second))
        rates.append(bucket.rate)
    assert rates[5] == 50
    assert all(before <= after <= before * 1.06 for before, after in pairwise(rates))
    assert rates[-1] == 100


def test_a_relay_without_a_limit_is_slowed_to_half_of_what_was_measured() -> None:
    bucket = halved(pace(0, 0.0), 0.0, measured=300)
    assert bucket.rate == 150
    assert taken(bucket, 0.0)[1] > 0


def test_a_new_limit_holds_at_once_and_does_not_undo_a_slowing() -> None:
    assert limited(pace(10, 0.0), 20).rate == 20
    assert limited(pace(10, 0.0), 5).rate == 5
    slowed = halved(pace(10, 0.0), 0.0, measured=10)
    assert limited(slowed, 20).rate == 5
    assert limited(slowed, 2).rate == 2


def test_a_bucket_begins_with_room_for_one_message_and_saves_a_seconds_worth() -> None:
    first, wait = taken(pace(5, 3.0), 3.0)
    assert (first.rate, wait) == (5, 0.0)
    assert taken(first, 3.0)[1] == 1 / 5
    idle, wait = taken(first, 1000.0, count=5)
    assert wait == 0.0
    assert taken(idle, 1000.0)[1] == 1 / 5
    slow = taken(pace(0.5, 0.0), 1000.0)[0]
    assert taken(slow, 1000.0)[1] == 2.0, "below one a second it is one that is saved, no two"


def test_a_slowed_bucket_without_a_limit_stays_slowed_until_ten_minutes_of_calm() -> None:
    slowed = halved(pace(0, 0.0), 100.0, measured=10)
    assert taken(slowed, 100.0 + CALM + 600)[0].rate > 5
    assert taken(slowed, 100.0 + CALM + 601)[0].rate == 0
    assert taken(slowed, 100.0 + CALM)[0].rate == 5
    assert limited(halved(pace(10, 0.0), 0.0, measured=10), 0).rate == 5


def test_a_halved_bucket_has_nothing_saved_and_never_stops() -> None:
    bucket = halved(pace(10, 0.0), 5.0, measured=10)
    assert (bucket.tokens, bucket.at, bucket.slowed) == (0.0, 5.0, 5.0)
    for number in range(20):
        bucket = halved(bucket, 5.0 + CALM * (number + 1), measured=10)
    assert bucket.rate == 0.1


def test_after_ten_seconds_of_calm_it_opens_by_five_hundredths_a_second() -> None:
    slowed = halved(pace(100, 0.0), 0.0, measured=100)
    assert [round(taken(slowed, at)[0].rate, 3) for at in (9.9, 10.0, 11.0, 12.0, 24.2, 24.3, 500.0)] == [
        50.0,
        50.0,
        52.5,
        55.125,
        99.967,
        100.0,
        100.0,
    ]
    later = taken(slowed, 11.0)[0]
    assert round(taken(later, 12.0)[0].rate, 3) == 55.125, "in steps or at once"
    free = halved(pace(0, 0.0), 0.0, measured=10)
    assert (
        taken(free, 70.0)[0].rate == taken(free, 75.0)[0].rate == taken(free, 609.0)[0].rate == 5 * 1.05**60
    )
    assert [halved(slowed, at, measured=100).rate for at in (9.9, 10.0)] == [50, 25]


def test_a_pace_that_is_as_it_was_is_not_touched() -> None:
    slowed = halved(pace(10, 0.0), 0.0, measured=10)
    assert limited(slowed, 10) is slowed
    assert taken(pace(10, 0.0), 5.0)[0].rate == 10
    assert (halved(slowed, 50.0, measured=10).at, halved(Pace(rate=8, at=60.0), 50.0, measured=1).at) == (
        50,
        60,
    )
