"""Sympa: members with `gecos` and `reception`, of which nomail is a pause without an end."""

from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.headings import Kind, Role

MARKS = (
    frozenset({"email", "gecos"}),
    frozenset({"email", "reception"}),
)
ROLES = {"reception": Role(Kind.STATE), "subscribed": None, "included": None, "bounce": None}
WORDS = dict.fromkeys(
    ("mail", "digest", "digestplain", "summary", "notice", "txt", "html", "urlize", "notme"),
    ImportStatus.SUBSCRIBED,
)
