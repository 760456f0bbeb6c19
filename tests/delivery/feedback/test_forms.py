"""Forms of servers and providers that follow no standard, in mails of our own making."""

import base64
import quopri

import pytest

from digest.model.feedback import FeedbackKind, Verdict
from tests.delivery.feedback.mails import RETURNED, TOKEN, mail, only, read

WHO = "reader@example.net"
RCPT = f"550 <{WHO}>: Recipient address rejected: User unknown"
FORMS = {
    "qmail": (
        "failure notice",
        "",
        Verdict.DEAD,
        f"Hi. This is the qmail-send program at mx.example.net.\n\n<{WHO}>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 no such user\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\n",
    ),
    "qmail, no such domain": (
        "failure notice",
        "",
        Verdict.DEAD,
        f"Hi. This is the qmail-send program at mx.example.net.\n\n<{WHO}>:\nSorry, I couldn't find any host named example.net. (#5.1.2)\n\n"
        "--- Below this line is a copy of the message.\n\n",
    ),
    "postfix": (
        "Undelivered Mail Returned to Sender",
        "",
        Verdict.DEAD,
        f"This is the mail system at host mx.example.net.\n\n<{WHO}>: host mx2.example.net[192.0.2.1] said: 550 5.1.1\n"
        f"    <{WHO}>: Recipient address rejected: User unknown (in reply to RCPT TO\n    command)\n\n",
    ),
    "exim": (
        "Mail delivery failed: returning message to sender",
        f"X-Failed-Recipients: {WHO}",
        Verdict.DEAD,
        f"The following address(es) failed:\n\n  {WHO}\n    SMTP error from remote mail server after RCPT TO:<{WHO}>:\n"
        "    host mx.example.net [192.0.2.1]: 550 unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\n",
    ),
    "exim, delayed": (
        "Warning: message 1a-2b-3c delayed 24 hours",
        "",
        Verdict.DELAYED,
        "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n"
        f"The address to which the message has not yet been delivered is:\n\n  {WHO}\n    Delay reason: 451 try again later\n\n",
    ),
    "sendmail": (
        "Returned mail: User unknown",
        "",
        Verdict.DEAD,
        f"   ----- The following addresses had permanent fatal errors -----\n<{WHO}>\n\n   ----- Transcript of session follows -----\n"
        f"... while talking to mx.example.net:\n>>> RCPT To:<{WHO}>\n<<< 550 no such user\n550 <{WHO}>... User unknown\n\n"
        "   ----- Original message follows -----\n",
    ),
    "exchange 5.5": (
        "Undeliverable: The morning",
        "X-Mailer: Internet Mail Service (5.5)",
        Verdict.DEAD,
        f"Your message\n\n  To:      list@paper.example\n  Subject: The morning\n\ndid not reach the following recipient(s):\n\n"
        f"{WHO} on Mon, 1 Jun 2026 06:00:00 +0000\n    The recipient name is not recognized\n    (000C05A6) Unknown Recipient\n\n",
    ),
    "x.400": (
        "Undeliverable: The morning",
        "",
        Verdict.DEAD,
        "Your message did not reach the following recipient(s):\n\nc=US;a= ;p=Example;o=Site;dda:SMTP=reader@example.net; on Mon, 1 Jun 2026\n"
        "    The recipient name is not recognized\n    Unknown Recipient\n\n",
    ),
    "notes": (
        "DELIVERY FAILURE: User reader not listed in public Name & Address Book",
        "",
        Verdict.DEAD,
        f"Your message\n\n  Subject: The morning\n\nwas not delivered to:\n\n  {WHO}\n\nbecause:\n\n  User reader ({WHO}) not listed in Domino Directory\n\n",
    ),
    "groupwise": (
        "Message status - undeliverable",
        "X-Mailer: Novell GroupWise",
        Verdict.SOFT,
        f"The message that you sent was undeliverable to the following:\n\t{WHO} (mailbox is full)\n\n",
    ),
    "courier": (
        "NOTICE: mail delivery status.",
        "",
        Verdict.DEAD,
        "This is a delivery status notification from mx.example.net, running the Courier mail server.\n\n"
        f"UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<{WHO}>:\n    mx.example.net [192.0.2.1]:\n"
        f">>> RCPT TO:<{WHO}>\n<<< 550 User unknown.\n\n",
    ),
    "opensmtpd": (
        "Delivery status notification: error",
        "",
        Verdict.DEAD,
        f"    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred.\n\n{WHO}: {RCPT}\n\n"
        "    Below is a copy of the original message:\n\n",
    ),
    "dragonfly": (
        "Mail delivery failed",
        "",
        Verdict.DEAD,
        f"This is the DragonFly Mail Agent v0.13 at mx.\n\nThere was an error delivering your mail to <{WHO}>.\n\n"
        "mx.example.net [192.0.2.1] did not like our RCPT TO:\n550 5.1.1 user unknown\n\nMessage headers follow.\n\n",
    ),
    "imail": (
        "Undeliverable Mail",
        "X-Mailer: <SMTP32 v8>",
        Verdict.DEAD,
        f"Unknown user: {WHO}\n\nOriginal message follows.\n\n",
    ),
    "messaging server": (
        "Delivery Notification: Delivery has failed",
        "",
        Verdict.SOFT,
        f"Your message cannot be delivered to the following recipients:\n\n  Recipient address: {WHO}\n  Reason: over quota\n"
        "  Diagnostic code: smtp;552 5.2.2 mailbox full\n\n",
    ),
    "yahoo": (
        "Delivery failure",
        "",
        Verdict.SOFT,
        f"Message from example.net.\nUnable to deliver message to the following address(es).\n\n<{WHO}>:\nThis account has been disabled.\n\n"
        "--- Original message follows.\n\n",
    ),
    "gmail": (
        "Delivery Status Notification (Failure)",
        "",
        Verdict.SOFT,
        f"Delivery to the following recipient failed permanently:\n\n     {WHO}\n\nTechnical details of permanent failure: \n"
        "The error that the other server returned was: 552 5.2.2 mailbox full (state 14).\n\n----- Original message -----\n\n",
    ),
    "zoho": (
        "Undelivered Mail Returned to Sender",
        "X-Mailer: Zoho Mail",
        Verdict.DEAD,
        f"This message was created automatically by mail delivery software.\n {WHO} Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 User Unknown\n\n",
    ),
    "a carrier in Japan": (
        "Mail System Error - Returned Mail",
        "",
        Verdict.DEAD,
        f"Each of the following recipients was rejected by a remote\nmail server.\n\n    Recipient: <{WHO}>\n    >>> RCPT TO:<{WHO}>\n"
        f"    <<< 550 <{WHO}>: User unknown\n\n",
    ),
    "a gateway": (
        "Delivery Status",
        "",
        Verdict.OURS,
        f"The message to {WHO} was rejected:\n\n{WHO}: 554 5.7.1 rejected as spam\n\n",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read(name: str) -> None:
    subject, header, verdict, words = FORMS[name]
    told = read(mail(words + RETURNED, *filter(None, [header]), subject=subject))
    assert told.kind is FeedbackKind.BOUNCE
    assert (only(told).address, only(told).verdict) == (WHO, verdict)
    assert TOKEN in told.addressed
    assert told.message_ids[:1] == ("2026-06-01.7.abcdef@paper.example",)


def test_several_recipients_each_with_what_is_said_of_it() -> None:
    words = "Hi. This is the qmail-send program at mx.example.net.\n\n<a@example.net>:\ndoes not like recipient.\nRemote host said: 550 unknown user\n\n"
    words += "<b@example.net>:\ndoes not like recipient.\nRemote host said: 552 mailbox is full\n\n--- Below this line is a copy of the message.\n\n"
    told = read(mail(words + RETURNED))
    assert [(one.address, one.verdict) for one in told.recipients] == [
        ("a@example.net", Verdict.DEAD),
        ("b@example.net", Verdict.SOFT),
    ]


LANGUAGES = {
    "German": (
        "Unzustellbar: Der Morgen",
        "utf-8",
        f"Ihre Nachricht konnte nicht zugestellt werden:\n\n{WHO}: 550 5.1.1 Empfänger unbekannt\n",
    ),
    "French": (
        "Échec de la remise",
        "iso-8859-1",
        f"Votre message n'a pas pu être distribué à :\n\n{WHO}: 550 5.1.1 adresse inconnue\n",
    ),
    "Italian": (
        "Mancata consegna",
        "iso-8859-15",
        f"Il messaggio non è stato consegnato a:\n\n{WHO}: 550 5.1.1 utente sconosciuto\n",
    ),
    "Portuguese": (
        "Não foi entregue: aviso",
        "utf-8",
        f"A mensagem não pôde ser entregue para:\n\n{WHO}: 550 5.1.1 não existe\n",
    ),
    "Polish": (
        "Zwrot poczty",
        "iso-8859-2",
        f"Wiadomość nie została dostarczona:\n\n{WHO}: 550 5.1.1 nie istnieje\n",
    ),
    "Russian": (
        "Письмо не доставлено",
        "koi8-r",
        f"Ваше письмо не может быть доставлено:\n\n{WHO}: 550 5.1.1 не существует\n",
    ),
    "Japanese": (
        "メールエラー通知",
        "iso-2022-jp",
        f"次の宛先に送信できませんでした。\n\n{WHO}: 550 5.1.1 存在しません\n",
    ),
    "Chinese": ("系统退信", "gb2312", f"您的邮件无法投递到:\n\n{WHO}: 550 5.1.1 不存在\n"),
}


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_other_languages_charsets_and_encodings(language: str, encoding: str) -> None:
    subject, charset, words = LANGUAGES[language]
    body = words.encode(charset)
    body = (
        base64.encodebytes(body)
        if encoding == "base64"
        else quopri.encodestring(body)
        if encoding != "8bit"
        else body
    )
    title = base64.b64encode(subject.encode(charset)).decode()
    head = f"From: postmaster@example.net\nSubject: =?{charset}?B?{title}?=\nContent-Type: text/plain; charset={charset}\n"
    told = read(f"{head}Content-Transfer-Encoding: {encoding}\n\n".encode() + body)
    assert (told.kind, only(told).address, only(told).verdict) == (FeedbackKind.BOUNCE, WHO, Verdict.DEAD)


def test_a_page_without_a_text_is_read() -> None:
    page = f"<html><style>p {{color: red}}</style><p>Delivery to the following recipient failed:<br>{WHO}: 552 5.2.2 mailbox full</p></html>"
    told = read(mail(page, "Content-Type: text/html; charset=utf-8", subject="Undeliverable"))
    assert (only(told).address, only(told).verdict) == (WHO, Verdict.SOFT)


def test_a_bounce_that_names_nobody_has_one_recipient_without_an_address() -> None:
    told = read(mail("Your message could not be delivered. The mailbox is full.\n"))
    assert (only(told).address, only(told).verdict) == (None, Verdict.SOFT)


def test_where_nobody_is_named_the_returned_mail_says_who() -> None:
    told = read(mail(f"Your message could not be delivered.\n\n----- Original message -----\n\n{RETURNED}"))
    assert only(told).address == WHO


def test_whom_to_ask_is_no_recipient() -> None:
    words = f"Your mail could not be delivered. Please contact help@example.net.\n\n<{WHO}>: 552 mailbox is full\n\nQuestions: support@example.net\n"
    assert only(read(mail(words))).address == WHO


def test_a_report_that_a_gateway_only_carries_is_read() -> None:
    inner = f"From: MAILER-DAEMON@inner.example.net\nSubject: failure\nX-Failed-Recipients: {WHO}\n\n  {WHO}\n    mailbox is full\n"
    raw = mail(
        f"--w\nContent-Type: message/rfc822\n\n{inner}\n--w--\n",
        'Content-Type: multipart/mixed; boundary="w"',
        sender="postmaster@gw.example.net",
    )
    assert (only(read(raw)).address, read(raw).addressed[0]) == (WHO, TOKEN)
    forwarded = raw.replace(b"postmaster@gw.example.net", b"Anna <anna@example.org>")
    assert read(forwarded).recipients == ()


def test_a_multipart_mail_without_its_boundary_is_read() -> None:
    body = f"boundary=lost\n\n--lost-in-transit\nContent-Type: text/plain\n\n<{WHO}>: 552 mailbox is full\n--lost-in-transit--\n"
    assert only(read(mail(body, "Content-Type: multipart/mixed;"))).address == WHO
