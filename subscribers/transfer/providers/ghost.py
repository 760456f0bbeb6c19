"""Ghost: members with `subscribed_to_emails`, labels and, in older exports, `deleted_at`; a blank is a yes there."""

from subscribers.transfer.headings import Kind, Role

MARKS = (
    frozenset({"email", "subscribedtoemails"}),
    frozenset({"email", "complimentaryplan", "stripecustomerid"}),
)
BLANK = True
ROLES = {"subscribedtoemails": Role(Kind.GOOD)}
