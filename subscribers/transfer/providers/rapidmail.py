"""rapidmail: recipients; `neu` has not confirmed."""

from subscribers.transfer.entry import Status

MARKS = (
    frozenset({"email", "mailtype", "status"}),
    frozenset({"email", "recipientlistid"}),
    frozenset({"email", "foreignid", "status"}),
)
WORDS = {"neu": Status.PENDING, "new": Status.PENDING}
