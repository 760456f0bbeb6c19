"""The steps of the message that a connection is at, as a table: which event leads from where to where. Pure.

A message is taken, its mark is asked for, its commands go out, and two things come back in either order: the mark,
from our ledger, and the relay's go-ahead (354). Only with both does its body leave; from there on it is "sent", and
the connection is at the next one. RESTING and SOILED are a connection without a message.
"""

from enum import StrEnum
from typing import NamedTuple


class Step(StrEnum):
    RESTING = "resting"  # no message
    SOILED = "soiled"  # no message, and a transaction was left behind: RSET goes first
    TAKEN = "taken"  # its mark is asked for, none of its commands is out
    TAKEN_SOILED = "taken soiled"  # the same, and the first of them is RSET
    ASKED = "asked"  # commands are out, its mark is not decided
    AWAITED = "awaited"  # 354 is in, its mark is not decided
    GRANTED = "granted"  # commands are out, its mark is granted
    REVOKED = "revoked"  # commands are out, its mark was refused: its body must not leave
    DENIED = "denied"  # the relay refused it
    DENIED_REVOKED = "denied revoked"  # both did


class Event(StrEnum):
    TAKE = "take"  # a message is taken
    SEND = "send"  # the first of its commands goes out
    GRANT = "grant"  # its mark is granted
    REVOKE = "revoke"  # its mark is refused
    GO = "go"  # 354
    DENY = "deny"  # an answer to one of its commands that refuses it
    SETTLE = "settle"  # no answer is due any more


class Act(StrEnum):
    """What is to be done with an event."""

    NOTHING = ""
    FLUSH = "flush"  # send the commands
    BODY = "body"  # send the body
    LONE_DOT = "lone dot"  # end the empty message that the relay waits for; its answer belongs to nobody
    CUT = "cut"  # a lone dot would mail nothing to a reader, so the line is cut
    NEXT = "next"  # take back what was not sent, and go on with another message
    TELL = "tell"  # say what the relay answered
    FORGET = "forget"  # its mark was refused: nobody waits for its outcome


class Move(NamedTuple):
    to: Step
    act: Act = Act.NOTHING


class OutOfTurnError(RuntimeError):
    """An event came at a step where it cannot come: a fault of ours, by which the connection is lost."""


class Moves(dict[Step, Move]):
    """Where one event leads from each step; asking for a step where it cannot come raises OutOfTurnError."""

    def __missing__(self, step: Step) -> Move:
        event = next(event for event, moves in STEPS.items() if moves is self)
        raise OutOfTurnError(f"{event} while a message is {step}")


_TABLE: dict[Event, dict[Step, Move]] = {
    Event.TAKE: {
        Step.RESTING: Move(Step.TAKEN),
        Step.SOILED: Move(Step.TAKEN_SOILED),
    },
    Event.SEND: {
        Step.TAKEN: Move(Step.ASKED),
        Step.TAKEN_SOILED: Move(Step.ASKED),
        Step.ASKED: Move(Step.ASKED),
        Step.GRANTED: Move(Step.GRANTED),
        Step.REVOKED: Move(Step.REVOKED),
    },
    Event.GRANT: {
        Step.TAKEN: Move(Step.GRANTED, Act.FLUSH),  # an idle connection asks first and speaks then
        Step.TAKEN_SOILED: Move(Step.GRANTED, Act.FLUSH),
        Step.ASKED: Move(Step.GRANTED),
        Step.AWAITED: Move(Step.RESTING, Act.BODY),
        Step.DENIED: Move(Step.DENIED),
    },
    Event.REVOKE: {
        Step.TAKEN: Move(Step.RESTING, Act.NEXT),
        Step.TAKEN_SOILED: Move(Step.SOILED, Act.NEXT),
        Step.ASKED: Move(Step.REVOKED),
        Step.AWAITED: Move(Step.RESTING, Act.CUT),
        Step.DENIED: Move(Step.DENIED_REVOKED),
    },
    Event.GO: {
        Step.ASKED: Move(Step.AWAITED),
        Step.GRANTED: Move(Step.RESTING, Act.BODY),
        Step.REVOKED: Move(Step.RESTING, Act.CUT),
        Step.DENIED: Move(Step.DENIED, Act.LONE_DOT),
        Step.DENIED_REVOKED: Move(Step.DENIED_REVOKED, Act.LONE_DOT),
    },
    Event.DENY: {
        Step.ASKED: Move(Step.DENIED),
        Step.GRANTED: Move(Step.DENIED),
        Step.REVOKED: Move(Step.DENIED_REVOKED),
        Step.DENIED: Move(Step.DENIED),  # the first refusal is the one that counts
        Step.DENIED_REVOKED: Move(Step.DENIED_REVOKED),
    },
    Event.SETTLE: {
        Step.DENIED: Move(Step.SOILED, Act.TELL),
        Step.DENIED_REVOKED: Move(Step.SOILED, Act.FORGET),
    },
}
STEPS = {event: Moves(moves) for event, moves in _TABLE.items()}
"""Pairs that are not here do not happen."""

WITHDRAWN = frozenset({Step.REVOKED, Step.DENIED_REVOKED})  # what becomes of it is told to nobody
