"""Doctor: looks at the DNS, the relays and our own pages as a mailbox provider would.

It changes nothing, and sends one mail only: a bounce to ourselves, where something reads what comes back.
"""

import asyncio
import shutil
import smtplib
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from digest import endpoint, plugins
from digest.app import App
from digest.config.schema import Newsletter
from digest.errors import ConfigError, MailboxError
from digest.fetch import Answer, fetcher, user_agent
from digest.flows.feedback import imap, maildir
from digest.messages import headers
from digest.messages.personal_links import NOBODY
from digest.model.feedback import PROBE
from digest.ops import doctor, probe
from digest.ops.names import Live, Names
from digest.signing import keys_of, signing_domain
from digest.store import counts
from digest.store.feedback import kept

SECONDS = 10.0
PATIENCE = 20.0  # seconds
GLANCE = 0.25
MAILBOX_LOOK = 3.0  # between two looks into a mailbox, which the clock may take more rarely than we wait here
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


def examined(app: App, newsletter: str | None = None, names: Names | None = None) -> list[doctor.Line]:
    """Return what was found, in the order of the checks, for one newsletter or all of them.

    *names* answers instead of the DNS; then nobody is asked but it and the relays. What several newsletters
    share is said once.
    """
    known = app.config.newsletters
    if newsletter is not None and newsletter not in known:
        raise ConfigError(f"there is no newsletter {newsletter!r} (there are: {', '.join(known)})")
    wanted = known if newsletter is None else {newsletter: known[newsletter]}
    asked = names or Live()
    setups = [_setup(app, one, asked, offline=names is not None) for name, one in wanted.items()]
    checks = [plugins.load(doctor, name) for name in plugins.names(doctor)]
    checks.sort(key=lambda check: check.PLACE)
    return list(dict.fromkeys(line for check in checks for setup in setups for line in check.look(setup)))


def _setup(app: App, newsletter: Newsletter, names: Names, *, offline: bool) -> doctor.Setup:
    with app.db.read() as connection:
        readers = {one: counts.readers(connection, one) for one in app.config.newsletters}
    try:
        keys, lost = keys_of(newsletter), ""
    except ConfigError as problem:
        keys, lost = [], str(problem)
    return doctor.Setup(
        name=newsletter.name,
        newsletter=newsletter,
        relays=app.config.relays,
        names=names,
        now=app.now(),
        readers=readers[newsletter.name],
        others=sum(readers.values()) - readers[newsletter.name],
        sender=headers.domain_of(newsletter),
        signing=signing_domain(newsletter),
        bounces=newsletter.sender.bounce_domain,
        keys=keys,
        lost=lost,
        unsubscribe=app.links.unsubscribe(NOBODY, newsletter.name),
        get=None if offline else _getter(app),
        knock=None if offline else knocked,
        bounce=None if offline else partial(bounced, app),
        reads_mail=app.config.feedback.readers,
        posted=app.config.feedback.posted_by,
        visit=None if offline else _visitor(app),
        probe=probe.path_of(app.links, app.now()),
        lifetime=_lifetime,
    )


def _getter(app: App) -> Callable[[str], tuple[int, str]]:
    """Return what asks for a page through the guarded client; the site's own host may be private."""

    def got(url: str) -> tuple[int, str]:
        answer = asyncio.run(_asked(app, url, {}))
        return answer.status, answer.url if urlsplit(answer.url) != urlsplit(url) else url

    return got


def _visitor(app: App) -> Callable[[str, Mapping[str, str]], tuple[int, str, bytes]]:
    """Return what asks for a path of the site with headers."""

    def visited(path: str, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        answer = asyncio.run(_asked(app, app.config.site.url + path, headers))
        return answer.status, answer.url, answer.body

    return visited


async def _asked(app: App, url: str, headers: Mapping[str, str]) -> Answer:
    fetch = app.config.fetch
    async with fetcher(
        agent=user_agent(fetch.contact), seconds=SECONDS, most=1_000_000, deny=fetch.deny
    ) as http:
        return await http.get(url, headers=headers, inside=[endpoint.of_url(app.config.site.url)])


def knocked(host: str, address: str, port: int = 25) -> tuple[int, str]:
    """Return what the mail host *host* says to RCPT for *address*; no mail is sent. Raises OSError."""
    try:
        with smtplib.SMTP(host, port, timeout=SECONDS) as line:
            line.ehlo_or_helo_if_needed()
            code, reply = line.mail("")
            if code == 250:
                code, reply = line.rcpt(address)
            line.rset()
            return code, reply.decode("utf-8", "replace")
    except smtplib.SMTPException as problem:  # it is an OSError, and says less
        raise OSError(str(problem)) from problem


def _lifetime() -> str:
    """Return how long this machine's Postfix tries to deliver; "" where there is none."""
    program = shutil.which("postconf")
    if program is None:
        return ""
    done = subprocess.run(  # noqa: S603
        [program, "-h", "maximal_queue_lifetime"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout.strip()


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
            next_look = passed + MAILBOX_LOOK
            with suppress(MailboxError):  # `digest check` says what is wrong with it
                imap.read_mailbox(app, memory)
        with app.db.read() as connection:
            if kept.by_replay(connection, f"probe {token}") is not None:
                return passed
        time.sleep(GLANCE)
    return None
