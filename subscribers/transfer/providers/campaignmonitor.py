"""Campaign Monitor: a file for each status; the date in it says which."""

MARKS = (
    frozenset({"emailaddress", "name", "datesubscribed"}),
    frozenset({"emailaddress", "name", "dateunsubscribed"}),
    frozenset({"emailaddress", "datebounced"}),
    frozenset({"emailaddress", "joindate"}),
)
