"""HubSpot: contacts with an opt-out of all mail and one for each kind of it."""

MARKS = (
    frozenset({"email", "unsubscribedfromallemail"}),
    frozenset({"email", "marketingcontactstatus"}),
    frozenset({"email", "lifecyclestage"}),
    frozenset({"email", "recordid", "contactowner"}),
)
ROLES = {"marketingcontactstatus": None, "leadstatus": None}
