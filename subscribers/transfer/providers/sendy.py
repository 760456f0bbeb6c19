"""Sendy: subscribers with `Active`, `Unconfirmed`, `Unsubscribed`, `Bounced`, `Soft bounced`, `Complaint`."""

MARKS = (
    frozenset({"name", "email", "lastactivity"}),
    frozenset({"email", "lastactivity", "status"}),
    frozenset({"name", "email", "lastcampaign"}),
)
