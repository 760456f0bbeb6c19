"""Mailman 3: members with how, and whether, mail is delivered to them."""

from subscribers.transfer.entry import Status

MARKS = (
    frozenset({"address", "deliverystatus"}),
    frozenset({"email", "deliverystatus"}),
    frozenset({"address", "deliverymode"}),
)
WORDS = {"byuser": Status.UNSUBSCRIBED, "bymoderator": Status.UNSUBSCRIBED, "bybounces": Status.BOUNCED}
WORDS["unknown"] = Status.UNSUBSCRIBED
