"""Alarms about what no edition is: the process that sends, a sign-up form."""

from dataclasses import replace

from digest.app import App
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
    app.alert(kind="files", key=f"files {app.now().date()}", subject=subject, text=text)


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
        app.notify(connection, app.alarm("sign-up", key, subject, text, newsletter=newsletter))
