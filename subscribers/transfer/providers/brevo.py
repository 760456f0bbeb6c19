"""Brevo (once Sendinblue): headings in capitals, `EMAIL_BLACKLISTED`, days before months."""

MARKS = (
    frozenset({"email", "emailblacklisted"}),
    frozenset({"email", "sms", "addedtime"}),
    frozenset({"email", "blacklisted"}),
)
MONTH_FIRST = False
