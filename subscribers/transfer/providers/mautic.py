"""Mautic: contacts with `doNotContact`, or a reason for it (1 left, 2 bounced, 3 by hand)."""

from subscribers.transfer.entry import Status

MARKS = (
    frozenset({"email", "donotcontact"}),
    frozenset({"email", "dateidentified"}),
    frozenset({"email", "points", "stage"}),
)
ROLES = {"ispublished": None, "isidentified": None}
WORDS = {"2": Status.BOUNCED, "3": Status.SUPPRESSED}
