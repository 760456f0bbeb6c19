"""Alarms about an edition that is being sent: halted, standing still, sent back, or late for some. Pure.

*now* makes an alarm another one than that of an earlier time.
"""

from datetime import datetime

from digest.model import Audience, Edition, Notice


def _about(edition: Edition, kind: str, once: str, subject: str, text: str) -> Notice:
    """Return the alarm of *kind* about *edition*; *once* makes it one."""
    return Notice(
        kind=kind,
        key=f"{kind} {edition.id} {once}",
        newsletter=edition.newsletter,
        audience=Audience.ALARM,
        subject=subject,
        text=text,
        day=edition.date,
    )


def homeless(saved: Edition, now: datetime) -> Notice:
    """Say that an edition is halted because the configuration does not name its newsletter any more."""
    name, day = saved.newsletter, saved.date
    text = (
        f"{name} {day} was being sent, and there is no [newsletters.{name}] in the configuration any more. It is\n"
        "halted: those who have it have it, nobody else gets it, and nobody is lost.\n"
        f"Put the newsletter back and restart, then: digest resume {name} --date {day}\n"
    )
    subject = f"Halted: {name} {day}"
    return _about(saved, "halted", now.isoformat(), subject, text)


def halted(saved: Edition, why: str, taken_back: int, now: datetime) -> Notice:
    """Say that an edition is halted for everybody, why, and how to let it go on."""
    text = (
        f"The edition is halted, nobody gets it until somebody resumes it.\n\n{why}\n{_taken(taken_back)}\n"
        f"When that is mended: digest resume {saved.newsletter} --date {saved.date}\n"
        f"And to those whom it was refused for: digest send {saved.newsletter} --date {saved.date} --missing\n"
    )
    subject = f"Halted: {saved.newsletter} {saved.date}"
    return _about(saved, "halted", now.isoformat(), subject, text)


def _taken(count: int) -> str:
    return f"\n{count:,} addresses that were called dead meanwhile are not suppressed.\n" if count else ""


def provider_halted(saved: Edition, provider: str, why: str, taken_back: int, now: datetime) -> Notice:
    """Say that *provider*, or a relay, gets nothing more of an edition, and how to let it go on."""
    text = (
        f"{provider} gets nothing more of {saved.newsletter} {saved.date}: {why}\n\n"
        f"Its readers stay queued, all others get their mail. No address was blamed for it.\n{_taken(taken_back)}"
        "Set right what the answer names (digest doctor looks at SPF, DKIM and DMARC), then let it go on:\n\n"
        f"digest resume {saved.newsletter} --date {saved.date}\n\n"
        "Whom it was refused for gets it by: "
        f"digest send {saved.newsletter} --date {saved.date} --missing\n"
    )
    subject = f"Halted for {provider}: {saved.newsletter} {saved.date}"
    return _about(saved, "provider", f"{provider} {now.isoformat()}", subject, text)


def refused_late(saved: Edition, provider: str, why: str, taken_back: int) -> Notice:
    """Say that *provider* sends an edition back that is over already, and how its readers get it all the same."""
    text = (
        f"{provider} accepted {saved.newsletter} {saved.date} at first, and sends it back: {why}\n\n"
        f"No address was blamed for it.\n{_taken(taken_back)}"
        "The next edition will fare no better until that is mended. Then, to those whom it was refused for:\n\n"
        f"digest send {saved.newsletter} --date {saved.date} --missing\n"
    )
    subject = f"Sent back by {provider}: {saved.newsletter} {saved.date}"
    return _about(saved, "provider", f"{provider} late", subject, text)


def complained_late(saved: Edition, provider: str, why: str) -> Notice:
    """Say that too many readers at *provider* complained of an edition that is over; once an edition."""
    text = (
        f"{saved.newsletter} {saved.date} is sent, and its readers at {provider} call it spam: {why}\n\n"
        "Providers look at this share, and put the mail of a sender above it into the spam folder, this newsletter's\n"
        "and every other one's of the same domain. The desk shows it by provider, under Reputation.\n"
    )
    subject = f"Too many complaints at {provider}: {saved.newsletter} {saved.date}"
    return _about(saved, "complaints", provider, subject, text)


def stalled(saved: Edition, why: str, now: datetime) -> Notice:
    """Say that an edition stands still, because no relay is there; once a day and edition, whoever notices."""
    text = (
        f"{saved.newsletter} {saved.date} stands still: no relay has been there for some minutes.\n\n{why}\n\n"
        "Nobody is lost: it goes on by itself when one is back. Whom the deadline passes first is then told of, and\n"
        "can be sent to by hand. To look: digest check; digest report "
        f"{saved.newsletter} --date {saved.date}\n"
    )
    subject = f"Stands still: {saved.newsletter} {saved.date}"
    return _about(saved, "stands", str(now.date()), subject, text)


def late(saved: Edition, count: int) -> Notice:
    """Say that an edition has ended and *count* readers have none, for its deadline came first."""
    text = (
        f"{saved.newsletter} {saved.date} is over, and its deadline came before {count} of its readers.\n"
        "To send it to them all the same, and to those who were refused:\n\n"
        f"digest send {saved.newsletter} --date {saved.date} --missing\n"
    )
    subject = f"{count} not reached in time: {saved.newsletter} {saved.date}"
    return _about(saved, "late", str(count), subject, text)
