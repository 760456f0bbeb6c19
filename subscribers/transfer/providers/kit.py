"""Kit (once ConvertKit): `status` is active, inactive (not confirmed), cancelled, bounced or complained."""

from subscribers.transfer.columns import STATUS_WORDS
from subscribers.transfer.entry import Status

MARKS = (
    frozenset({"firstname", "email", "createdat", "status"}),
    frozenset({"subscriberid", "email", "state"}),
    frozenset({"firstname", "email", "createdat", "state"}),
)
WORDS = {**STATUS_WORDS, "inactive": Status.PENDING}
