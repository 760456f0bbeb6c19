"""rapidmail: recipients; `neu` has not confirmed."""

from subscribers.transfer.entry import ImportStatus

MARKS = (
    frozenset({"email", "mailtype", "status"}),
    frozenset({"email", "recipientlistid"}),
    frozenset({"email", "foreignid", "status"}),
)
WORDS = {"neu": ImportStatus.PENDING, "new": ImportStatus.PENDING}
