"""The legal promises, asked of the table itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import rules
from subscribers.model import Act, Moved, State, Subscription

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
STATES = [None, *State]
SENT_TO = {State.ACTIVE, State.PAUSED}
OWN = {Act.CONFIRM, Act.UNDO, Act.RESUME}


def test_the_table_answers_for_every_state_and_act() -> None:
    assert {act: set(row) for act, row in rules.MOVES.items()} == {act: set(STATES) for act in Act}


@given(st.sampled_from(STATES), st.lists(st.sampled_from(sorted(Act)), max_size=12))
def test_whoever_left_comes_back_only_by_their_own_post(start: State | None, acts: list[Act]) -> None:
    state = start
    for act in acts:
        after = rules.moved(state, act)
        if state not in (None, *SENT_TO) and after in SENT_TO:
            assert act in OWN
        if state is None and after in SENT_TO:
            assert act in {Act.ADD, Act.IMPORT}  # somebody new, whose consent was given elsewhere
        state = after


@given(st.sampled_from(list(State)), st.lists(st.sampled_from(sorted(rules.BULK)), max_size=8))
def test_imports_and_operators_only_ever_lower_a_known_wish(start: State, acts: list[Act]) -> None:
    state: State | None = start
    for act in acts:
        after = rules.moved(state, act)
        assert after in (state, State.ENDED)
        state = after


def test_ending_ends_whatever_the_state() -> None:
    assert {rules.moved(state, Act.END) for state in State} == {State.ENDED}


def test_an_end_before_any_consent_is_not_undone_into_a_yes() -> None:
    assert rules.moved(State.ENDED, Act.UNDO, confirmed=False) is State.ENDED
    assert rules.moved(State.ENDED, Act.UNDO, confirmed=True) is State.ACTIVE


def wish(state: State) -> Subscription:
    return Subscription(1, "daily", state, "", NOW, None, NOW if state is State.PAUSED else None, NOW)


@pytest.mark.parametrize(
    ("state", "age", "counts"),
    [
        (State.PENDING, timedelta(0), True),
        (State.PENDING, timedelta(days=6, hours=23), True),
        (State.PENDING, timedelta(days=7, seconds=1), False),
        (State.PENDING, timedelta(hours=-1), False),  # from the future: not ours
        (State.ACTIVE, timedelta(hours=1), True),
        (State.ENDED, timedelta(hours=1), False),
    ],
)
def test_a_confirmation_counts_for_a_week_and_not_after_an_end(
    state: State, age: timedelta, counts: bool
) -> None:
    assert rules.confirms(wish(state), NOW - age, NOW) is counts


def test_a_confirmation_without_a_wish_counts_for_nothing() -> None:
    assert rules.confirms(None, NOW, NOW) is False


@pytest.mark.parametrize(
    ("chosen", "stored"),
    [
        (["world", "city"], ""),
        (["city"], "city"),
        ([], "top"),
        (["forged"], "top"),
        (["city", "forged"], "city"),
    ],
)
def test_sections_are_stored_as_all_some_or_only_the_top(chosen: list[str], stored: str) -> None:
    assert rules.written(chosen, ["world", "city"]) == stored


@pytest.mark.parametrize(("days", "good"), [(0, False), (1, True), (366, True), (367, False)])
def test_a_pause_is_a_day_to_a_year(days: int, good: bool) -> None:
    assert (rules.pause_until(NOW, days) is not None) is good


def test_an_act_that_leaves_all_as_it_was_changed_nothing() -> None:
    assert Moved(1, None, State.PENDING).changed
    assert not Moved(1, State.ENDED, State.ENDED).changed
