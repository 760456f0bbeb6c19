"""Ghost: members with `subscribed_to_emails`, labels and, in older exports, `deleted_at`."""

MARKS = (
    frozenset({"email", "subscribedtoemails"}),
    frozenset({"email", "complimentaryplan", "stripecustomerid"}),
)
