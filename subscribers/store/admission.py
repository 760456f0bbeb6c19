"""How a reader comes in: by asking through a form, or by an operator who knows of their consent."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, update

from subscribers import rules
from subscribers.address import Address
from subscribers.links import Keys
from subscribers.model import Act, State, Witness
from subscribers.schema import subscriptions
from subscribers.store import people
from subscribers.store.limits import within
from subscribers.store.suppressions import adopted, why
from subscribers.store.wishes import move


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-up leads to; the page says the same in each case but `later`.

    `confirm`: send the confirmation mail. `already`: tell the reader, by mail, that they are in. `silent`:
    send nothing (the cool-down, or an address we must not write to). `later`: a limit is reached.
    """

    then: Literal["confirm", "already", "silent", "later"]
    subscriber_id: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sign-up form says. *sections* is written as in the table."""

    address: Address
    newsletter: str
    name: str = ""
    language: str = ""
    zone: str = ""
    sections: str = ""


def ask(
    connection: Connection, keys: Keys, wanted: Wanted, witness: Witness, limits: rules.Limits | None = None
) -> Asked:
    """Note that somebody asked for a newsletter, and return what to do about it."""
    limits = limits or rules.Limits()
    if not _within(connection, keys, wanted, witness, limits):
        return Asked("later")
    now, known = witness.at, people.by_key(connection, wanted.address.key)
    person = known or people.ensured(
        connection, wanted.address, now, name=wanted.name, language=wanted.language, zone=wanted.zone
    )
    reason = why(connection, subscriber_id=person.id) if known else None
    reason = reason or adopted(connection, person.id, wanted.address.key, keys)
    if reason is not None and reason not in rules.OWN_LIFTS:
        return Asked("silent", person.id)
    before = people.wish(connection, person.id, wanted.newsletter)
    if before and before.asked_at and now - before.asked_at < limits.cool_down:
        return Asked("silent", person.id)
    done = move(connection, person.id, wanted.newsletter, Act.ASK, witness)
    if done.after is not State.PENDING:
        return Asked("already", person.id)
    _chose(connection, person.id, wanted)
    if not within(connection, limits.pending, wanted.newsletter, now):
        return Asked("silent", person.id)
    return Asked("confirm", person.id)


def _within(
    connection: Connection, keys: Keys, wanted: Wanted, witness: Witness, limits: rules.Limits
) -> bool:
    address = keys.hashes("limit", wanted.address.key)[0].hex()[:32]
    asked = [(limits.network, witness.network), (limits.domain, wanted.address.domain[:64])]
    return all(within(connection, *each, witness.at) for each in asked if each[1]) and within(
        connection, limits.address, address, witness.at
    )


def _chose(connection: Connection, subscriber_id: int, wanted: Wanted) -> None:
    connection.execute(
        update(subscriptions)
        .where(
            subscriptions.c.newsletter == wanted.newsletter, subscriptions.c.subscriber_id == subscriber_id
        )
        .values(sections=wanted.sections)
    )


@dataclass(frozen=True, slots=True)
class Added:
    """What an operator's `add` did: `added`, `already` (in some state), or `never` with its reason."""

    outcome: Literal["added", "already", "never"]
    subscriber_id: int = 0
    why: str = ""


def add(connection: Connection, keys: Keys, wanted: Wanted, witness: Witness) -> Added:
    """Subscribe somebody whose consent was given elsewhere; *witness.source* says where.

    It never raises what a reader lowered: whoever left, bounced, complained or had not confirmed yet stays
    so, and only their own sign-up changes it.
    """
    person = people.ensured(
        connection, wanted.address, witness.at, name=wanted.name, language=wanted.language, zone=wanted.zone
    )
    reason = why(connection, subscriber_id=person.id, key=wanted.address.key, keys=keys)
    if reason is not None:
        adopted(connection, person.id, wanted.address.key, keys)
        return Added("never", person.id, f"suppressed: {reason}")
    done = move(connection, person.id, wanted.newsletter, Act.ADD, witness)
    if not done.changed:
        left = done.after is State.ENDED
        return Added(
            "never" if left else "already", person.id, "the reader left" if left else str(done.after)
        )
    _chose(connection, person.id, wanted)
    return Added("added", person.id)
