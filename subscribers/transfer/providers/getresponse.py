"""GetResponse: contacts of a list with where they come from."""

MARKS = (
    frozenset({"email", "name", "origin"}),
    frozenset({"email", "name", "addedon"}),
    frozenset({"email", "campaignname", "addedon"}),
)
