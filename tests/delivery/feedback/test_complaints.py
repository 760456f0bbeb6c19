"""Complaints: what a reader said, and what only looks like it."""

import pytest

from digest.model.feedback import FeedbackKind
from tests.delivery.feedback.mails import RETURNED, TOKEN, mail, read


def complaint(kind: str, *fields: str, returned: str = RETURNED) -> bytes:
    head = "\n".join((f"Feedback-Type: {kind}", "User-Agent: SomeFBL/1.0", "Version: 1", *fields))
    return mail(
        f"--f\nContent-Type: text/plain\n\nThis is a report of an abusive mail.\n\n--f\nContent-Type: message/feedback-report\n\n{head}\n\n"
        f"--f\nContent-Type: message/rfc822\n\n{returned}\n--f--\n",
        'Content-Type: multipart/report; report-type=feedback-report; boundary="f"',
        sender="complaints@provider.example",
        subject="FW: The morning",
    )


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "auth-failure", "virus", "other"])
def test_each_type_is_told(kind: str) -> None:
    told = read(complaint(kind))
    assert (told.kind, told.feedback_type) == (FeedbackKind.COMPLAINT, kind)
    assert told.message_ids == ("2026-06-01.7.abcdef@paper.example",)
    assert (told.addressed[0], told.recipients) == (TOKEN, ())


def test_not_spam_is_no_complaint() -> None:
    assert read(complaint("Not-Spam")).kind is FeedbackKind.OTHER


def test_a_redacted_one_is_resolved_by_the_token() -> None:
    redacted = RETURNED.replace("reader@example.net", "[redacted]").replace(f"Return-Path: <{TOKEN}>\n", "")
    told = read(
        complaint(
            "abuse", "Original-Rcpt-To: [redacted]", f"Original-Mail-From: <{TOKEN}>", returned=redacted
        )
    )
    assert told.addressed[0] == TOKEN
    assert "[redacted]" not in str(told.addressed)


def test_a_type_that_is_missing_is_abuse() -> None:
    assert read(complaint("")).feedback_type == "abuse"


def test_microsofts_old_form() -> None:
    body = f"--j\nContent-Type: message/rfc822\n\n{RETURNED}\n--j--\n"
    told = read(
        mail(
            body,
            'Content-Type: multipart/mixed; boundary="j"',
            sender="staff@provider.example",
            subject="complaint about message from 192.0.2.7",
        )
    )
    assert (told.kind, told.feedback_type) == (FeedbackKind.COMPLAINT, "abuse")


def test_ses_says_it_in_json() -> None:
    told = read(
        mail(
            '{"notificationType":"Complaint","complaint":{"complaintFeedbackType":"abuse","complainedRecipients":[{"emailAddress":"a@b.example"}]},'
            '"mail":{"source":"b+x@bounces.paper.example"}}',
            sender="no-reply@sns.example.com",
            subject="AWS Notification Message",
        )
    )
    assert (told.kind, told.feedback_type) == (FeedbackKind.COMPLAINT, "abuse")
    assert "b+x@bounces.paper.example" in told.addressed


def test_a_way_out_by_mail_is_the_readers_own_word_and_no_complaint() -> None:
    out = "u+mfzwizltoruw63tbnrsxq2lt@paper.example"
    body = "Apple Mail sent this email to unsubscribe from the message \u201cThe morning\u201d.\n"
    raw = mail(body, sender="reader@example.net", subject="unsubscribe").replace(TOKEN.encode(), out.encode())
    assert (read(raw).kind, read(raw).addressed) == (FeedbackKind.OTHER, (out,))
    elsewhere = raw.replace(out.encode(), b"leave@paper.example")
    assert (read(elsewhere).kind, read(elsewhere).feedback_type) == (FeedbackKind.COMPLAINT, "opt-out")


def test_a_person_who_writes_about_spam_is_no_complaint() -> None:
    raw = mail("This is spam, I will report it!\n", sender="reader@example.net", subject="Re: The morning")
    assert read(raw).kind is FeedbackKind.OTHER
