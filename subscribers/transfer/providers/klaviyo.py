"""Klaviyo: profiles with the consent to mail, when it was given, and what suppresses them."""

from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.headings import Kind, Role

MARKS = (
    frozenset({"email", "emailmarketingconsent"}),
    frozenset({"email", "emailsuppressions"}),
    frozenset({"email", "klaviyoid"}),
    frozenset({"email", "emailmarketingconsenttimestamp"}),
)
ROLES: dict[str, Role | None] = {
    "smsmarketingconsent": None,
    "emailsuppressions": Role(Kind.WHEN, ImportStatus.SUPPRESSED),
    "emailmarketingconsent": Role(Kind.STATE),
}

WORDS = {"neversubscribed": ImportStatus.UNSUBSCRIBED}
