"""Constant Contact: contacts whose permission is express or implied."""

from subscribers.transfer.entry import ImportStatus

MARKS = (
    frozenset({"emailaddress", "emailstatus", "emailpermissionstatus"}),
    frozenset({"emailaddress", "emailpermissionstatus"}),
    frozenset({"emailaddress", "emailstatus", "emaillists"}),
    frozenset({"emailaddress", "confirmedoptoutdate"}),
)
WORDS = dict.fromkeys(
    ("express", "explicit", "implied", "implicit", "confirmedoptin"), ImportStatus.SUBSCRIBED
)
WORDS |= {
    "temphold": ImportStatus.UNSUBSCRIBED,
    "notset": ImportStatus.UNKNOWN,
    "awaitingconfirmation": ImportStatus.PENDING,
}
WORDS["pendingconfirmation"] = ImportStatus.PENDING
