"""Queue a notice: its mails and its call of the webhook, in the transaction of what it is about."""

import hashlib
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.errors import ConfigError
from digest.messages import dkim, system
from digest.model import Audience, Notice
from digest.signing import signer
from digest.store import outbox, webhooks
from digest.store.outbox import Queued

MAIL_DEADLINES = {"confirm": timedelta(days=2), "welcome": timedelta(days=1)}  # by the notice's kind
OTHERWISE = timedelta(hours=12)
CALL_DEADLINE = timedelta(days=1)
_MAIL_KINDS = {Audience.ALARM: "alarm", Audience.EDITORS: "draft"}  # of a reader's, the notice's own

log = structlog.get_logger()


def queue(app: App, connection: Connection, notice: Notice) -> bool:
    """Put what *notice* says into the outbox and the calls; return whether any of it is new.

    The mails come from the newsletter itself. An alarm about one that the configuration does not name any more comes
    from another one.
    """
    newsletter = app.config.newsletters.get(notice.newsletter) or next(iter(app.config.newsletters.values()))
    alarm = notice.audience is Audience.ALARM
    called = alarm and _queue_call(app, connection, notice)
    people = dict.fromkeys((*notice.to, *(app.config.alarms.mail if alarm else ())))
    mailed = [_queue_mail(app, connection, newsletter, notice, to) for to in people]
    return called or any(mailed)


def queue_alone(app: App, notice: Notice) -> bool:
    """Queue *notice* in a transaction of its own."""
    with app.db.write() as connection:
        return queue(app, connection, notice)


def _queue_call(app: App, connection: Connection, notice: Notice) -> bool:
    if app.config.alarms.webhook is None:
        return False
    now = app.now()
    day = (notice.day or now.date()).isoformat()
    body = {
        "text": f"{notice.subject}\n{notice.text}".strip(),  # what Slack, Mattermost and their kin show
        "kind": notice.kind,
        "newsletter": notice.newsletter,
        "date": day,
        "subject": notice.subject,
        "url": f"{app.config.site.url}/desk/{notice.newsletter}/{day}",
        "at": now.isoformat(),
    }
    return webhooks.enqueue(connection, notice.key, body, due=now, deadline=now + CALL_DEADLINE)


def _queue_mail(app: App, connection: Connection, newsletter: Newsletter, notice: Notice, to: str) -> bool:
    now, key = app.now(), f"{notice.key} {to}"
    content = system.mail(
        system.Header(
            sender=newsletter.sender.address,
            to=to,
            subject=notice.subject,
            message_id=f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{newsletter.sender.domain}>",
            date=now,
            sender_name=newsletter.sender.name or newsletter.title,
            reply_to=newsletter.sender.reply_to or "",
            language=newsletter.language,
        ),
        notice.text,
        notice.html or None,
        sign=_sign(app, newsletter),
    )
    mail = Queued(
        kind=_MAIL_KINDS.get(notice.audience, notice.kind),
        key=key,
        recipient=to,
        sender=bounce_address(newsletter),
        content=content,
        due=now,
        deadline=now + MAIL_DEADLINES.get(notice.kind, OTHERWISE),
    )
    return outbox.enqueue(connection, mail)


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
