"""AWeber: subscribers with when and why mail to them was stopped."""

MARKS = (
    frozenset({"email", "stoptime"}),
    frozenset({"email", "stopstatus"}),
    frozenset({"email", "adtracking"}),
    frozenset({"email", "signupdate", "verified"}),
)
