"""Mail that came back: whatever its bytes, `digest.delivery.feedback.report` says something, within bounds."""

from digest.delivery.feedback import report
from digest.model.feedback import FeedbackKind, Verdict
from tests.fuzz.targets import Broken, Target, some

LONGEST_WORDS = 1_000  # characters of what is kept of one recipient
MOST = 300  # recipients, addresses and Message-IDs of one report


def one(data: bytes) -> None:
    """Read the bytes as a mail; the same bytes say the same thing, and what is kept is fit to be kept."""
    told = report(data, to="b+token@bounces.example.org")
    if told != report(data, to="b+token@bounces.example.org"):
        raise Broken("the same bytes say two things")
    if told.addressed[:1] != ("b+token@bounces.example.org",):
        raise Broken("the envelope's recipient is not the first")
    if told.recipients and told.kind is not FeedbackKind.BOUNCE:
        raise Broken(f"recipients of a mail that is no bounce: {told.kind}")
    if told.kind is FeedbackKind.BOUNCE and not told.recipients:
        raise Broken("a bounce without a recipient")
    if max(len(told.recipients), len(told.addressed), len(told.message_ids)) > MOST:
        raise Broken("more than any report has")
    for text in (*told.addressed, *told.message_ids, told.feedback_type, told.reporter):
        text.encode()
        if not text.isprintable() or len(text) > LONGEST_WORDS:
            raise Broken(f"not fit to be kept: {text[:80]!r}")
    for recipient in told.recipients:
        for text in (recipient.address or "", recipient.status, recipient.diagnostic):
            text.encode()
            if not text.isprintable() or len(text) > LONGEST_WORDS:
                raise Broken(f"not fit to be kept: {text[:80]!r}")
        if recipient.verdict is Verdict.DEAD and not (recipient.diagnostic or recipient.status):
            raise Broken("dead without a word that says so")


_STATUS = b"""From: MAILER-DAEMON@mx.example.net\r\nTo: <b+token@bounces.example.org>\r\nSubject: Undelivered\r\n\
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r\n\r\n--=_b\r\n\r\nIt failed.\r\n\r\n--=_b\r\n\
Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\nOriginal-Recipient: rfc822;a@example.net\r\n\
Final-Recipient: rfc822; a@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n\
Final-Recipient: utf-8; \\x{e9}@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n--=_b\r\nContent-Type: message/rfc822\r\n\r\n\
Return-Path: <b+token@bounces.example.org>\r\nMessage-ID: <1@example.org>\r\nTo: a@example.net\r\n\r\nNews.\r\n--=_b--\r\n"""
_COMPLAINT = b"""From: <fbl@example.net>\r\nSubject: FW: News\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=f\r\n\
\r\n--f\r\n\r\nA complaint.\r\n--f\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: X/1\r\nVersion: 1\r\n\
Original-Mail-From: <b+token@bounces.example.org>\r\n\r\n--f\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: n@example.org\r\n--f--\r\n"""
_QMAIL = b"""From: MAILER-DAEMON@mx.example.net\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.example.net.\r\n\
\r\n<a@example.net>:\r\n192.0.2.1 does not like recipient.\r\nRemote host said: 550 no such user\r\nGiving up on 192.0.2.1.\r\n\r\n\
--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <b+token@bounces.example.org>\r\nMessage-ID: <1@example.org>\r\n"""
_UNKNOWN = b"""From: postmaster@mx.example.net\r\nSubject: =?iso-2022-jp?B?GyRCRkcbKEI=?=\r\nX-Failed-Recipients: a@example.net\r\n\
Content-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Your mail to &lt;a@example.net&gt; could =\r\n\
not be delivered: mailbox full<br>"""
_NOTICE = b"""From: no-reply@sns.example.com\r\nSubject: Notice\r\n\r\n{"Type":"Notification","Message":"{\\"notificationType\\":\\"Bounce\\",\
\\"bounce\\":{\\"bounceType\\":\\"Permanent\\",\\"bouncedRecipients\\":[{\\"emailAddress\\":\\"a@example.net\\",\\"status\\":\\"5.1.1\\"}]}}"}\r\n"""
_AWAY = b"""From: a@example.net\r\nSubject: Automatic reply: News\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <1@example.org>\r\n\r\nAway.\r\n"""
_TOKENS = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"--=_b\r\n",
    b"--=_b--\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n",
    b"Content-Type: message/feedback-report\r\n\r\n",
    b"Feedback-Type: not-spam\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"charset=idna",
    b"charset=utf-7",
    b"charset=punycode",
    b"charset=undefined",
    b"=?idna?Q?x?=",
    b"=?utf-8?B?////?=",
    b"Final-Recipient: rfc822; ",
    b"Action: failed\r\n",
    b"Action: delivered\r\n",
    b"Status: 5.1.1\r\n",
    b"Diagnostic-Code: smtp; ",
    b"550 ",
    b"550-5.1.1 ",
    b"5.7.1 ",
    b"said: 550 ",
    b"<a@example.net>: ",
    b"a@example.net",
    b"@",
    b"<",
    b"\x1b$B",
    b"User unknown",
    b"mailbox full",
    b"Out of Office",
    b"[",
    b"{",
    b"X-Failed-Recipients: ",
    b"Return-Path: <",
    b"Message-ID: <",
    b"mailto:",
    b" ",
    b"\t",
    b"\n",
    b",",
    b"-",
    b"=",
    b"in reply to end of DATA",
)
_SEEDS = (_STATUS, _COMPLAINT, _QMAIL, _UNKNOWN, _NOTICE, _AWAY)
TARGET = Target("feedback", one, _SEEDS, _TOKENS, real=lambda: some("bounces", "*.eml", "*.txt"))
