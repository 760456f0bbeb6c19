"""Editions put into a state for a test, and begun as the clock or a person would."""

from datetime import datetime

from sqlalchemy import Connection, update

from digest.model import Edition, EditionEvent, EditionState
from digest.store.editions import existing, transition
from digest.store.schema import editions


def put(connection: Connection, edition: int, state: EditionState) -> None:
    """Put *edition* into *state*, whether or not an event leads there: what comes before is not what the test is about."""
    connection.execute(update(editions).where(editions.c.id == edition).values(state=state))


def begin_sending(connection: Connection, edition: int, now: datetime) -> Edition:
    """Return *edition*, moved from approved to sending if it was approved."""
    transition(connection, edition, EditionEvent.BEGIN, at=now)
    return existing(connection, edition)
