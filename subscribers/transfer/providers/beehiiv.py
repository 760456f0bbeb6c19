"""beehiiv: subscribers with status, tier and `unsubscribed_at`; `inactive` is one who left."""

from subscribers.transfer.columns import STATUS_WORDS
from subscribers.transfer.entry import Status

MARKS = (
    frozenset({"email", "status", "tier"}),
    frozenset({"email", "status", "unsubscribedat", "createdat"}),
)
WORDS = {
    **STATUS_WORDS,
    "validating": Status.PENDING,
    "needsattention": Status.BOUNCED,
    "paused": Status.UNSUBSCRIBED,
}
