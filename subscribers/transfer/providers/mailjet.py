"""Mailjet: contacts of a list, with when they left it, or whether no campaign may go to them."""

MARKS = (
    frozenset({"email", "isunsubscribed"}),
    frozenset({"email", "isexcludedfromcampaigns"}),
    frozenset({"email", "unsubscribedat", "isactive"}),
    frozenset({"email", "subscriptionstatus", "isspamcomplaining"}),
)
