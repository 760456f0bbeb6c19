"""keila: contacts with a JSON cell of data; `unreachable` has bounced."""

MARKS = (
    frozenset({"email", "firstname", "data", "status"}),
    frozenset({"email", "data", "externalid"}),
    frozenset({"email", "data", "status"}),
)
