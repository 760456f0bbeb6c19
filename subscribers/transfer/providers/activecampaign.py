"""ActiveCampaign: contacts with the status in a list, and when they left."""

MARKS = (
    frozenset({"email", "datecreated", "status", "ip"}),
    frozenset({"email", "liststatus", "unsubscribedate"}),
    frozenset({"email", "firstname", "lastname", "ip", "unsubscriptionreason"}),
)
