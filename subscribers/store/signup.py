"""How a reader comes in: by asking through a form, or by an operator who knows of their consent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, update

from subscribers import rules
from subscribers.address import Address
from subscribers.links import Keys
from subscribers.model import Act, Evidence, Reason, State, Subscriber, Subscription
from subscribers.schema import subscriptions
from subscribers.store import people
from subscribers.store.limits import count_within_limit, is_exhausted
from subscribers.store.subscriptions import transition
from subscribers.store.suppressions import claim_suppression, suppression_reason

Limit = Literal["", "network", "domain", "pending"]


@dataclass(frozen=True, slots=True)
class SignUpResult:
    """What a sign-up leads to; the page says the same in each case but `later`.

    `confirm`: send the confirmation mail. `already`: tell the reader, by mail, that they are in. `silent`:
    send nothing (such a mail is in that inbox, or it is an address we must not write to). `later`: the *limit*
    is reached, and nothing was noted.
    """

    then: Literal["confirm", "already", "silent", "later"]
    subscriber_id: int = 0
    limit: Limit = ""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a sign-up form says. *sections* is written as in the table."""

    address: Address
    newsletter: str
    name: str = ""
    language: str = ""
    zone: str = ""
    sections: str = ""


def sign_up(
    connection: Connection, keys: Keys, signup: SignUp, evidence: Evidence, limits: rules.Limits | None = None
) -> SignUpResult:
    """Note that somebody asked for a newsletter, and return what to do about it.

    A reader's own sign-up never fails because strangers typed the address before: what repeats itself is left
    out only while a mail with a good link is in that inbox.
    """
    limits = limits or rules.Limits()
    limit = _limit(connection, signup, evidence, limits)
    if limit:
        return SignUpResult("later", limit=limit)
    now, person = evidence.at, _person(connection, signup, evidence.at)
    reason = suppression_reason(connection, subscriber_id=person.id) or claim_suppression(
        connection, person.id, signup.address.key, keys
    )
    mailbox = keys.hashes("limit", f"{signup.newsletter} {signup.address.key}")[0].hex()[:32]
    if reason is not None and reason not in rules.OWN_LIFTS:
        return SignUpResult("silent", person.id)
    before = people.find_subscription(connection, person.id, signup.newsletter)
    if _repeats(connection, before, mailbox, now, limits):
        if before and before.state is State.PENDING:
            _store_sections(connection, person.id, signup)
        return SignUpResult("silent", person.id)
    if reason is Reason.BOUNCE and not count_within_limit(connection, limits.bounced, mailbox, now):
        return SignUpResult("silent", person.id)
    done = transition(connection, person.id, signup.newsletter, Act.ASK, evidence)
    if done.after is not State.PENDING:  # whose mail came back gets nothing until the button is pressed
        return SignUpResult("already" if reason is None else "confirm", person.id)
    if done.changed:
        count_within_limit(connection, limits.pending, signup.newsletter, now)
    _store_sections(connection, person.id, signup)
    return SignUpResult("confirm", person.id)


def _limit(connection: Connection, signup: SignUp, evidence: Evidence, limits: rules.Limits) -> Limit:
    """Return which limit is reached. It is asked before anything is known of the address: the answer tells nothing."""
    if evidence.network and not count_within_limit(connection, limits.network, evidence.network, evidence.at):
        return "network"
    if is_exhausted(connection, limits.pending, signup.newsletter, evidence.at):
        return "pending"
    if not count_within_limit(connection, limits.domain, signup.address.domain[:64], evidence.at):
        return "domain"
    return ""


def _person(connection: Connection, signup: SignUp, at: datetime) -> Subscriber:
    """Return who has the address, added where it is new. While nothing is confirmed, the newest name counts."""
    found = people.get_or_create(
        connection, signup.address, at, name=signup.name, language=signup.language, zone=signup.zone
    )
    if found.name != signup.name and not people.has_confirmed(connection, found.id):
        people.update_profile(connection, found.id, name=signup.name)
    return found


def _repeats(
    connection: Connection, before: Subscription | None, mailbox: str, now: datetime, limits: rules.Limits
) -> bool:
    """Return whether a mail would only repeat one that is in the reader's inbox, too soon or too often."""
    if rules.in_cool_down(before, now, limits.cool_down):
        return True
    often = not count_within_limit(connection, limits.address, mailbox, now)
    kept = before is not None and before.state in (State.ACTIVE, State.PAUSED)
    return often and (kept or rules.awaits_confirmation(before, now))


def _store_sections(connection: Connection, subscriber_id: int, signup: SignUp) -> None:
    connection.execute(
        update(subscriptions)
        .where(
            subscriptions.c.newsletter == signup.newsletter, subscriptions.c.subscriber_id == subscriber_id
        )
        .values(sections=signup.sections)
    )


@dataclass(frozen=True, slots=True)
class AddResult:
    """What an operator's `add_subscriber` did: `added`, `already` (in some state), or `never` with its reason."""

    outcome: Literal["added", "already", "never"]
    subscriber_id: int = 0
    why: str = ""


def add_subscriber(connection: Connection, keys: Keys, signup: SignUp, evidence: Evidence) -> AddResult:
    """Subscribe somebody whose consent was given elsewhere; *evidence.source* says where.

    It never raises what a reader lowered: whoever left, bounced, complained or had not confirmed yet stays
    so, and only their own sign-up changes it.
    """
    person = people.get_or_create(
        connection, signup.address, evidence.at, name=signup.name, language=signup.language, zone=signup.zone
    )
    reason = suppression_reason(connection, subscriber_id=person.id, key=signup.address.key, keys=keys)
    if reason is not None:
        claim_suppression(connection, person.id, signup.address.key, keys)
        return AddResult("never", person.id, f"suppressed: {reason}")
    done = transition(connection, person.id, signup.newsletter, Act.ADD, evidence)
    if not done.changed:
        left = done.after is State.ENDED
        return AddResult(
            "never" if left else "already", person.id, "the reader left" if left else str(done.after)
        )
    _store_sections(connection, person.id, signup)
    return AddResult("added", person.id)
