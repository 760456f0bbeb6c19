"""Queue a notice: its mails and its call of the webhook, in the transaction of what it is about."""

import hashlib
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from digest.config.schema import Config, Newsletter
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


def queue(config: Config, connection: Connection, notice: Notice, now: datetime) -> bool:
    """Put what *notice* says into the outbox and the calls; return whether any of it is new.

    The mails come from the newsletter itself. An alarm about one that the configuration does not name any more comes
    from another one.
    """
    newsletter = config.newsletters.get(notice.newsletter) or next(iter(config.newsletters.values()))
    alarm = notice.audience is Audience.ALARM
    called = alarm and _queue_call(config, connection, notice, now)
    people = dict.fromkeys((*notice.to, *(config.alarms.mail if alarm else ())))
    mailed = [_queue_mail(config, connection, newsletter, notice, to, now) for to in people]
    return called or any(mailed)


def _queue_call(config: Config, connection: Connection, notice: Notice, now: datetime) -> bool:
    if config.alarms.webhook is None:
        return False
    day = (notice.day or now.date()).isoformat()
    body = {
        "text": f"{notice.subject}\n{notice.text}".strip(),  # what Slack, Mattermost and their kin show
        "kind": notice.kind,
        "newsletter": notice.newsletter,
        "date": day,
        "subject": notice.subject,
        "url": f"{config.site.url}/desk/{notice.newsletter}/{day}",
        "at": now.isoformat(),
    }
    return webhooks.enqueue(connection, notice.key, body, due=now, deadline=now + CALL_DEADLINE)


def _queue_mail(
    config: Config, connection: Connection, newsletter: Newsletter, notice: Notice, to: str, now: datetime
) -> bool:
    key = f"{notice.key} {to}"
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
        sign=_sign(config, newsletter, now),
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


def _sign(config: Config, newsletter: Newsletter, now: datetime) -> dkim.Sign | None:
    """Return what signs a single mail. Where the key is lost it goes unsigned: it may be the alarm about that."""
    try:
        made = signer(config.relays, newsletter)
    except ConfigError as problem:
        log.error("dkim.missing", why=str(problem))
        return None
    return made.at(now) if made else None


def bounce_address(newsletter: Newsletter) -> str:
    """Return the envelope sender of single mails."""
    return f"bounce@{newsletter.sender.bounce_domain}"
