"""Mailchimp: the audience export, a file for each status; UNSUB_TIME and CLEAN_TIME say which it is."""

from subscribers.transfer.entry import ImportStatus

MARKS = (
    frozenset({"emailaddress", "memberrating", "optintime"}),
    frozenset({"emailaddress", "leid", "euid"}),
    frozenset({"emailaddress", "confirmtime"}),
)
WORDS = {"transactional": ImportStatus.UNSUBSCRIBED}
