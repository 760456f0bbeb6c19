"""A mailbox over IMAP (RFC 9051, 3501): what waits in it, its bytes, and what is marked, moved or deleted after.

A mail waits while it is unread and bears no keyword of ours. What was understood is marked as read, and moved or
deleted where that is wished; what was not bears the keyword from then on and stays unread, for a person. Where a
server keeps no keywords, the caller remembers.
"""

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, Final

from digest.config.feedback import Imap
from digest.errors import ConfigError, MailboxError

try:
    imapclient: Any = import_module("imapclient")
except ImportError:  # the extra [imap] is not installed
    imapclient = None

KEYWORD: Final = "$NewsroomDigestLeft"
MOST_BYTES: Final = 256 * 1024  # of one mail: a report says what it says before the mail that it returns
AT_ONCE: Final = 200  # mails whose sizes are asked for together


class Mailbox:
    """A folder that is open for reading and marking."""

    def __init__(self, client: Any, settings: Imap, selected: dict[bytes, Any]) -> None:
        self._client = client
        self._settings = settings
        kept = {str(flag, "ascii", "replace") for flag in selected.get(b"PERMANENTFLAGS", ())}
        self._keywords = "\\*" in kept or KEYWORD in kept
        self.validity = int(selected.get(b"UIDVALIDITY", 0))

    def waiting(self) -> list[int]:
        """Return the UIDs of the mails that wait, the oldest first."""
        wanted = ["UNSEEN", "UNDELETED", *(["UNKEYWORD", KEYWORD] if self._keywords else [])]
        with _as_mailbox_errors(self._settings):
            return sorted(self._client.search(wanted))

    def sizes(self, uids: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield (UID, bytes) of *uids*; those that are gone meanwhile are left out."""
        for start in range(0, len(uids), AT_ONCE):
            part = list(uids[start : start + AT_ONCE])
            with _as_mailbox_errors(self._settings):
                found = self._client.fetch(part, ["RFC822.SIZE"])
            yield from ((uid, int(found[uid].get(b"RFC822.SIZE", 0))) for uid in part if uid in found)

    def read(self, uid: int) -> bytes:
        """Return the first MOST_BYTES of a mail, which stays unread; b"" where it is gone meanwhile."""
        with _as_mailbox_errors(self._settings):
            found = self._client.fetch([uid], [f"BODY.PEEK[]<0.{MOST_BYTES}>"])
        parts = found.get(uid, {})
        data = next((value for key, value in parts.items() if key.startswith(b"BODY[")), b"")
        return data if isinstance(data, bytes) else b""

    def done(self, uid: int) -> None:
        """Mark a mail as read, and move or delete it where that is wished."""
        with _as_mailbox_errors(self._settings):
            self._client.add_flags([uid], [imapclient.SEEN], silent=True)
            if self._settings.done:
                self._moved(uid, self._settings.done)
            elif self._settings.delete:
                self._deleted(uid)

    def left(self, uid: int) -> None:
        """Note at the mail that it was looked at, and is for a person."""
        if self._keywords:
            with _as_mailbox_errors(self._settings):
                self._client.add_flags([uid], [KEYWORD], silent=True)

    def _moved(self, uid: int, folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move([uid], folder)
        else:
            self._client.copy([uid], folder)
            self._deleted(uid)

    def _deleted(self, uid: int) -> None:
        """Delete this mail and no other: without UIDPLUS it is only marked, for others may be marked, too."""
        self._client.add_flags([uid], [imapclient.DELETED], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge([uid])


@contextmanager
def open_mailbox(settings: Imap, *, trial: bool = False) -> Iterator[Mailbox]:
    """Give the folder that *settings* name, open; raise MailboxError where that cannot be.

    A *trial* changes nothing: the folder is open for reading only, and no other one is made.
    """
    if imapclient is None:
        raise MailboxError(
            "the library that reads IMAP is not installed",
            where="[feedback.imap]",
            do="Install it: pip install 'newsroom-digest[imap]'",
            person=True,
        )
    with _as_mailbox_errors(settings):
        client = _connected(settings)
    try:
        with _as_mailbox_errors(settings):
            client.login(settings.username, settings.password.get_secret_value())
            if settings.done and not trial and not client.folder_exists(settings.done):
                client.create_folder(settings.done)
            selected = client.select_folder(settings.folder, readonly=trial)
        yield Mailbox(client, settings, selected)
    finally:
        with suppress(OSError, imaplib.IMAP4.error, ValueError):
            client.logout()
        with suppress(OSError):  # a line that was lost says no goodbye
            client.socket().close()


def _connected(settings: Imap) -> Any:
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    seconds = settings.timeout.total_seconds()
    implicit = settings.security == "tls"
    client = imapclient.IMAPClient(
        settings.host, settings.at, ssl=implicit, ssl_context=context if implicit else None, timeout=seconds
    )
    if settings.security == "starttls":
        try:
            client.starttls(context)
        except BaseException:
            client.shutdown()
            raise
    return client


@contextmanager
def _as_mailbox_errors(settings: Imap) -> Iterator[None]:
    """Raise a MailboxError for whatever the line, TLS or the server says no with."""
    where = f"[feedback.imap] {settings.host}:{settings.at}"
    try:
        yield
    except ssl.SSLCertVerificationError as problem:
        raise MailboxError(
            f"its certificate is not trusted: {problem.verify_message}",
            where=where,
            do="Is host the name in its certificate? ca_file trusts one of your own.",
            person=True,
        ) from None
    except ssl.SSLError as problem:
        words = f"TLS does not come about: {problem.reason or problem}"
        do = 'Port 993 wants security = "tls", port 143 "starttls".'
        raise MailboxError(words, where=where, do=do) from None
    except imaplib.IMAP4.abort as problem:
        raise MailboxError(f"the connection was lost: {_words(problem)}", where=where) from None
    except imaplib.IMAP4.error as problem:
        if isinstance(problem, imapclient.exceptions.LoginError):
            raise _not_let_in(settings, _words(problem), where) from None
        raise MailboxError(f"it says no: {_words(problem)}", where=where, person=True) from None
    except OSError as problem:
        words = problem.strerror or str(problem) or "no answer in time"
        raise MailboxError(f"it cannot be reached: {words}", where=where) from None


def _not_let_in(settings: Imap, words: str, where: str) -> MailboxError:
    away = "UNAVAILABLE" in words.upper() or "[INUSE]" in words.upper()  # RFC 5530
    do = "" if away else "Set username and password right; some providers want a password for apps."
    return MailboxError(
        f"it does not let {settings.username} in: {words}", where=where, do=do, person=not away
    )


def _words(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200]


def usable(settings: Imap | None) -> Imap:
    """Return *settings*; raise ConfigError where there is no mailbox, MailboxError without its password."""
    if settings is None:
        raise ConfigError("there is no [feedback.imap]", do="docs/feedback.md says how a mailbox is set up.")
    if not settings.password.get_secret_value():
        raise MailboxError(
            "there is no password", where="[feedback.imap]", do="Set password_file.", person=True
        )
    return settings


def waiting(settings: Imap | None) -> tuple[str, int]:
    """Return where the mailbox is, and how many mails wait in it; nothing is changed there."""
    found = usable(settings)
    with open_mailbox(found, trial=True) as box:
        return found.place, len(box.waiting())
