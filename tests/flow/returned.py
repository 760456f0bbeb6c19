"""Mails that come back, as the tests of what follows make them: reports about rows of the ledger."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from digest.app import App
from digest.messages.headers import message_ids_by
from digest.messages.return_path import message_id_key, verp
from digest.model import DeliveryState
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport, Verdict
from digest.store import editions
from digest.store import schema as tables
from digest.store.engine import Database
from digest.store.feedback.tables import feedback
from digest.store.schema import deliveries
from subscribers.schema import subscribers, subscriptions, suppressions
from tests.flow.newsroom import add_edition

NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
SENT = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
WORDS = {
    Verdict.DEAD: ("5.1.1", 550, "no such user here"),
    Verdict.SOFT: ("5.2.2", 552, "mailbox full"),
    Verdict.OURS: ("5.7.26", 550, "this mail is unauthenticated"),
    Verdict.DELAYED: ("4.4.1", None, "connection timed out"),
}


def add_sent(
    database: Database,
    *readers: int,
    edition: int = 0,
    state: DeliveryState = DeliveryState.SENT,
    provider: str = "mail.example",
    at: datetime = SENT,
    first: int = 0,
) -> int:
    """Put rows for *readers* into the ledger; return the id of their edition, added where none is given."""
    edition = edition or add_edition(database)
    rows = [
        {
            **({"id": first + number} if first else {}),
            "edition_id": edition,
            "subscriber_id": reader,
            "revision": 1,
            "state": state,
            "provider": provider,
            "due": at,
            "deadline": at + timedelta(hours=6),
            "at": at,
        }
        for number, reader in enumerate(readers)
    ]
    with database.write() as connection:
        connection.execute(
            update(tables.editions).where(tables.editions.c.id == edition).values(started_at=at)
        )
        connection.execute(insert(deliveries), rows)
    return edition


def number(database: Database, reader: int, edition: int = 0) -> int:
    """The id of the reader's row, of the newest edition without one named."""
    query = select(deliveries.c.id).where(deliveries.c.subscriber_id == reader)
    query = query.where(deliveries.c.edition_id == edition) if edition else query
    with database.read() as connection:
        return int(connection.execute(query.order_by(deliveries.c.id.desc()).limit(1)).scalar_one())


def returned(app: App, delivery: int) -> str:
    """The return address of a mail."""
    return f"{verp(app.links, delivery)}@bounces.example.org"


def message_id(app: App, edition: int, reader: int) -> str:
    """The Message-ID of a mail, without its brackets."""
    with app.db.read() as connection:
        saved = editions.existing(connection, edition)
    of = message_ids_by(
        message_id_key(app.links), saved.newsletter, saved.date, edition, saved.revision, "example.org"
    )
    return of(reader)[1:-1]


def bounce(
    verdict: Verdict, *addressed: str, to: str | None = None, ids: tuple[str, ...] = ()
) -> FeedbackReport:
    """A report that a mail failed."""
    status, code, words = WORDS[verdict]
    one = FailedRecipient(address=to, verdict=verdict, status=status, code=code, diagnostic=words)
    return FeedbackReport(kind=FeedbackKind.BOUNCE, recipients=(one,), addressed=addressed, message_ids=ids)


def complaint(*addressed: str, kind: str = "abuse") -> FeedbackReport:
    """A report that a reader called a mail spam."""
    return FeedbackReport(kind=FeedbackKind.COMPLAINT, addressed=addressed, feedback_type=kind)


def suppressed(database: Database) -> dict[int, str]:
    """Who is suppressed, and why; the flag of the reader says the same."""
    query = select(suppressions.c.subscriber_id, suppressions.c.reason)
    with database.read() as connection:
        rows = connection.execute(query.where(suppressions.c.subscriber_id.is_not(None)))
        found = {int(row[0]): str(row[1]) for row in rows}
        flagged = set(connection.execute(select(subscribers.c.id).where(subscribers.c.suppressed)).scalars())
    assert flagged == set(found)
    return found


def wishes(database: Database) -> dict[int, str]:
    """The state of each reader's subscription."""
    query = select(subscriptions.c.subscriber_id, subscriptions.c.state)
    with database.read() as connection:
        return {row[0]: str(row[1]) for row in connection.execute(query)}


def effects(database: Database) -> list[str]:
    """What the mails that are kept led to, in the order in which they came."""
    with database.read() as connection:
        return list(connection.execute(select(feedback.c.effect).order_by(feedback.c.id)).scalars())


def dsn(
    to: str, recipient: str, status: str, words: str, *, action: str = "failed", original: str = ""
) -> bytes:
    """A delivery report (RFC 3464) as a mail server writes it, with the headers of the mail that it is about."""
    return (
        f"From: MAILER-DAEMON@relay.example (Mail Delivery System)\r\nTo: {to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n\r\n<{recipient}>: {words}\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {words}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original or 'Subject: The news'}\r\n--b--\r\n"
    ).encode()


def arf(to: str, original: str, *, kind: str = "abuse") -> bytes:
    """A complaint (RFC 5965) with the headers of the mail that it is about, its reader's address taken out."""
    return (
        f"From: feedback@provider.example\r\nTo: {to}\r\nSubject: FW: The news\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\n"
        "User-Agent: Provider/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <redacted>\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\nSubject: The news\r\n\r\nNews.\r\n--b--\r\n"
    ).encode()
