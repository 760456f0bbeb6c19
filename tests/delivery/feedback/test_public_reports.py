"""What users of other bounce readers reported as misread, each repeated with a mail of our own making."""

import pytest

from digest.model.feedback import FeedbackKind, Verdict
from tests.delivery.feedback.mails import RETURNED, mail, only, read, status_report

WHO = "reader@example.net"


def group(status: str, said: str, more: str = "") -> str:
    return f"Final-Recipient: rfc822; {WHO}\nAction: failed\nStatus: {status}\n{more}Diagnostic-Code: {said}"


def test_listmonk_1162_a_report_of_hmailserver_without_the_returned_headers() -> None:
    told = read(
        mail(
            "Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 1 Jun 2026 06:00:00 +0000\n"
            f"   Subject: The morning\n\nThe following recipient(s) could not be reached:\n\n{WHO}\n   Error Type: SMTP\n"
            f"   Remote server (192.0.2.9) issued an error.\n   hMailServer sent: RCPT TO:<{WHO}>\n"
            "   Remote server replied: 550 5.5.0 Requested action not taken: mailbox unavailable\n\nhMailServer\n"
        )
    )
    assert (only(told).address, only(told).verdict, only(told).code) == (WHO, Verdict.SOFT, 550)


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        # Sisimai p5-236: 5.1.1 in front of a limit of ours
        (
            "5.1.1",
            f"smtp; 550 5.1.1 <{WHO}> - 192.0.2.7 has sent to too many recipients this hour",
            Verdict.OURS,
        ),
        # p5-395: a 5.1.x about the sender
        ("5.1.0", "smtp; 550 5.1.0 <b@bounces.paper.example> sender rejected", Verdict.OURS),
        # p5-221 and rb-77: "access denied" is no word about a mailbox
        ("5.7.1", f"smtp; 554 5.7.1 <{WHO}>: Recipient address rejected: Access denied", Verdict.OURS),
        ("5.4.1", f"smtp; 550 5.4.1 [{WHO}]: Recipient address rejected: Access denied", Verdict.SOFT),
        # p5-409: an answer within an answer
        (
            "5.1.0",
            f"smtp; 5.1.0 - Unknown address error 550-'5.1.1 Mailbox <{WHO}> does not exist'",
            Verdict.DEAD,
        ),
        # Mautic 2480: words of the DNS
        ("5.4.4", "DNS; Host not found", Verdict.DEAD),
        # Mautic 3154: a 5.x that is a time limit
        ("5.4.317", "smtp;550 5.4.317 Message expired, cannot connect to remote server", Verdict.SOFT),
        # Mautic 4638: "over quota" over several lines with 4.2.2
        (
            "4.2.2",
            "smtp; 452-4.2.2 The mailbox is over quota. Please\n  452-4.2.2 direct the\n  452 4.2.2 reader",
            Verdict.SOFT,
        ),
    ],
)
def test_diagnostics_that_others_misread(status: str, said: str, verdict: Verdict) -> None:
    assert only(read(status_report(group(status, said)))).verdict is verdict


def test_sisimai_p5_312_the_answer_stands_in_another_field() -> None:
    told = read(
        status_report(
            f"Final-recipient: RFC822; {WHO}\nAction: failed\nStatus: 5.0.0\n"
            "X-Supplementary-Info: <192.0.2.9 #5.0.0 smtp; 550 5.7.1 blocked for spam>"
        )
    )
    assert (only(told).verdict, only(told).code) == (Verdict.OURS, 550)


def test_sisimai_rb_91_the_code_stands_in_the_words_for_administrators() -> None:
    told = read(
        mail(
            f"Your message to {WHO} couldn't be delivered.\n\nreader wasn't found at example.net.\n\nMore Info for Email Admins\n"
            f"Status code: 550 5.1.10\n\nReported error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {WHO} not found\n",
            sender="Microsoft Outlook <postmaster@example.net>",
            subject="Undeliverable: The morning",
        )
    )
    assert (only(told).address, only(told).verdict) == (WHO, Verdict.DEAD)


def test_mautic_2480_an_original_recipient_without_its_type() -> None:
    told = read(
        status_report(
            f"Original-Recipient: {WHO}\nFinal-Recipient: rfc822;x@other.example\nAction: failed\nStatus: 5.1.1"
        )
    )
    assert only(told).address == WHO


def test_mautic_4624_the_reason_stands_on_the_line_below_the_address() -> None:
    told = read(
        mail(
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be\n"
            "delivered to one or more of its recipients. This is a permanent error. The following address(es) failed:\n\n"
            f"  {WHO}\n    No Such User Here\n\n------ This is a copy of the message, including all the headers. ------\n\n{RETURNED}",
            subject="Mail delivery failed: returning message to sender",
        )
    )
    assert (only(told).address, only(told).verdict) == (WHO, Verdict.DEAD)


def test_mautic_7877_a_notice_of_ses_without_a_diagnostic() -> None:
    told = read(
        mail(
            '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"reader@example.net"}]},'
            '"mail":{"source":"news@paper.example","headers":[{"name":"Message-ID","value":"<7@paper.example>"}]}}',
            sender="no-reply@sns.example.com",
            subject="AWS Notification Message",
        )
    )
    assert (only(told).address, only(told).verdict, told.message_ids) == (
        WHO,
        Verdict.SOFT,
        ("7@paper.example",),
    )


@pytest.mark.parametrize("form", ["status", "words"])
def test_sympa_397_and_kannon_431_a_delay_is_no_failure(form: str) -> None:
    told = read(
        status_report(
            f"Final-Recipient: rfc822; {WHO}\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 451 4.4.1 later"
        )
        if form == "status"
        else mail(
            "The delivery of your message has been delayed. It will be retried for three days; you do not need to resend it.\n\n"
            f"<{WHO}>: connection timed out\n",
            subject="Delivery delayed: The morning",
        )
    )
    assert (told.kind, only(told).verdict) == (FeedbackKind.BOUNCE, Verdict.DELAYED)


def test_mail_gem_756_the_recipient_stands_in_the_group_of_the_report() -> None:
    raw = status_report(group("5.1.1", "smtp; 550 5.1.1 no such user"))
    told = read(
        raw.replace(b"Reporting-MTA: dns; mx.example.net\r\n\r\n", b"Reporting-MTA: dns; mx.example.net\r\n")
    )
    assert (only(told).address, only(told).verdict) == (WHO, Verdict.DEAD)


def test_mailtrain_508_taken_with_250_is_no_bounce() -> None:
    told = read(
        status_report(
            f"Final-Recipient: rfc822; {WHO}\nAction: relayed\nStatus: 2.0.0\nDiagnostic-Code: smtp; 250 2.0.0 Ok: queued"
        )
    )
    assert told.kind is FeedbackKind.DELIVERED


def test_mail_bounce_detector_10_a_report_in_words_alone() -> None:
    told = read(
        mail(
            f"Could not deliver message to the following recipient(s):\n\nFailed Recipient: {WHO}\nReason: Remote host said: 550 5.1.1\n"
            "The account that you tried to reach does not exist. Please try\n5.1.1 checking the address\n",
            subject="Delivery Failure",
        )
    )
    assert (only(told).address, only(told).verdict) == (WHO, Verdict.DEAD)


def test_fxa_1943_and_phplist_1022_out_of_office_is_no_bounce() -> None:
    told = read(
        mail(
            "I am out of the office until Monday.\n",
            "Auto-Submitted: auto-replied",
            sender=WHO,
            subject="Out of Office: The morning",
        )
    )
    assert (told.kind, told.recipients) == (FeedbackKind.AUTO_REPLY, ())


def test_go_sisimai_202_a_mailbox_that_is_not_read_any_more() -> None:
    told = read(
        mail(
            "This mailbox is no longer monitored. Please write to my colleagues.\n",
            "In-Reply-To: <2026-06-01.7.abcdef@paper.example>",
            sender=WHO,
            subject="Re: The morning",
        )
    )
    assert told.kind is FeedbackKind.AUTO_REPLY


def test_hitobito_4369_the_status_stands_in_a_mail_of_another_type() -> None:
    raw = status_report(group("5.1.1", "smtp; 550 5.1.1 no such user"))
    told = read(raw.replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed"))
    assert only(told).verdict is Verdict.DEAD


def test_discourse_42660_what_was_mailed_is_named_not_what_it_became() -> None:
    told = read(
        status_report(
            f"Original-Recipient: rfc822;{WHO}\nFinal-Recipient: rfc822; new@other.example\nAction: failed\nStatus: 5.2.2"
        )
    )
    assert (only(told).address, only(told).verdict) == (WHO, Verdict.SOFT)
