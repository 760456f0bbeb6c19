"""Reports of RFC 3464 and 6533: who failed, why, and whose fault it is."""

import pytest

from digest.model.feedback import FeedbackKind, Verdict
from tests.delivery.feedback.mails import RETURNED, TOKEN, only, read, status_report


def group(action: str, status: str, said: str, address: str = "reader@example.net") -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}"


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        ("5.1.1", "550 5.1.1 <reader@example.net>: Recipient address rejected: User unknown", Verdict.DEAD),
        ("5.0.0", "550 no such user here (in reply to RCPT TO command)", Verdict.DEAD),
        ("5.0.0", "550 <reader@example.net>: no such user here", Verdict.DEAD),
        ("5.0.0", "550 no such user here", Verdict.SOFT),
        ("5.4.4", "Host or domain name not found. Name service error for name=example.net", Verdict.DEAD),
        ("5.1.2", "550 5.1.2 unknown domain", Verdict.DEAD),
        ("4.0.0", "DNS type 'mx' lookup of example.net responded with code NXDOMAIN", Verdict.DEAD),
        ("4.0.0", "DNS type 'mx' lookup of example.net responded with code SERVFAIL", Verdict.SOFT),
        ("5.1.6", "550 5.1.6 the mailbox has moved", Verdict.DEAD),
        ("5.1.10", "556 5.1.10 example.net does not accept mail (nullMX)", Verdict.DEAD),
        ("5.2.2", "552 5.2.2 mailbox is full", Verdict.SOFT),
        ("5.2.1", "550 5.2.1 this account is disabled", Verdict.SOFT),
        ("4.4.7", "delivery time expired", Verdict.SOFT),
        ("4.4.3", "Host or domain name not found, try again", Verdict.SOFT),
        ("4.1.1", "450 4.1.1 user unknown in the table", Verdict.SOFT),  # who answers "later" may mean it
        ("5.7.1", "550 5.7.1 blocked using a list of spammers", Verdict.OURS),
        ("5.7.26", "550 5.7.26 unauthenticated mail is not accepted", Verdict.OURS),
        ("5.1.1", "554 5.7.1 user unknown, mail from your IP is blocked", Verdict.OURS),
        ("5.4.5", "550 5.4.5 daily sending quota exceeded", Verdict.OURS),
    ],
)
def test_the_same_words_mean_the_same_as_on_the_wire(status: str, said: str, verdict: Verdict) -> None:
    told = read(status_report(group("failed", status, said)))
    assert told.kind is FeedbackKind.BOUNCE
    assert only(told).verdict is verdict
    assert only(told).address == "reader@example.net"


def test_each_recipient_has_its_own_verdict() -> None:
    told = read(
        status_report(
            group("failed", "5.1.1", "550 5.1.1 user unknown", "a@example.net"),
            group("failed", "5.2.2", "552 5.2.2 mailbox full", "b@example.net"),
            group("delayed", "4.4.1", "connect: timed out", "c@example.net"),
            group("relayed", "2.0.0", "250 ok", "d@example.net"),
        )
    )
    assert [(one.address, one.verdict, one.code) for one in told.recipients] == [
        ("a@example.net", Verdict.DEAD, 550),
        ("b@example.net", Verdict.SOFT, 552),
        ("c@example.net", Verdict.DELAYED, None),
    ]


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_what_went_well_is_no_bounce(action: str) -> None:
    told = read(status_report(group(action, "2.0.0", "250 ok")))
    assert (told.kind, told.recipients) == (FeedbackKind.DELIVERED, ())


def test_the_address_is_the_one_we_wrote_to() -> None:
    told = read(
        status_report(
            "Original-Recipient: rfc822;reader@example.net\nFinal-Recipient: rfc822;inbox+7@backend.example.net\n"
            "Action: failed\nStatus: 5.1.1"
        )
    )
    assert only(told).address == "reader@example.net"


def test_an_address_of_other_letters_is_read() -> None:
    told = read(
        status_report(
            "Final-Recipient: utf-8; r\\x{e9}daction@example.net\nAction: failed\nStatus: 5.1.1"
        ).replace(b"message/delivery-status", b"message/global-delivery-status")
    )
    assert only(told).address == "rédaction@example.net"


def test_the_token_and_the_message_id_are_found_in_headers_alone() -> None:
    for kind in ("rfc822", "headers"):
        told = read(
            status_report(group("failed", "5.1.1", "550 no"), kind=kind), to="B+K5@bounces.paper.example"
        )
        assert told.addressed[:2] == ("B+K5@bounces.paper.example", TOKEN)
        assert "u+mfzwizltoruw63tbnrsxq2lt@paper.example" in told.addressed
        assert told.message_ids == ("2026-06-01.7.abcdef@paper.example",)
        assert told.reporter == "mx.example.net"


def test_no_such_user_said_of_the_content_is_not_believed() -> None:
    said = "550 <reader@example.net>: User unknown (in reply to end of DATA command)"
    assert only(read(status_report(group("failed", "5.0.0", said)))).verdict is Verdict.SOFT


def test_a_report_within_a_returned_mail_is_not_its_own() -> None:
    inner = status_report(group("failed", "5.1.1", "550 no")).decode().replace("=_b", "=_c")
    told = read(status_report(group("relayed", "2.0.0", "250 ok"), returned=inner))
    assert told.kind is FeedbackKind.DELIVERED


def test_fields_that_stand_in_the_text_are_read() -> None:
    text = f"Your mail failed.\n\nReporting-MTA: dns; mx\n\n{group('failed', '5.1.1', '550 no such user')}\n\n{RETURNED}"
    told = read(b"From: postmaster@mx.example.net\nSubject: Returned mail\n\n" + text.encode())
    assert (only(told).verdict, told.message_ids) == (Verdict.DEAD, ("2026-06-01.7.abcdef@paper.example",))
