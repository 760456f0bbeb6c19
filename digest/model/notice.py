"""Something that people are told once, by mail and by webhook."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Audience(StrEnum):
    """Whom a notice is for."""

    READER = "reader"  # whom it names, and nobody else
    EDITORS = "editors"  # the newsletter's
    ALARM = "alarm"  # those too, the mailboxes that the configuration names for alarms, and its webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened (*kind*), in words; *key* makes it one: a second one with it is not told again.

    *to* are the mail addresses that it names; an alarm goes to those of the configuration as well. *day* is that of
    the edition that it is about. A notice without *html* is a mail of plain text.
    """

    kind: str
    key: str
    newsletter: str
    audience: Audience
    subject: str
    text: str
    html: str = ""
    to: tuple[str, ...] = ()
    day: date | None = None
