"""Whatever the bytes are: an answer, soon, and never more than is fit to be kept."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.delivery.feedback import report
from digest.model.feedback import FeedbackKind
from tests.delivery.feedback.mails import RETURNED, TOKEN, mail, status_report
from tests.delivery.feedback.test_forms import FORMS

pytestmark = pytest.mark.timed

HEAD = b"From: mailer-daemon@mx.example.net\r\nSubject: failure notice\r\n"
PARTS = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
LONG = 1_500_000
SECONDS = 2.0
SAMPLES = (
    status_report("Final-Recipient: rfc822; reader@example.net\nAction: failed\nStatus: 5.1.1"),
    *(mail(words + RETURNED, subject=subject) for subject, _, _, words in FORMS.values()),
)


def soon(raw: bytes) -> None:
    begun = time.process_time()
    told = report(raw)
    assert time.process_time() - begun < SECONDS
    assert max(len(told.recipients), len(told.addressed), len(told.message_ids)) <= 300
    for one in told.recipients:
        assert len(one.diagnostic) <= 1_000
        assert one.diagnostic.isprintable()


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"".join(PARTS % (depth, depth) for depth in range(1_000)),
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 1_000,
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 1_000,
        HEAD + b"X-A: " + b"a" * LONG + b"\r\n\r\nno",
        HEAD + b"X-A: b\r\n" * (LONG // 8) + b"\r\nno",
        HEAD + b"X-Failed-Recipients: " + b"a@b.cc, " * (LONG // 8) + b"\r\n\r\nno",
        b"",
        b"\x00" * 1_000,
        b"\r\n" * 1_000,
    ],
    ids=range(9),
)
def test_a_mail_that_is_deep_long_or_empty(raw: bytes) -> None:
    soon(raw)


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "message/delivery-status"])
@pytest.mark.parametrize(
    "run",
    [
        b" ",
        b"\n",
        b"\t",
        b",",
        b"a",
        b"@",
        b"a@",
        b"<",
        b"<a@b.cc>:\n",
        b"-",
        b"550 ",
        b"to: ",
        b"your ",
        b"=?",
        b"\x1b$B",
        b"host said: ",
    ],
)
def test_what_goes_on_without_an_end_costs_no_square(kind: str, run: bytes) -> None:
    begin = b"Final-Recipient: rfc822; a@b.cc\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; "
    soon(
        HEAD
        + f"Content-Type: {kind}\r\n\r\n".encode()
        + (begin if "status" in kind else b"")
        + run * (LONG // len(run))
    )


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "undefined", "utf-7", "rot13", "hex", "unicode_escape", "x" * 500, "\x00"]
)
def test_a_charset_that_is_none(charset: str) -> None:
    soon(mail("<reader@example.net>: mailbox full", f"Content-Type: text/plain; charset={charset}"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_change_of_bytes_is_some_mail(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        match data.draw(st.sampled_from(["cut", "flip", "insert", "remove"])):
            case "cut":
                del raw[at:]
            case "flip" if at < len(raw):
                raw[at] = data.draw(st.integers(0, 255))
            case "insert":
                raw[at:at] = data.draw(st.binary(max_size=20))
            case _:
                del raw[at : at + 40]
    told = report(bytes(raw), to=TOKEN)
    assert told.addressed[0] == TOKEN
    assert bool(told.recipients) == (told.kind is FeedbackKind.BOUNCE)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_some_mail(raw: bytes) -> None:
    assert report(raw).kind in FeedbackKind


@pytest.mark.parametrize("sign", ["\x1b", "\u2028", "\x85", "\t", "\x00"])
def test_nothing_that_is_kept_has_control_characters(sign: str) -> None:
    raw = status_report(
        f"Final-Recipient: rfc822; rea{sign}der@example.net\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 n{sign}o"
    )
    for changed in (
        raw,
        raw.replace(b"mx.example", f"m{sign}x.example".encode()),
        raw.replace(b"abcdef", f"abc{sign}def".encode()),
    ):
        told = report(changed)
        kept = (
            *told.addressed,
            *told.message_ids,
            told.reporter,
            *(one.diagnostic + (one.address or "") for one in told.recipients),
        )
        assert all(text.isprintable() for text in kept)
