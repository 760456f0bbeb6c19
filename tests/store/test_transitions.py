"""Every event of an edition in every state: it moves as the table says, or nothing changes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from digest.model import BEGUN, TRANSITIONS, UNBEGUN, EditionEvent, EditionState
from digest.store.editions import at_revision, transition
from digest.store.engine import Database
from digest.store.schema import editions

THEN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
NOW = THEN + timedelta(hours=1)
FINAL = frozenset({EditionState.CANCELLED})


def stored(database: Database, state: EditionState) -> int:
    row = {
        "newsletter": "daily", "date": date(2026, 3, 4), "state": state, "revision": 3, "now": THEN, "since": THEN,
        "config_sha256": "", "subject": "s", "preheader": "", "note": "", "approved_at": THEN, "started_at": THEN,
        "finished_at": THEN, "halt": "why it stopped",
    }  # fmt: skip
    with database.write() as connection:
        return int(connection.execute(insert(editions).values(**row).returning(editions.c.id)).scalar_one())


def row_of(database: Database, edition: int) -> dict[str, object]:
    with database.read() as connection:
        return dict(connection.execute(select(editions).where(editions.c.id == edition)).mappings().one())


@pytest.mark.parametrize("event", EditionEvent)
def test_every_pair_moves_as_the_table_says_or_not_at_all(database: Database, event: EditionEvent) -> None:
    rule = TRANSITIONS[event]
    for number, state in enumerate(EditionState):
        edition = stored(database, state)
        before = row_of(database, edition)
        with database.write() as connection:
            moved = transition(
                connection, edition, event, at=NOW, why="the reason" if event == "halt" else ""
            )
        after = row_of(database, edition)
        changed = {name for name, value in after.items() if value != before[name]}
        assert moved is (state in rule.was), (event, state)
        if not moved:
            assert changed == set(), (event, state)
        else:
            assert after["state"] == rule.to
            assert after["halt"] == ("the reason" if event is EditionEvent.HALT else "")
            assert all(after[name] == NOW for name in rule.stamps)
            assert all(after[name] is None for name in rule.clears)
            assert all(after[name] == THEN for name in rule.keeps), "the first start stays"
            assert changed <= {"state", "halt", *rule.stamps, *rule.clears}
        with database.write() as connection:  # one edition a day
            connection.execute(
                editions.update().where(editions.c.id == edition).values(corrects=number + 1, corrected=1)
            )


def test_an_edition_that_begins_for_the_first_time_gets_its_moment(database: Database) -> None:
    edition = stored(database, EditionState.APPROVED)
    with database.write() as connection:
        connection.execute(editions.update().values(started_at=None))
        assert transition(connection, edition, EditionEvent.BEGIN, at=NOW)
    assert row_of(database, edition)["started_at"] == NOW


def test_a_revision_that_changed_is_not_approved(database: Database) -> None:
    edition = stored(database, EditionState.DRAFT)
    with database.write() as connection:
        assert not transition(connection, edition, EditionEvent.APPROVE, at=NOW, only=at_revision(2))
        assert transition(connection, edition, EditionEvent.APPROVE, at=NOW, only=at_revision(3))


def test_the_table_is_whole() -> None:
    assert set(TRANSITIONS) == set(EditionEvent)
    reached = {rule.to for rule in TRANSITIONS.values()}
    left = frozenset().union(*(rule.was for rule in TRANSITIONS.values()))
    assert reached | {EditionState.DRAFT} == set(EditionState)
    assert set(EditionState) - left == FINAL, "only a cancelled edition never moves again"
    assert not BEGUN & UNBEGUN
