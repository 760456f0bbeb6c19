"""Substack: subscribers with plan and `email_disabled`, which is how its readers switch mail off.

`type` and `plan` are about money, not about mail.
"""

MARKS = (
    frozenset({"email", "emaildisabled"}),
    frozenset({"email", "activesubscription", "expiry"}),
)
