"""Mautic: contacts with `doNotContact`, or a reason for it (1 left, 2 bounced, 3 by hand)."""

from subscribers.transfer.entry import ImportStatus

MARKS = (
    frozenset({"email", "donotcontact"}),
    frozenset({"email", "dateidentified"}),
    frozenset({"email", "points", "stage"}),
)
ROLES = {"ispublished": None, "isidentified": None}
WORDS = {"2": ImportStatus.BOUNCED, "3": ImportStatus.SUPPRESSED}
