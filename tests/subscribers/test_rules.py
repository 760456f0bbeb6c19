"""The legal promises, asked of the table itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import rules
from subscribers.model import Act, Reason, State, Subscription, Transition

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
STATES = [None, *State]
SENT_TO = {State.ACTIVE, State.PAUSED}
OWN = {Act.CONFIRM, Act.UNDO, Act.RESUME}
BULK = (Act.ADD, Act.IMPORT, Act.LOWER, Act.IMPORT_PAUSED)  # what operators and imports do


def test_the_table_answers_for_every_state_and_act() -> None:
    assert {act: set(row) for act, row in rules.MOVES.items()} == {act: set(STATES) for act in Act}


@given(st.sampled_from(STATES), st.lists(st.sampled_from(sorted(Act)), max_size=12))
def test_whoever_left_comes_back_only_by_their_own_post(start: State | None, acts: list[Act]) -> None:
    state = start
    for act in acts:
        after = rules.next_state(state, act)
        if state not in (None, *SENT_TO) and after in SENT_TO:
            assert act in OWN
        if state is None and after in SENT_TO:
            assert act in {
                Act.ADD,
                Act.IMPORT,
                Act.IMPORT_PAUSED,
            }  # somebody new, whose consent was given elsewhere
        state = after


@given(st.sampled_from(list(State)), st.lists(st.sampled_from(BULK), max_size=8))
def test_imports_and_operators_only_ever_lower_a_known_wish(start: State, acts: list[Act]) -> None:
    state: State | None = start
    for act in acts:
        after = rules.next_state(state, act)
        paused = act is Act.IMPORT_PAUSED and (state, after) == (State.ACTIVE, State.PAUSED)
        assert after in (state, State.ENDED) or paused
        state = after


def test_ending_ends_whatever_the_state() -> None:
    assert {rules.next_state(state, Act.END) for state in State} == {State.ENDED}


LATER = NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("before", "paused_until", "after"),
    [
        (State.ACTIVE, None, State.ACTIVE),
        (State.PAUSED, LATER, State.PAUSED),
        (State.PAUSED, NOW, State.ACTIVE),  # the pause would be over by now
        (State.PENDING, None, State.ENDED),
        (State.ENDED, None, State.ENDED),
        (None, None, State.ENDED),
    ],
)
def test_an_end_is_undone_into_what_there_was_and_no_more(
    before: State | None, paused_until: datetime | None, after: State
) -> None:
    assert rules.state_after_undo(before, paused_until, NOW) is after


def wish(state: State, asked: datetime | None = NOW, changed: datetime = NOW) -> Subscription:
    return Subscription(1, "daily", state, "", asked, None, None, changed)


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(0), True),
        (timedelta(days=6, hours=23), True),
        (timedelta(days=7), True),
        (timedelta(days=7, seconds=1), False),
        (timedelta(minutes=-5), True),  # two clocks that differ a little
        (timedelta(minutes=-5, seconds=-1), False),
        (timedelta(hours=-1), False),  # from the future: not ours
    ],
)
def test_a_confirmation_counts_for_a_week(age: timedelta, good: bool) -> None:
    assert rules.is_fresh(NOW - age, NOW, rules.CONFIRM_FOR) is good


def test_a_confirmation_is_left_behind_by_an_end_that_came_after_it() -> None:
    assert rules.is_superseded(NOW, NOW + timedelta(seconds=1))
    assert not rules.is_superseded(NOW, NOW - timedelta(seconds=1))
    assert not rules.is_superseded(NOW, None)


def test_a_mail_is_repeated_when_something_was_done_since_or_the_cool_down_is_over() -> None:
    cool_down, soon = timedelta(minutes=10), NOW + timedelta(minutes=1)
    assert rules.in_cool_down(wish(State.PENDING), soon, cool_down)
    assert rules.in_cool_down(wish(State.PENDING), NOW + cool_down, cool_down) is False
    assert not rules.in_cool_down(wish(State.PENDING), NOW + timedelta(minutes=11), cool_down)
    assert rules.in_cool_down(wish(State.ENDED, changed=soon), soon, cool_down) is False
    assert rules.in_cool_down(wish(State.ACTIVE, asked=None), soon, cool_down) is False
    assert rules.in_cool_down(None, soon, cool_down) is False


def test_a_mail_waits_in_the_inbox_while_its_link_confirms() -> None:
    assert rules.awaits_confirmation(wish(State.PENDING), NOW + timedelta(days=6))
    assert not rules.awaits_confirmation(wish(State.PENDING), NOW + timedelta(days=8))
    assert not rules.awaits_confirmation(wish(State.ENDED), NOW)
    assert not rules.awaits_confirmation(wish(State.PENDING, asked=None), NOW)
    assert not rules.awaits_confirmation(None, NOW)


@pytest.mark.parametrize(
    "name", ["", "Ada", "J. R. Smith", "St.John", "עדה לאבלייס", "O'Neil (née Ó Néill)", "A" * 80]
)
def test_names_of_people_are_good(name: str) -> None:
    assert rules.is_valid_name(name)


@pytest.mark.parametrize(
    "name", ["Win http://x", "HTTPS://X", "tel://x", "a@b.example", "Go to WWW.x.example", "A" * 81]
)
def test_what_is_no_name_but_an_advertisement_is_none(name: str) -> None:
    assert not rules.is_valid_name(name)


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
    assert rules.encode_sections(chosen, ["world", "city"]) == stored


@pytest.mark.parametrize(("days", "good"), [(0, False), (1, True), (366, True), (367, False)])
def test_a_pause_is_a_day_to_a_year(days: int, good: bool) -> None:
    assert (rules.pause_until(NOW, days) is not None) is good


def test_an_act_that_leaves_all_as_it_was_changed_nothing() -> None:
    assert Transition(1, None, State.PENDING).changed
    assert not Transition(1, State.ENDED, State.ENDED).changed


@pytest.mark.parametrize(
    ("lasts", "age"),
    [
        (rules.UNDO_FOR, timedelta(hours=2)),
        (rules.MANAGE_FOR, timedelta(hours=1)),
        (rules.MOVE_FOR, timedelta(days=2)),
    ],
)
def test_how_long_the_other_links_are_good(lasts: timedelta, age: timedelta) -> None:
    assert rules.is_fresh(NOW - age, NOW, lasts) is True
    assert rules.is_fresh(NOW - age - timedelta(seconds=1), NOW, lasts) is False


def test_a_cause_gives_way_to_one_that_weighs_more_and_to_no_other() -> None:
    weights = [{Reason.ERASED}, {Reason.BOUNCE}, set(Reason) - rules.OWN_LIFTS]
    assert all(rules.outweighs(reason, None) for reason in Reason)
    for place, lighter in enumerate(weights):
        for held in lighter:
            assert {reason for reason in Reason if rules.outweighs(reason, held)} == set().union(
                *weights[place + 1 :]
            )
