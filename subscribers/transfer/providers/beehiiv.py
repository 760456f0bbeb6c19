"""beehiiv: subscribers with status, tier and `unsubscribed_at`; `inactive` is one who left."""

MARKS = (
    frozenset({"email", "status", "tier"}),
    frozenset({"email", "status", "unsubscribedat", "createdat"}),
)
