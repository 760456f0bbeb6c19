"""The first wave as a table: how many readers it has, until when the rest waits, and which rows may be claimed."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.first_wave import FirstWave, due_by, planned, reconsidered, size

START = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
WAIT, DEADLINE = 15 * MINUTE, START + timedelta(hours=4)
HALFWAY = START + timedelta(hours=2)


@pytest.mark.parametrize(
    ("readers", "share", "least", "first"),
    [
        (1000, 0.05, 20, 50),
        (1001, 0.05, 20, 51),
        (100, 0.05, 20, 20),
        (40, 0.05, 20, 20),
        (39, 0.05, 20, 0),  # it would be most of them
        (0, 0.05, 0, 0),
        (1000, 0.0, 20, 0),
        (1000, 0.5, 20, 500),
        (1000, 0.501, 20, 0),
    ],
)
def test_how_many_readers_are_in_it(readers: int, share: float, least: int, first: int) -> None:
    assert size(readers, share, least) == first


def test_the_rest_waits_for_its_time_or_for_half_of_what_is_left() -> None:
    assert planned(50, WAIT, START, DEADLINE) == FirstWave(
        readers=50, wait=WAIT, due=START + WAIT, rest_at=START + WAIT
    )
    soon = planned(50, WAIT, START, START + 20 * MINUTE)
    assert (soon.due, soon.rest_at) == (START + WAIT, START + 10 * MINUTE)


@pytest.mark.parametrize(
    ("still_open", "now", "rest_at", "through"),
    [
        (25, START + 5 * MINUTE, START + WAIT, True),  # half are answered
        (26, START + 5 * MINUTE, START + 20 * MINUTE, False),
        (26, START, START + WAIT, False),
        (50, HALFWAY - MINUTE, HALFWAY, False),
        (50, HALFWAY - MOMENT, HALFWAY, False),
        (50, HALFWAY, START + WAIT, True),
        (50, START - 60 * MINUTE, START - 45 * MINUTE, False),  # the clock was set back
        (0, START - 60 * MINUTE, START - 45 * MINUTE, True),
    ],
)
def test_the_wait_begins_when_half_of_it_is_answered(
    still_open: int, now: datetime, rest_at: datetime, through: bool
) -> None:
    after = reconsidered(planned(50, WAIT, START, DEADLINE), still_open, now, DEADLINE)
    assert (after.rest_at, after.through) == (rest_at, through)
    if through:
        assert reconsidered(after, 50, HALFWAY, DEADLINE) is after


def test_which_rows_may_be_claimed() -> None:
    wave = planned(50, WAIT, START, DEADLINE)
    late = reconsidered(wave, 50, START + 5 * MINUTE, DEADLINE)
    assert late.rest_at == START + 20 * MINUTE
    assert due_by(None, START) == START
    assert due_by(wave, START) == START
    assert due_by(late, START + WAIT) == START + WAIT - MOMENT  # the rest's rows are due, but wait
    assert due_by(late, late.rest_at - MOMENT) == START + WAIT - MOMENT
    assert due_by(late, late.rest_at) == late.rest_at
    early = planned(50, WAIT, START, START + 20 * MINUTE)
    assert due_by(early, early.rest_at) == early.due  # they go before their rows say so


def test_its_line_says_from_when_on_or_since_when_the_rest_goes() -> None:
    wave = planned(1200, WAIT, START, DEADLINE)
    assert wave.words("06:15", START) == "first wave: 1,200 readers, the rest from 06:15"
    assert wave.words("06:15", wave.rest_at - MOMENT).endswith("from 06:15")
    assert wave.words("06:15", wave.rest_at).endswith("since 06:15")
