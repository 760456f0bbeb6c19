"""Google Groups: members below a title; who chose no e-mail gets none."""

from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.headings import Kind, Role

MARKS = (
    frozenset({"emailaddress", "groupstatus"}),
    frozenset({"emailaddress", "emailpreference"}),
    frozenset({"emailaddress", "nickname", "postingpermissions"}),
)
ROLES = {
    "emailpreference": Role(Kind.STATE),
    "groupstatus": Role(Kind.STATE),
    "emailstatus": Role(Kind.STATE),
}
WORDS = dict.fromkeys(
    (
        "allemail",
        "everyemail",
        "eachemail",
        "email",
        "individualemail",
        "digest",
        "abridged",
        "member",
        "owner",
        "manager",
        "none",
    ),
    ImportStatus.SUBSCRIBED,
)
