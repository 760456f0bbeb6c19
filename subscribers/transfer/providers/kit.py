"""Kit (once ConvertKit): `status` is active, inactive (not confirmed), cancelled, bounced or complained."""

from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.headings import Kind, Role

MARKS = (
    frozenset({"firstname", "email", "createdat", "status"}),
    frozenset({"subscriberid", "email", "state"}),
    frozenset({"firstname", "email", "createdat", "state"}),
)
WORDS = {"inactive": ImportStatus.PENDING}
ROLES = {"state": Role(Kind.STATE)}
