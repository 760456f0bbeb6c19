"""What a public page says of an edition that was corrected: when, and in the words of the correction mail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from jinja2 import Environment
from sqlalchemy import Connection

from digest.config.schema import Newsletter
from digest.model import Edition, EditionState
from digest.store import corrections


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction: *when* it was made, in words, and what it says; "" where nobody had to be told."""

    when: str
    words: str


def of(connection: Connection, edition: Edition, newsletter: Newsletter, said: str) -> tuple[Corrected, ...]:
    """Return the corrections of *edition*, oldest first; *said* is "Corrected {when}" in the newsletter's language."""
    mails = [
        mail for mail in corrections.of(connection, edition.id) if mail.state is not EditionState.CANCELLED
    ]
    found = [(mail.started_at or mail.now, mail.note) for mail in mails]
    standing = edition.state is not EditionState.DRAFT and edition.approved_at is not None
    told = any(mail.corrected == edition.revision for mail in mails)
    earlier = corrections.revisions(connection, edition.id, edition.revision)
    if standing and earlier and not told and edition.approved_at is not None:
        found.append((edition.approved_at, ""))
    return tuple(Corrected(said.replace("{when}", _when(at, newsletter)), words) for at, words in found)


def _when(at: datetime, newsletter: Newsletter) -> str:
    locale, zone = Locale.parse(newsletter.language, sep="-"), newsletter.schedule.tz
    return _format(at, locale, zone)


def _format(at: datetime, locale: Locale, zone: ZoneInfo) -> str:
    return format_datetime(at.astimezone(zone), "d MMM HH:mm", tzinfo=zone, locale=locale)


def above(
    html: str,
    found: Sequence[Corrected],
    newsletter: Newsletter,
    templates: Environment,
    link: str,
    label: str,
) -> str:
    """Return the page *html* with what was corrected on top of it, and a *link* to the corrected edition or ""."""
    if not found:
        return html
    note = templates.get_template("public/corrected.html").render(
        corrections=found, newsletter=newsletter, link=link, label=label
    )
    body = re.search(r"<body\b[^>]*>", html)
    at = body.end() if body else 0
    return html[:at] + note + html[at:]
