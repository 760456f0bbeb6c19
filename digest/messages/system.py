"""Our own mail: confirmations, tests of the relay, alarms, "a draft is ready". Short, and from a machine."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from digest.messages import dkim, headers
from digest.messages.quoted_printable import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header of one mail of our own says; *message_id* is in angle brackets."""

    sender: str
    to: str
    subject: str
    message_id: str
    date: datetime
    sender_name: str = ""
    reply_to: str = ""
    language: str = "en"


def mail(header: Header, text: str, html: str | None = None, *, sign: dkim.Sign | None = None) -> bytes:
    """Return one mail as wire bytes: text, or text and HTML; no machine answers it (RFC 3834).

    *sign* returns the signature's fields. Raises ValueError where an address cannot stand in a header.
    """
    known = f"{header.message_id}{text}{html}".encode("utf-8", "replace")
    boundary = f"=_{hashlib.sha256(known).hexdigest()[:24]}"
    plain = _part("text/plain", text)
    content_type, body = plain[0], plain[1]
    if html is not None:
        content_type = b'Content-Type: multipart/alternative; boundary="%b"\r\n' % boundary.encode()
        body = _alternatives(boundary.encode(), plain, _part("text/html", html))
    lines = (
        headers.mailbox("From", header.sender_name, headers.deliverable(header.sender)[0]),
        headers.mailbox("To", "", headers.deliverable(header.to)[0]),
        *(
            [headers.mailbox("Reply-To", "", headers.deliverable(header.reply_to)[0])]
            if header.reply_to
            else []
        ),
        headers.unstructured("Subject", header.subject),
        headers.date(header.date),
        headers.identity(header.message_id),
        b"Auto-Submitted: auto-generated\r\n",
        b"X-Auto-Response-Suppress: All\r\n",
        headers.language(header.language),
        b"MIME-Version: 1.0\r\n",
        content_type,
    )
    signature = sign(lines, (body,)) if sign else b""
    return b"".join((signature, *lines, b"\r\n", body))


def _part(kind: str, content: str) -> tuple[bytes, bytes]:
    """Return the part's header lines and its encoded body, which ends with one line end."""
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    return head.encode(), Encoder().run(content.rstrip("\r\n") + "\n")


def _alternatives(boundary: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    opened = b"".join(b"--%b\r\n%b\r\n%b" % (boundary, head, body) for head, body in parts)
    return opened + b"--%b--\r\n" % boundary
