"""Who has which revision, in words and steps; and how an edition stands to its hour."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.editions.outlook import outlook
from digest.editions.revisions import Revisions, Told
from digest.model import DeliveryState, EditionState, OccurrenceState

AT = datetime(2026, 11, 29, 5, 36, tzinfo=UTC)
SENT, QUEUED, HANDED = DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.HANDED


def told(state: EditionState, got: int, revision: int = 5) -> Told:
    return Told(
        id=2, revision=revision, subject="Correction", words="w", state=state, at=AT, got=got, total=20
    )


@pytest.mark.parametrize(
    ("standing", "state", "rows", "mails", "words", "steps"),
    [
        (4, "sent", {4: {SENT: 20}}, (), "", []),
        (4, "draft", {4: {SENT: 20}}, (), "r4: 20", ["mend now", "tell later"]),
        (5, "draft", {4: {SENT: 15, QUEUED: 5}}, (), "r4: 15, r5: 0", ["mend now", "send later", "tell later"]),
        (5, "approved", {4: {SENT: 15, QUEUED: 5}}, (), "r4: 15, r5: 0", ["mend done", "send now", "tell now"]),
        (5, "sending", {4: {SENT: 15}, 5: {SENT: 2, QUEUED: 3}}, (), "r4: 15, r5: 2", ["mend done", " now", "tell now"]),
        (5, "sent", {4: {SENT: 15}, 5: {SENT: 5}}, (), "r4: 15, r5: 5", ["mend done", "tell now"]),
        (5, "sent", {4: {SENT: 19, HANDED: 1}}, (), "r4: 19, r5: 0", ["mend done", "tell now"]),
        (5, "sent", {4: {SENT: 20}}, (told(EditionState.SENDING, 7),), "r4: 20, r5: 0, correction: 7", ["mend done", " now"]),
        (5, "sent", {4: {SENT: 20}}, (told(EditionState.SENT, 20),), "r4: 20, r5: 0, correction: 20", []),
        (6, "sent", {4: {SENT: 20}}, (told(EditionState.SENT, 20),), "r4: 20, r6: 0, correction: 20", ["mend done", "tell now"]),
        (4, "sent", {4: {SENT: 20, QUEUED: 0}}, (), "", []),
    ],
)  # fmt: skip
def test_who_has_what_and_what_is_still_to_be_done(
    standing: int, state: str, rows: dict[int, dict[DeliveryState, int]], mails: tuple[Told, ...], words: str,
    steps: list[str],
) -> None:  # fmt: skip
    found = Revisions(standing=standing, state=EditionState(state), begun=True, rows=rows, told=mails)
    assert found.words == words
    assert [f"{step.kind} {step.done}" for step in found.steps] == steps


def test_what_waits_in_an_earlier_revision_gets_the_one_that_stands() -> None:
    found = Revisions(standing=5, state=EditionState.APPROVED, begun=True, rows={4: {SENT: 15, QUEUED: 5}})
    assert (found.got, found.waiting, found.unanswered, found.have) == (15, 5, 0, {4: 15, 5: 0})


@pytest.mark.parametrize(
    ("state", "row", "minutes", "begun", "scheduled", "kind"),
    [
        ("draft", "building", -30, False, True, "coming"),
        ("approved", "building", -30, False, True, "coming"),
        ("draft", "building", 12, False, True, "late"),
        ("draft", None, 12, False, True, "late"),
        (None, "waiting", 12, False, True, "late"),
        ("approved", "building", 12, False, True, "starting"),
        ("draft", "building", 400, False, True, "missed"),
        ("cancelled", "missed", 400, False, True, "missed"),
        ("cancelled", "skipped", 400, False, True, "over"),
        ("draft", "skipped", 12, False, True, "by hand"),
        ("draft", None, 12, False, False, "by hand"),
        ("draft", "done", 12, True, True, "stopped"),
        ("approved", "done", 12, True, True, "stopped"),
        ("sending", "done", -30, True, True, "gone"),
        ("sent", "done", 12, True, True, "gone"),
    ],
)
def test_how_an_edition_stands_to_its_hour(
    state: str | None, row: str | None, minutes: int, begun: bool, scheduled: bool, kind: str
) -> None:
    found = outlook(
        EditionState(state) if state else None, OccurrenceState(row) if row else None, begun=begun,
        scheduled=scheduled, due=AT, deadline=AT + timedelta(hours=6), now=AT + timedelta(minutes=minutes),
    )  # fmt: skip
    assert found.kind == kind
    assert found.red is (kind in {"late", "missed"})
