"""Constant Contact: contacts whose permission is express or implied."""

from subscribers.transfer.entry import Status

MARKS = (
    frozenset({"emailaddress", "emailstatus", "emailpermissionstatus"}),
    frozenset({"emailaddress", "emailpermissionstatus"}),
    frozenset({"emailaddress", "emailstatus", "emaillists"}),
    frozenset({"emailaddress", "confirmedoptoutdate"}),
)
WORDS = dict.fromkeys(("express", "explicit", "implied", "implicit", "confirmedoptin"), Status.SUBSCRIBED)
WORDS |= {"temphold": Status.UNSUBSCRIBED, "notset": Status.UNKNOWN, "awaitingconfirmation": Status.PENDING}
WORDS["pendingconfirmation"] = Status.PENDING
