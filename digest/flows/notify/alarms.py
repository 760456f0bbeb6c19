"""Alarms about an edition that is being sent, and about the process that sends it."""

from dataclasses import replace

from sqlalchemy import Connection

from digest.app import App
from digest.flows.notify.queue import queue, queue_alone
from digest.model import Audience, Edition, Notice
from subscribers.api import Allowance, Limits, count_within_limit

_SIGN_UP = {
    "pending": (
        "Sign-up is closed for today: {newsletter}",
        "More than {most} people asked for {newsletter} today and have not confirmed: that looks like a flood. Until\n"
        "midnight (UTC) the sign-up page of {newsletter} says that it is closed, and nothing is sent.\n"
        "If it is no flood: raise readers.pending_limit and start digest serve anew.\n",
    ),
    "domain": (
        "Sign-up is closed for {domain}: {newsletter}",
        "More than {most} people at {domain} asked for a newsletter within this hour: that looks like a flood. Until\n"
        "the hour is over the sign-up page says so to whoever has an address there, and nothing is sent.\n",
    ),
}


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


def unplaced(app: App, *, kind: str, key: str, subject: str, text: str, newsletter: str = "") -> Notice:
    """Return the alarm of *kind* about what no edition is: the process, the site, a sign-up form."""
    return Notice(
        kind=kind,
        key=key,
        newsletter=newsletter or next(iter(app.config.newsletters)),
        audience=Audience.ALARM,
        subject=subject,
        text=text,
        day=app.now().date(),
    )


def homeless(app: App, saved: Edition, connection: Connection) -> None:
    """Say that an edition is halted because the configuration does not name its newsletter any more."""
    name, day = saved.newsletter, saved.date
    text = (
        f"{name} {day} was being sent, and there is no [newsletters.{name}] in the configuration any more. It is\n"
        "halted: those who have it have it, nobody else gets it, and nobody is lost.\n"
        f"Put the newsletter back and restart, then: digest resume {name} --date {day}\n"
    )
    subject = f"Halted: {name} {day}"
    queue(app, connection, _about(saved, "halted", app.now().isoformat(), subject, text))


def halted(app: App, saved: Edition, connection: Connection, why: str, taken_back: int = 0) -> None:
    """Say that an edition is halted for everybody, why, and how to let it go on."""
    text = (
        f"The edition is halted, nobody gets it until somebody resumes it.\n\n{why}\n{_taken(taken_back)}\n"
        f"When that is mended: digest resume {saved.newsletter} --date {saved.date}\n"
        f"And to those whom it was refused for: digest send {saved.newsletter} --date {saved.date} --missing\n"
    )
    subject = f"Halted: {saved.newsletter} {saved.date}"
    queue(app, connection, _about(saved, "halted", app.now().isoformat(), subject, text))


def _taken(count: int) -> str:
    return f"\n{count:,} addresses that were called dead meanwhile are not suppressed.\n" if count else ""


def provider_halted(
    app: App, saved: Edition, connection: Connection, provider: str, why: str, taken_back: int = 0
) -> None:
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
    queue(app, connection, _about(saved, "provider", f"{provider} {app.now().isoformat()}", subject, text))


def refused_late(
    app: App, saved: Edition, connection: Connection, provider: str, why: str, taken_back: int = 0
) -> None:
    """Say that *provider* sends an edition back that is over already, and how its readers get it all the same."""
    text = (
        f"{provider} accepted {saved.newsletter} {saved.date} at first, and sends it back: {why}\n\n"
        f"No address was blamed for it.\n{_taken(taken_back)}"
        "The next edition will fare no better until that is mended. Then, to those whom it was refused for:\n\n"
        f"digest send {saved.newsletter} --date {saved.date} --missing\n"
    )
    subject = f"Sent back by {provider}: {saved.newsletter} {saved.date}"
    queue(app, connection, _about(saved, "provider", f"{provider} late", subject, text))


def complained_late(app: App, saved: Edition, connection: Connection, provider: str, why: str) -> None:
    """Say that too many readers at *provider* complained of an edition that is over; once an edition."""
    text = (
        f"{saved.newsletter} {saved.date} is sent, and its readers at {provider} call it spam: {why}\n\n"
        "Providers look at this share, and put the mail of a sender above it into the spam folder, this newsletter's\n"
        "and every other one's of the same domain. The desk shows it by provider, under Reputation.\n"
    )
    subject = f"Too many complaints at {provider}: {saved.newsletter} {saved.date}"
    queue(app, connection, _about(saved, "complaints", provider, subject, text))


def stalled(app: App, saved: Edition, connection: Connection, why: str) -> None:
    """Say that an edition stands still, because no relay is there; once a day and edition, whoever notices."""
    text = (
        f"{saved.newsletter} {saved.date} stands still: no relay has been there for some minutes.\n\n{why}\n\n"
        "Nobody is lost: it goes on by itself when one is back. Whom the deadline passes first is then told of, and\n"
        "can be sent to by hand. To look: digest check; digest report "
        f"{saved.newsletter} --date {saved.date}\n"
    )
    subject = f"Stands still: {saved.newsletter} {saved.date}"
    queue(app, connection, _about(saved, "stands", str(app.now().date()), subject, text))


def late(app: App, saved: Edition, connection: Connection, count: int) -> None:
    """Say that an edition has ended and *count* readers have none, for its deadline came first."""
    text = (
        f"{saved.newsletter} {saved.date} is over, and its deadline came before {count} of its readers.\n"
        "To send it to them all the same, and to those who were refused:\n\n"
        f"digest send {saved.newsletter} --date {saved.date} --missing\n"
    )
    subject = f"{count} not reached in time: {saved.newsletter} {saved.date}"
    queue(app, connection, _about(saved, "late", str(count), subject, text))


def few_files(app: App, used: int, most: int) -> None:
    """Say that this process will soon not be able to open a file; once a day, however often that is seen."""
    text = (
        f"digest serve has {used:,} files and connections open, and may have {most:,}. At the limit it accepts no\n"
        "connection, and can neither read its database nor send. What was queued is not lost.\n\n"
        "Raise the limit and restart: LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536 in the shell.\n"
        "If it comes again after some days, files are left open: please report it, with the output of\n"
        "ls -l /proc/PID/fd (PID is that of digest serve).\n"
    )
    subject = f"Few files left to open: {used:,} of {most:,}"
    queue_alone(app, unplaced(app, kind="files", key=f"files {app.now().date()}", subject=subject, text=text))


def sign_up_limited(app: App, *, newsletter: str, limit: str, domain: str) -> None:
    """Say that a limit shuts the sign-up form; once for its window of time, however many are turned away."""
    now, usual = app.now(), Limits()
    reached = (
        usual.domain if limit == "domain" else replace(usual.pending, most=app.config.readers.pending_limit)
    )
    about = domain if limit == "domain" else newsletter
    words = {"newsletter": newsletter, "domain": domain, "most": f"{reached.most:,}"}
    subject, text = (part.format(**words) for part in _SIGN_UP[limit])
    with app.db.write() as connection:
        if not count_within_limit(
            connection, Allowance("told", 1, reached.window), f"{limit} {about}"[:64], now
        ):
            return
        key = f"sign-up {limit} {about} {now.isoformat()}"
        alarm = unplaced(app, kind="sign-up", key=key, subject=subject, text=text, newsletter=newsletter)
        queue(app, connection, alarm)
