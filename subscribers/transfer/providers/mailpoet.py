"""MailPoet: the status in the list and the global one; `Inactive` is a subscriber who does not open mail there."""

MARKS = (
    frozenset({"email", "liststatus", "globalstatus"}),
    frozenset({"subscriberemail", "liststatus"}),
    frozenset({"email", "globalstatus"}),
)
