"""Our own export: the same status as where it was written, for the newsletter that a row names.

A reader who chose sections has those, one who made a pause has it to its end.
"""

from subscribers.transfer.entry import ImportStatus

MARKS = (frozenset({"email", "newsletter", "status", "pauseduntil", "suppressed"}),)
WORDS = {
    "active": ImportStatus.SUBSCRIBED,
    "paused": ImportStatus.PAUSED,
    "ended": ImportStatus.UNSUBSCRIBED,
    "pending": ImportStatus.PENDING,
}
FIELDS = {
    "newsletter": ("newsletter",),
    "sections": ("sections",),
    "zone": ("timezone",),
    "paused_until": ("pauseduntil",),
}
MONTH_FIRST = False
GUARDED = True
ROLES = {"pauseduntil": None, "newsletter": None}
