"""How a reader comes in: by asking through a form, or by an operator who knows of their consent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, update

from subscribers import rules
from subscribers.address import Address
from subscribers.links import Keys
from subscribers.model import Act, Reason, State, Subscriber, Subscription, Witness
from subscribers.schema import subscriptions
from subscribers.store import people
from subscribers.store.limits import full, within
from subscribers.store.subscriptions import move
from subscribers.store.suppressions import adopted, why

Limit = Literal["", "network", "domain", "pending"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-up leads to; the page says the same in each case but `later`.

    `confirm`: send the confirmation mail. `already`: tell the reader, by mail, that they are in. `silent`:
    send nothing (such a mail is in that inbox, or it is an address we must not write to). `later`: the *limit*
    is reached, and nothing was noted.
    """

    then: Literal["confirm", "already", "silent", "later"]
    subscriber_id: int = 0
    limit: Limit = ""


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
    """Note that somebody asked for a newsletter, and return what to do about it.

    A reader's own sign-up never fails because strangers typed the address before: what repeats itself is left
    out only while a mail with a good link is in that inbox.
    """
    limits = limits or rules.Limits()
    limit = _limit(connection, wanted, witness, limits)
    if limit:
        return Asked("later", limit=limit)
    now, person = witness.at, _person(connection, wanted, witness.at)
    reason = why(connection, subscriber_id=person.id) or adopted(
        connection, person.id, wanted.address.key, keys
    )
    mailbox = keys.hashes("limit", f"{wanted.newsletter} {wanted.address.key}")[0].hex()[:32]
    if reason is not None and reason not in rules.OWN_LIFTS:
        return Asked("silent", person.id)
    before = people.wish(connection, person.id, wanted.newsletter)
    if _repeats(connection, before, mailbox, now, limits):
        if before and before.state is State.PENDING:
            _chose(connection, person.id, wanted)
        return Asked("silent", person.id)
    if reason is Reason.BOUNCE and not within(connection, limits.bounced, mailbox, now):
        return Asked("silent", person.id)
    done = move(connection, person.id, wanted.newsletter, Act.ASK, witness)
    if done.after is not State.PENDING:  # whose mail came back gets nothing until the button is pressed
        return Asked("already" if reason is None else "confirm", person.id)
    if done.changed:
        within(connection, limits.pending, wanted.newsletter, now)
    _chose(connection, person.id, wanted)
    return Asked("confirm", person.id)


def _limit(connection: Connection, wanted: Wanted, witness: Witness, limits: rules.Limits) -> Limit:
    """Return which limit is reached. It is asked before anything is known of the address: the answer tells nothing."""
    if witness.network and not within(connection, limits.network, witness.network, witness.at):
        return "network"
    if full(connection, limits.pending, wanted.newsletter, witness.at):
        return "pending"
    if not within(connection, limits.domain, wanted.address.domain[:64], witness.at):
        return "domain"
    return ""


def _person(connection: Connection, wanted: Wanted, at: datetime) -> Subscriber:
    """Return who has the address, added where it is new. While nothing is confirmed, the newest name counts."""
    found = people.ensured(
        connection, wanted.address, at, name=wanted.name, language=wanted.language, zone=wanted.zone
    )
    if found.name != wanted.name and not people.confirmed(connection, found.id):
        people.changed(connection, found.id, name=wanted.name)
    return found


def _repeats(
    connection: Connection, before: Subscription | None, mailbox: str, now: datetime, limits: rules.Limits
) -> bool:
    """Return whether a mail would only repeat one that is in the reader's inbox, too soon or too often."""
    if rules.cooling(before, now, limits.cool_down):
        return True
    often = not within(connection, limits.address, mailbox, now)
    kept = before is not None and before.state in (State.ACTIVE, State.PAUSED)
    return often and (kept or rules.waits(before, now))


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
