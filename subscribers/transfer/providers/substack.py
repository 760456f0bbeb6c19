"""Substack: subscribers with plan and `email_disabled`, which is how its readers switch mail off.

`type`, `plan` and the dates of their change are about money, not about mail.
"""

MARKS = (
    frozenset({"email", "emaildisabled"}),
    frozenset({"email", "activesubscription", "expiry"}),
    frozenset({"email", "subscriptioncreatedat", "emailsreceived6mo"}),
)
ROLES = dict.fromkeys(("activesubscription", "plan", "type", "canceldate", "cancelledat"))
