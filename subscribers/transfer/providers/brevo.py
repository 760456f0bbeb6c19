"""Brevo (once Sendinblue): headings in capitals, `EMAIL_BLACKLISTED`, days before months.

Blacklisted is there whoever left: a subscription that ended, not an address that must never be written to.
"""

from subscribers.transfer.headings import Kind, Role

MARKS = (
    frozenset({"email", "emailblacklisted"}),
    frozenset({"email", "sms", "addedtime"}),
    frozenset({"email", "smsblacklisted"}),
)
MONTH_FIRST = False
ROLES = {"emailblacklisted": Role(Kind.BAD), "blacklisted": Role(Kind.BAD)}
