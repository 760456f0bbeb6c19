"""Mailman 3: members with how, and whether, mail is delivered to them."""

from subscribers.transfer.entry import ImportStatus

MARKS = (
    frozenset({"address", "deliverystatus"}),
    frozenset({"email", "deliverystatus"}),
    frozenset({"address", "deliverymode"}),
)
WORDS = {
    "byuser": ImportStatus.UNSUBSCRIBED,
    "bymoderator": ImportStatus.UNSUBSCRIBED,
    "bybounces": ImportStatus.BOUNCED,
}
WORDS["unknown"] = ImportStatus.UNSUBSCRIBED
