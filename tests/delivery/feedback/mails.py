"""Mails of our own making, as servers, providers and people send them back."""

from digest.delivery.feedback import report
from digest.model.feedback import FailedRecipient, FeedbackReport

TOKEN = "b+k5xw2ytonfxgs33oebzgkz3jn5xa@bounces.paper.example"
RETURNED = f"""\
Return-Path: <{TOKEN}>
Received: from mail.paper.example (mail.paper.example [192.0.2.7]) by mx.example.net; Mon, 1 Jun 2026 06:00:01 +0000
From: The Paper <news@paper.example>
To: reader@example.net
Subject: The morning
Message-ID: <2026-06-01.7.abcdef@paper.example>
List-Unsubscribe: <https://paper.example/u/x>, <mailto:u+mfzwizltoruw63tbnrsxq2lt@paper.example>

The morning's news.
"""


def mail(
    body: str, *headers: str, sender: str = "MAILER-DAEMON@mx.example.net", subject: str = "failure notice"
) -> bytes:
    """Return a mail of a mail server to our return path, ends of lines as on the wire."""
    head = (f"From: {sender}", f"To: <{TOKEN}>", f"Subject: {subject}", *headers)
    return ("\n".join(head) + "\n\n" + body).replace("\n", "\r\n").encode()


def status_report(*groups: str, words: str = "", returned: str = RETURNED, kind: str = "rfc822") -> bytes:
    """Return a delivery status notification (RFC 3464) with these groups of recipient fields."""
    fields = "\n\n".join(("Reporting-MTA: dns; mx.example.net", *groups))
    body = (
        f"--=_b\nContent-Type: text/plain\n\n{words}\n\n--=_b\nContent-Type: message/delivery-status\n\n{fields}\n\n"
        f"--=_b\nContent-Type: {'message/rfc822' if kind == 'rfc822' else 'text/rfc822-headers'}\n\n{returned}\n--=_b--\n"
    )
    return mail(
        body,
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"',
        subject="Undelivered Mail Returned to Sender",
    )


def only(told: FeedbackReport) -> FailedRecipient:
    """Return the one recipient of *told*."""
    (one,) = told.recipients
    return one


def read(raw: bytes, to: str = "") -> FeedbackReport:
    return report(raw, to=to)
