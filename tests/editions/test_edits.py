"""What an editor's acts may be: limits, clashes with what others did meanwhile, and what undo and redo mean."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.editions.edits import clashes, cleaned, closed, fault, undoable, undone
from digest.editions.embargo import embargoed
from digest.look.sample import newsletter
from digest.model import Act, Choice, Edition, EditionState, Sponsor
from digest.model.choice import (
    Add,
    Approve,
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    Pin,
    Redek,
    Retitle,
    SetNote,
    SetSponsor,
    SetSubject,
    ShowPicture,
    Split,
    Spot,
    Undo,
)

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


def choice(number: int, act: Act, by: str = "dana") -> Choice:
    return Choice(act, by, NOW + timedelta(minutes=number), id=number)


def edition(state: EditionState) -> Edition:
    return Edition(
        id=1, newsletter="daily", date=NOW.date(), state=state, revision=1, now=NOW, since=NOW, subject="", preheader="",
        note="", approved_at=None, started_at=None, finished_at=None, halt="",
    )  # fmt: skip


def test_what_is_closed_says_what_to_do() -> None:
    assert "Take the approval back" in closed(edition(EditionState.APPROVED))
    assert closed(edition(EditionState.SENT)) == "This edition is sent, so it does not change any more."


@pytest.mark.parametrize(
    ("theirs", "mine", "clash"),
    [
        (Retitle(1, "a"), Retitle(1, "b"), True),
        (Retitle(1, "a"), Redek(1, "b"), False),
        (Retitle(1, "a"), Retitle(2, "b"), False),
        (Retitle(1, "a"), Retitle(3, "b"), True),  # 1 and 3 are one story
        (Pin(1, 1), Move(1, Spot("", 2)), True),
        (Pin(1, 1), Drop(1), True),
        (Drop(1), Retitle(1, "b"), True),
        (Retitle(1, "a"), Drop(1), True),
        (Hold(1, NOW), Pin(1, 2), True),
        (Merge(1, 2), Split(1, 2), True),
        (Drop(2), Merge(1, 2), True),
        (SetSubject("a"), SetSubject("b"), True),
        (SetSubject("a"), SetNote("b"), False),
        (SetSubject("a"), Drop(1), False),
        (Approve(1), Drop(1), False),
    ],
)
def test_a_clash_is_about_the_same_matter(theirs: Act, mine: Act, clash: bool) -> None:
    made = [choice(5, theirs, by="noor")]
    assert bool(clashes(made, [mine], 4, {1: (1, 3), 3: (1, 3)})) is clash
    assert clashes(made, [mine], 5, {}) == ()  # it was seen


def test_what_was_undone_clashes_with_nothing() -> None:
    assert clashes([choice(5, Drop(1)), choice(6, Undo(5))], [Drop(1)], 4, {}) == ()


def test_texts_are_one_line_and_an_advertisement_is_trimmed() -> None:
    assert cleaned(Retitle(1, " two\n lines ")) == Retitle(1, "two lines")
    assert cleaned(SetSponsor(None)) == SetSponsor(None)
    made = cleaned(SetSponsor(Sponsor(" Harbour Bank ", " Savings ", " https://bank.example/ ")))
    assert made == SetSponsor(Sponsor("Harbour Bank", "Savings", "https://bank.example/"))
    assert cleaned(Drop(1)) == Drop(1)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Retitle(1, "x" * 300), ""),
        (Retitle(1, "x" * 301), "A headline may have 300 characters; yours has 301."),
        (SetNote("x" * 1601), "A note may have 600 characters; yours has 1,601."),
        (SetSponsor(None), ""),
        (SetSponsor(Sponsor("", "", "http://bank.example/")), "The sponsor’s name is missing"),
        (Move(1, Spot("brief", 1)), ""),
        (Move(1, Spot("opera", 1)), "This newsletter has no section “opera”."),
        (Add(1, Spot("opera", 1)), "This newsletter has no section “opera”."),
        (Merge(1, 2), ""),
        (Merge(1, 1), "merged with itself"),
        (Split(1, 1), "split from itself"),
        (Approve(1), "no act of an editor"),
        (Undo(1), "no act of an editor"),
        (Drop(1), ""),
        (Hold(1, None), ""),
        (Lead(1), ""),
        (Pin(1, 1), ""),
        (ShowPicture(1, 2), ""),
    ],
)
def test_what_is_wrong_with_an_act(act: Act, words: str) -> None:
    found = fault(act, newsletter())
    assert (words.lower() in found.lower()) if words else not found


def test_undo_is_of_ones_own_newest_or_of_what_is_named() -> None:
    made = [choice(1, Drop(1)), choice(2, Drop(2), by="noor"), choice(3, Approve(1))]
    assert undoable(made, "dana", 0) == made[0]
    assert undoable(made, "noor", 0) == made[1]
    assert undoable(made, "dana", 2) == made[1]
    assert undoable(made, "dana", 3) is None  # an approval is taken back another way
    assert undoable(made, "kim", 0) is None


def test_redo_is_of_ones_newest_undo_with_nothing_done_since() -> None:
    made = [choice(1, Drop(1)), choice(2, Undo(1))]
    assert undone(made, "dana", 0) == made[1]
    assert undone(made, "noor", 0) is None
    assert undone([*made, choice(3, Drop(2))], "dana", 0) is None
    assert undone([*made, choice(3, Drop(2))], "dana", 2) == made[1]
    assert undone([*made, choice(3, Undo(2))], "dana", 0) is None  # redone already
    assert undone([choice(1, Approve(1)), choice(2, Undo(1))], "dana", 0) is None


def test_an_embargo_names_the_story_and_its_hour() -> None:
    made = [choice(1, Hold(7, NOW + timedelta(hours=1)))]
    placed = [("Free", (6,)), ("Budget leaks", (5, 7))]
    words = embargoed(placed, made, NOW, UTC)
    assert words == "“Budget leaks” is held until 07:00 on 04 March: it cannot go before that"
    assert embargoed(placed, made, NOW + timedelta(hours=1), UTC) == ""
    assert embargoed(placed[:1], made, NOW, UTC) == ""
    assert embargoed(placed, [*made, choice(2, Hold(5, None))], NOW, UTC) == ""  # the later word holds
    assert embargoed(placed, [*made, choice(2, Undo(1))], NOW, UTC) == ""
