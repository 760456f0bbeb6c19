"""Single mails: confirmations to readers, and words to the newsroom, put into the outbox."""

import hashlib
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.errors import ConfigError
from digest.flows.sending.signing import signer
from digest.messages import dkim, system
from digest.store import outbox

DEADLINES = {"confirm": timedelta(days=2), "welcome": timedelta(days=1)}
OTHERWISE = timedelta(hours=12)

log = structlog.get_logger()


def queue(
    app: App,
    connection: Connection,
    newsletter: Newsletter,
    *,
    kind: str,
    key: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
) -> bool:
    """Put one mail into the outbox in the name of *newsletter*; False when *key* is there already.

    The Message-ID comes from *key*, so a repeat is recognisable as one.
    """
    now = app.now()
    message_id = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{newsletter.sender.domain}>"
    content = system.mail(
        newsletter.sender.address,
        to,
        subject,
        text,
        html or None,
        message_id=message_id,
        date=now,
        sender_name=newsletter.sender.name or newsletter.title,
        reply_to=newsletter.sender.reply_to or "",
        language=newsletter.language,
        sign=_sign(app, newsletter),
    )
    return outbox.enqueue(
        connection,
        kind=kind,
        key=key,
        recipient=to,
        sender=bounce_address(newsletter),
        content=content,
        due=now,
        deadline=now + DEADLINES.get(kind, OTHERWISE),
    )


def _sign(app: App, newsletter: Newsletter) -> dkim.Sign | None:
    """Return what signs a single mail. Where the key is lost it goes unsigned: it may be the alarm about that."""
    try:
        made = signer(app, newsletter)
    except ConfigError as problem:
        log.error("dkim.missing", why=str(problem))
        return None
    return made.at(app.now()) if made else None


def bounce_address(newsletter: Newsletter) -> str:
    """Return the envelope sender of single mails."""
    return f"bounce@{newsletter.sender.bounce_domain}"


def to_reader(
    app: App, *, kind: str, key: str, newsletter: str, to: str, subject: str, text: str, html: str
) -> None:
    """Queue a mail to one reader, in a transaction of its own: what the readers' pages are given to send with."""
    with app.db.write() as connection:
        queue(
            app,
            connection,
            app.config.newsletters[newsletter],
            kind=kind,
            key=key,
            to=to,
            subject=subject,
            text=text,
            html=html,
        )
