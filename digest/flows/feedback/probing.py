"""A bounce of our own, sent to an address that only we can make, to see that what comes back is read."""

import smtplib
import time
from contextlib import suppress

from digest.app import App
from digest.errors import MailboxError
from digest.flows.feedback import imap, maildir
from digest.model.feedback import PROBE
from digest.store.feedback import kept

PATIENCE = 20.0  # seconds
SECONDS = 10.0  # for each answer of the mail host
GLANCE = 0.25
LOOK = 3.0  # between two looks into a mailbox, which the clock may take more rarely than we wait here
_REPORT = """\
From: MAILER-DAEMON@{domain} (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="probe"

--probe
Content-Type: text/plain

digest doctor sent this to itself, to see that what comes back is read.
--probe
Content-Type: message/delivery-status

Reporting-MTA: dns; {domain}

Final-Recipient: rfc822; nobody@{domain}
Action: failed
Status: 5.1.1

--probe--
"""


def bounced(app: App, host: str, domain: str, *, port: int = 25, patience: float = PATIENCE) -> float | None:
    """Send a bounce to *domain* by its mail host; return after how many seconds it was taken, None where it was not.

    Raises OSError where the host cannot be reached, or does not want it.
    """
    token = app.links.token(PROBE, bytes.fromhex(app.token()), lower=True)
    to = f"d+{token}@{domain}"
    try:
        with smtplib.SMTP(host, port, timeout=SECONDS) as line:
            line.sendmail("", [to], _REPORT.format(domain=domain, to=to).replace("\n", "\r\n"))
    except smtplib.SMTPException as problem:  # it is an OSError, and says less
        raise OSError(" ".join(str(problem).split())) from problem
    began = time.monotonic()
    memory, next_look = imap.Memory(), 0.0
    while (passed := time.monotonic() - began) < patience:
        maildir.poll(app)
        if app.config.feedback.imap and passed >= next_look:
            next_look = passed + LOOK
            with suppress(MailboxError):  # `digest check` says what is wrong with it
                imap.look(app, memory)
        with app.db.read() as connection:
            if kept.by_replay(connection, f"probe {token}") is not None:
                return passed
        time.sleep(GLANCE)
    return None


def readers_of(app: App) -> str:
    """Return what reads the mails that come back, in words; "" where nothing does."""
    mine = app.config.feedback
    ways = [f"the listener on {mine.listen}"] if mine.listen else []
    ways += [f"the Maildir {mine.maildir}"] if mine.maildir else []
    ways += ["IMAP"] if mine.imap else []
    return " and ".join(ways)


def posted_by(app: App) -> str:
    """Return the providers whose webhooks are configured, in words; "" where there are none."""
    mine = app.config.feedback
    known = {"SES": mine.ses, "Mailgun": mine.mailgun, "SendGrid": mine.sendgrid, "Postmark": mine.postmark}
    return ", ".join(name for name, one in {**known, "Brevo": mine.brevo}.items() if one is not None)
