"""The whole door of this package: what others import of it, and nothing else.

    who may be written to     audience, by_consent, count_audience, may_send, count_subscriptions,
                              count_unsubscribes
    who must not be           is_suppressed, suppress, lift_suppression, retract_bounce, find_suppression(s)
    signed links              Links, Keys
    reports about mails       address_standing, end_subscription
    readers, one and many     add_subscriber, list_subscriptions, search_people, export_person, erase_person
    lists in and out          import_list, export_csv
    the readers' own pages    reader_routes, not_found_page, signup_form, speaks,
                              unsubscribe_by_mail
    after a restore           attach_journal, read_journal, replay_journal
    tables                    metadata, UTCDateTime; for migrations

Every function that takes a connection runs in the caller's transaction, on SQLite and PostgreSQL. Importing
this module is cheap: pages and lists, which need a web framework and words of many languages, are only loaded
with the first of their names.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from subscribers.address import Address, InvalidAddress, parse_address
from subscribers.journal import attach_journal
from subscribers.links import Keys, Links
from subscribers.mailto import mail_tokens, unsubscribe_by_mail
from subscribers.model import Evidence, Json, Person, Reason, Subscriber, SubscriptionCounts
from subscribers.replay import read_journal, replay_journal
from subscribers.rules import PENDING_FOR, Allowance, Limits, encode_sections
from subscribers.schema import UTCDateTime, metadata
from subscribers.store.audience import audience, by_consent, count_audience, is_suppressed, may_send
from subscribers.store.consents import count_unsubscribes
from subscribers.store.erasure import erase_person, forget_unconfirmed
from subscribers.store.limits import count_within_limit
from subscribers.store.people import (
    count_subscriptions,
    list_subscriptions,
    load_person,
    subscriber_by_id,
    subscriber_by_key,
)
from subscribers.store.renames import current_name, move_subscriptions, rename_newsletter
from subscribers.store.reports import address_standing, end_subscription
from subscribers.store.search import search_people
from subscribers.store.signup import SignUp, add_subscriber
from subscribers.store.suppressions import (
    Suppression,
    find_suppression,
    find_suppressions,
    lift_suppression,
    retract_bounce,
    suppress,
)

if TYPE_CHECKING:
    from subscribers.pages import (
        NewsletterInfo,
        PageSettings,
        SendMail,
        not_found_page,
        reader_routes,
        signup_form,
    )
    from subscribers.pages.translations import speaks
    from subscribers.transfer.csv_file import CsvError
    from subscribers.transfer.entry import ImportStatus
    from subscribers.transfer.export import export_csv, export_person
    from subscribers.transfer.importing import ImportReport, ImportTask, import_list

__all__ = [
    "PENDING_FOR",
    "Address",
    "Allowance",
    "CsvError",
    "Evidence",
    "ImportReport",
    "ImportStatus",
    "ImportTask",
    "InvalidAddress",
    "Json",
    "Keys",
    "Limits",
    "Links",
    "NewsletterInfo",
    "PageSettings",
    "Person",
    "Reason",
    "SendMail",
    "SignUp",
    "Subscriber",
    "SubscriptionCounts",
    "Suppression",
    "UTCDateTime",
    "add_subscriber",
    "address_standing",
    "attach_journal",
    "audience",
    "by_consent",
    "count_audience",
    "count_subscriptions",
    "count_unsubscribes",
    "count_within_limit",
    "current_name",
    "encode_sections",
    "end_subscription",
    "erase_person",
    "export_csv",
    "export_person",
    "find_suppression",
    "find_suppressions",
    "forget_unconfirmed",
    "import_list",
    "is_suppressed",
    "lift_suppression",
    "list_subscriptions",
    "load_person",
    "mail_tokens",
    "may_send",
    "metadata",
    "move_subscriptions",
    "not_found_page",
    "parse_address",
    "read_journal",
    "reader_routes",
    "rename_newsletter",
    "replay_journal",
    "retract_bounce",
    "search_people",
    "signup_form",
    "speaks",
    "subscriber_by_id",
    "subscriber_by_key",
    "suppress",
    "unsubscribe_by_mail",
]

_LOADED_LATE = {
    "CsvError": "subscribers.transfer.csv_file",
    "ImportReport": "subscribers.transfer.importing",
    "ImportStatus": "subscribers.transfer.entry",
    "ImportTask": "subscribers.transfer.importing",
    "NewsletterInfo": "subscribers.pages",
    "PageSettings": "subscribers.pages",
    "SendMail": "subscribers.pages",
    "export_csv": "subscribers.transfer.export",
    "export_person": "subscribers.transfer.export",
    "import_list": "subscribers.transfer.importing",
    "not_found_page": "subscribers.pages",
    "reader_routes": "subscribers.pages",
    "signup_form": "subscribers.pages",
    "speaks": "subscribers.pages.translations",
}


def __getattr__(name: str) -> object:
    """Return a name of `_LOADED_LATE`, its module imported now (PEP 562)."""
    if name not in _LOADED_LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_LOADED_LATE[name]), name)
    globals()[name] = found
    return found
