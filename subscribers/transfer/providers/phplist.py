"""phpList: `confirmed` and `blacklisted` as 1 and 0, headings as names or as sentences.

`optedin` is 0 for nearly everybody there, and no answer to a question.
"""

MARKS = (
    frozenset({"email", "confirmed", "blacklisted"}),
    frozenset({"email", "blacklisted", "bouncecount"}),
    frozenset({"email", "isthissubscriberblacklisted"}),
    frozenset({"email", "htmlemail", "uniqid"}),
)
MONTH_FIRST = False
ROLES = {"optedin": None, "didthissubscribermanuallyconfirm": None, "entered": None}
