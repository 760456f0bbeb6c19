"""Mail providers' webhooks: who is believed, and what their events mean for a reader."""

import json
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

from digest import plugins
from digest.config.feedback import PROVIDERS, Mailgun, SendGrid, Ses, Shared
from digest.delivery.feedback import providers
from digest.delivery.feedback.providers import Post, Refused, brevo, mailgun, postmark, sendgrid, ses
from digest.model.feedback import FeedbackKind, FeedbackReport
from tests.delivery import signed_webhooks as signed

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
READER, PATH, ID = "ann@reader.example", "b+aaaaaaaaaaaaaaaa@bounce.example.org", "1.1.7.ab@news.example.org"
SES = Ses(topic=signed.TOPIC)


def test_every_provider_that_can_be_configured_is_there() -> None:
    assert plugins.names(providers) == sorted(PROVIDERS)


def post(body: Any, headers: dict[str, str] | None = None, **more: Any) -> Post:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Post({key.lower(): value for key, value in (headers or {}).items()}, data, **more)


def reports(provider: ModuleType, body: Any) -> list[FeedbackReport]:
    found = provider.events(post(body), frozenset({"news.example.org"}))
    assert found.broken == 0
    return [event.report for event in found.events]


def meant(provider: ModuleType, body: Any) -> str:
    """Return what the one event of *body* means, in a word."""
    found = reports(provider, body)
    if not found:
        return "nothing"
    one = found[0]
    if one.kind is FeedbackKind.COMPLAINT:
        return one.feedback_type
    return str(one.recipients[0].verdict if one.recipients else one.kind)


# ---------------------------------------------------------------------------- Amazon SES


def from_ses(bounce: dict[str, Any], kind: str = "Bounce", **more: Any) -> dict[str, str]:
    mail = {
        "source": PATH,
        "destination": [READER],
        "messageId": "0102018f",
        "headers": [{"name": "Message-ID", "value": f"<{ID}>"}],
        "commonHeaders": {"messageId": f"<{ID}>"},
    }
    key = kind[0].lower() + kind[1:]
    return signed.sns({"notificationType": kind, "mail": mail, key: bounce, **more}, NOW)


def bounce_of(kind: str, subtype: str = "General", diagnostic: str = "", status: str = "") -> dict[str, Any]:
    said = {"diagnosticCode": diagnostic, "status": status, "action": "failed"}
    recipient = {"emailAddress": READER} | {key: value for key, value in said.items() if diagnostic or status}
    return {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": [recipient]}


@pytest.mark.parametrize(
    ("kind", "subtype", "diagnostic", "status", "verdict"),
    [
        ("Permanent", "General", "smtp; 550 5.1.1 <ann@reader.example>... User unknown", "5.1.1", "dead"),
        ("Permanent", "NoEmail", "", "", "dead"),
        ("Permanent", "General", "", "", "dead"),
        ("Permanent", "General", "smtp; 550 5.7.26 This mail is unauthenticated", "5.7.26", "ours"),
        ("Permanent", "General", "smtp; 554 5.7.1 blocked using a blocklist", "5.7.1", "ours"),
        ("Permanent", "General", "smtp; 552 5.2.2 mailbox full", "5.2.2", "soft"),
        ("Permanent", "General", "Amazon SES did not send the message", "5.1.1", "dead"),
        ("Permanent", "General", "smtp; 550 5.7.1 no such user known at news.example.org", "5.7.1", "ours"),
        # held back by Amazon: the server was not asked
        ("Permanent", "Suppressed", "Amazon SES has suppressed sending to this address", "5.1.1", "soft"),
        (
            "Permanent",
            "OnAccountSuppressionList",
            "It is on the suppression list for your account",
            "5.1.1",
            "soft",
        ),
        ("Transient", "MailboxFull", "smtp; 552 5.2.2 over quota", "5.2.2", "soft"),
        (
            "Transient",
            "General",
            "smtp; 550 5.1.1 user unknown",
            "5.1.1",
            "soft",
        ),  # Amazon does not call it dead
        ("Transient", "General", "", "", "auto-reply"),  # an out-of-office mail
        ("Transient", "MessageTooLarge", "", "", "ours"),
        ("Transient", "ContentRejected", "smtp; 550 spam", "", "ours"),
        ("Undetermined", "Undetermined", "", "", "soft"),
        ("Transient", "CustomTimeoutExceeded", "smtp; 421 4.4.1 connection timed out", "4.4.1", "soft"),
    ],
)
def test_a_bounce_of_ses(kind: str, subtype: str, diagnostic: str, status: str, verdict: str) -> None:
    assert meant(ses, from_ses(bounce_of(kind, subtype, diagnostic, status))) == verdict


def test_ses_names_our_mail_by_its_envelope_and_by_our_own_message_id() -> None:
    (found,) = reports(ses, from_ses(bounce_of("Permanent", "NoEmail")))
    assert (found.addressed, found.message_ids) == ((PATH, READER), (ID,))


@pytest.mark.parametrize(
    ("kind", "what", "meaning"),
    [
        (
            "Complaint",
            {"complaintFeedbackType": "abuse", "complainedRecipients": [{"emailAddress": READER}]},
            "abuse",
        ),
        ("Complaint", {"complainedRecipients": [{"emailAddress": READER}]}, "abuse"),
        ("Complaint", {"complaintFeedbackType": "not-spam", "complainedRecipients": []}, "not-spam"),
        (
            "Complaint",
            {
                "complaintSubType": "OnAccountSuppressionList",
                "complainedRecipients": [{"emailAddress": READER}],
            },
            "soft",
        ),
        ("Delivery", {"recipients": [READER]}, "delivered"),
        (
            "DeliveryDelay",
            {
                "delayType": "MailboxFull",
                "delayedRecipients": [
                    {"emailAddress": READER, "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 full"}
                ],
            },
            "delayed",
        ),
        ("Reject", {"reason": "Bad content"}, "ours"),
        ("Subscription", {}, "opt-out"),
        ("Open", {}, "nothing"),
        ("Send", {}, "nothing"),
    ],
)
def test_other_events_of_ses(kind: str, what: dict[str, Any], meaning: str) -> None:
    assert meant(ses, from_ses(what, kind)) == meaning


@pytest.mark.parametrize("version", ["1", "2"])
def test_sns_is_believed_with_either_signature(version: str) -> None:
    for more in ({}, {"Subject": "Amazon SES Email Event Notification"}):
        body = signed.sns({"x": 'é "quoted"\n'}, NOW, version=version, **more)
        ses.verify(post(body, certificate=signed.pem(NOW)), SES, NOW)
    confirmed = post(
        signed.sns("You have chosen", NOW, version=version, kind="SubscriptionConfirmation"),
        certificate=signed.pem(NOW),
    )
    ses.verify(confirmed, SES, NOW)
    assert ses.confirmation(confirmed) == signed.CONFIRM
    assert ses.certificate(confirmed, SES) == signed.CERTIFICATE


def test_sns_is_not_believed() -> None:
    good, cert = signed.sns({"x": 1}, NOW), signed.pem(NOW)
    other = signed.TOPIC.replace("123456789012", "210987654321")
    asked = "SubscriptionConfirmation"
    wrong: list[tuple[str, Any, bytes, dict[str, str]]] = [
        ("another text", good | {"Message": '{"x": 2}'}, cert, {}),
        ("another id", good | {"MessageId": "2"}, cert, {}),
        ("a subject that was put in", good | {"Subject": "x"}, cert, {}),
        ("another's topic", signed.sns({"x": 1}, NOW, TopicArn=other), cert, {}),
        ("long ago", signed.sns({"x": 1}, NOW - timedelta(hours=2)), cert, {}),
        ("ahead", signed.sns({"x": 1}, NOW + timedelta(hours=1)), cert, {}),
        ("no time", signed.sns({"x": 1}, NOW, Timestamp="yesterday"), cert, {}),
        ("version 3", good | {"SignatureVersion": "3"}, cert, {}),
        ("no signature", {key: good[key] for key in good if key != "Signature"}, cert, {}),
        ("an expired certificate", good, signed.pem(NOW, days=-1), {}),
        ("no certificate", good, b"", {}),
        ("unsigned, raw delivery", {"notificationType": "Bounce"}, cert, {"X-Amz-Sns-Rawdelivery": "true"}),
        ("no JSON", b"{", cert, {}),
        ("deep", b"[" * 100_000, cert, {}),
        ("a number", b"7", cert, {}),
        ("another kind", good | {"Type": "Message"}, cert, {}),
        (
            "a confirmation for another",
            signed.sns("", NOW, kind=asked, SubscribeURL=signed.CONFIRM.replace("Confirm", "Un")),
            cert,
            {},
        ),
        (
            "a confirmation elsewhere",
            signed.sns("", NOW, kind=asked, SubscribeURL="https://evil.example/"),
            cert,
            {},
        ),
    ]
    for what, body, certificate, headers in wrong:
        try:
            ses.verify(post(body, headers, certificate=certificate), SES, NOW)
        except Refused:
            continue
        pytest.fail(f"{what} was believed")


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/?Action=GetTopic",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/a/../SimpleNotificationService-0123456789abcdef.pem",
        "https://[::1/",
        "",
    ],
)
def test_a_certificate_comes_from_sns_in_the_topics_region_alone(url: str) -> None:
    with pytest.raises(Refused):
        ses.certificate(post(signed.sns({"x": 1}, NOW, SigningCertURL=url)), SES)


def test_sns_says_sentences_besides() -> None:
    said = "Successfully validated SNS topic for Amazon SES event publishing."
    assert reports(ses, signed.sns(said, NOW)) == []
    assert ses.events(post(signed.sns('{"a":', NOW)), frozenset()).broken == 1
    assert ses.events(post(signed.sns({"notificationType": "Bounce"}, NOW)), frozenset()).broken == 1
    assert ses.events(post(from_ses({"bounceType": "Permanent"})), frozenset()).broken == 1


# ---------------------------------------------------------------------------- Mailgun


def from_mailgun(event: str = "failed", **more: Any) -> dict[str, Any]:
    said = {
        "event": event,
        "recipient": READER,
        "envelope": {"sender": PATH, "targets": READER},
        "message": {"headers": {"message-id": ID}},
        **more,
    }
    return json.loads(signed.mailgun(said, NOW))


def failure(code: Any, message: str = "", enhanced: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "enhanced-code": enhanced}


@pytest.mark.parametrize(
    ("severity", "reason", "status", "meaning"),
    [
        (
            "permanent",
            "bounce",
            failure(550, "5.1.1 The email account that you tried to reach does not exist"),
            "dead",
        ),
        ("permanent", "bounce", failure(550, "No such user here", "5.1.1"), "dead"),
        ("permanent", "bounce", failure(550, "5.7.1 message refused as spam"), "ours"),
        ("permanent", "bounce", failure(552, "5.2.2 mailbox is full"), "soft"),
        (
            "permanent",
            "suppress-bounce",
            failure(605, "Not delivering to previously bounced address"),
            "soft",
        ),
        (
            "permanent",
            "suppress-complaint",
            failure(607, "Not delivering to a user who marked it as spam"),
            "soft",
        ),
        ("permanent", "generic", failure(498, "No MX for reader.example"), "soft"),
        ("permanent", "generic", failure(None), "soft"),
        ("permanent", "old", failure(602, "Too old"), "soft"),
        ("permanent", "bounce", {"message": None, "code": "x" * 9000}, "soft"),
        ("temporary", "generic", failure(452, "4.2.2 mailbox full"), "delayed"),
        ("temporary", "generic", failure(550, "5.1.1 no such user"), "delayed"),
    ],
)
def test_a_failure_of_mailgun(severity: str, reason: str, status: dict[str, Any], meaning: str) -> None:
    event = from_mailgun(severity=severity, reason=reason, **{"delivery-status": status})
    assert meant(mailgun, event) == meaning


@pytest.mark.parametrize(
    ("event", "meaning"),
    [
        ("complained", "abuse"),
        ("unsubscribed", "opt-out"),
        ("delivered", "delivered"),
        ("rejected", "ours"),
        ("opened", "nothing"),
    ],
)
def test_other_events_of_mailgun(event: str, meaning: str) -> None:
    assert meant(mailgun, from_mailgun(event)) == meaning


def test_mailgun_is_believed_with_its_key_for_a_quarter_of_an_hour() -> None:
    settings = Mailgun(signing_key=SecretStr(signed.MAILGUN_KEY))
    good = signed.mailgun({"event": "failed"}, NOW)
    mailgun.verify(post(good), settings, NOW + timedelta(minutes=14))
    wrong = [
        (good, NOW + timedelta(minutes=16)),
        (signed.mailgun({}, NOW, key="other"), NOW),
        (good.replace(b"ttt", b"uuu"), NOW),
        (b'{"signature": "x"}', NOW),
        (b"[]", NOW),
        (b'{"signature": {"timestamp": {}, "token": [], "signature": null}}', NOW),
    ]
    for body, now in wrong:
        with pytest.raises(Refused):
            mailgun.verify(post(body), settings, now)


def test_the_token_of_mailgun_is_good_for_one_event() -> None:
    """It does not sign the event, so a token that comes again with another one is the same."""
    one, other = (
        post(signed.mailgun({"event": kind, "recipient": READER}, NOW)) for kind in ("failed", "complained")
    )
    ids = {mailgun.events(each, frozenset()).events[0].replay for each in (one, other)}
    assert ids == {"t" * 50}


# ---------------------------------------------------------------------------- SendGrid


def from_sendgrid(event: str, **more: Any) -> list[dict[str, Any]]:
    return [{"event": event, "email": READER, "sg_event_id": "e1", "smtp-id": f"<{ID}>", **more}]


@pytest.mark.parametrize(
    ("event", "more", "meaning"),
    [
        ("bounce", {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 No such user"}, "dead"),
        ("bounce", {"type": "bounce", "reason": "550 5.2.2 mailbox full"}, "soft"),
        ("bounce", {"type": "bounce", "status": "5.0.0", "bounce_classification": "Invalid Address"}, "soft"),
        ("bounce", {"type": "bounce", "bounce_classification": "Invalid Address"}, "dead"),
        ("bounce", {"type": "bounce", "bounce_classification": "Reputation"}, "ours"),
        ("bounce", {"type": "blocked", "reason": "550 5.7.1 blocked for its reputation"}, "ours"),
        ("bounce", {"type": "blocked", "reason": "550 5.1.1 No such user"}, "soft"),
        ("bounce", {"type": "blocked"}, "ours"),
        ("dropped", {"reason": "Bounced Address", "status": "5.0.0"}, "soft"),
        ("dropped", {"reason": "Spam Reporting Address"}, "soft"),
        ("dropped", {"reason": "Unsubscribed Address"}, "soft"),
        ("dropped", {"reason": "Spam Content"}, "ours"),
        ("deferred", {"response": "450 4.2.1 the user is receiving mail too quickly"}, "delayed"),
        ("spamreport", {}, "abuse"),
        ("unsubscribe", {}, "opt-out"),
        ("group_unsubscribe", {}, "opt-out"),
        ("delivered", {}, "delivered"),
        ("open", {}, "nothing"),
        ("processed", {}, "nothing"),
    ],
)
def test_an_event_of_sendgrid(event: str, more: dict[str, Any], meaning: str) -> None:
    assert meant(sendgrid, from_sendgrid(event, **more)) == meaning


def test_sendgrid_is_believed_with_its_key() -> None:
    body = json.dumps(from_sendgrid("bounce")).encode()
    headers, settings = signed.sendgrid(body, NOW), SendGrid(public_key=signed.sendgrid_key())
    sendgrid.verify(post(body, headers), settings, NOW + timedelta(minutes=14))
    framed = SendGrid(
        public_key=f"-----BEGIN PUBLIC KEY----- {signed.sendgrid_key()} -----END PUBLIC KEY-----"
    )
    sendgrid.verify(post(body, headers), framed, NOW)
    stamp = headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    wrong: list[tuple[bytes, dict[str, str], SendGrid, datetime]] = [
        (body + b" ", headers, settings, NOW),
        (body, headers, settings, NOW + timedelta(minutes=16)),
        (body, {}, settings, NOW),
        (body, headers, SendGrid(public_key="nonsense"), NOW),
        (body, headers | {"X-Twilio-Email-Event-Webhook-Timestamp": stamp + "0"}, settings, NOW),
        (body, headers | {"X-Twilio-Email-Event-Webhook-Timestamp": "soon"}, settings, NOW),
        (body, headers | {"X-Twilio-Email-Event-Webhook-Signature": "AAAA"}, settings, NOW),
    ]
    for data, given, which, now in wrong:
        with pytest.raises(Refused):
            sendgrid.verify(post(data, given), which, now)


def test_the_good_events_of_a_broken_batch_are_taken() -> None:
    good = from_sendgrid("bounce")[0]
    many: list[Any] = [
        good,
        None,
        7,
        {"event": {}},
        {"email": READER},
        good | {"sg_event_id": "e2", "reason": ["x"]},
    ]
    found = sendgrid.events(post(many), frozenset())
    assert ([one.replay for one in found.events], found.broken) == (["e1", "e2"], 4)
    hostile = json.dumps(good | {"reason": "550 \x00\ud800\n5.1.1 no such user", "status": "9" * 50}).encode()
    (one,) = sendgrid.events(post(hostile), frozenset()).events
    assert one.report.recipients[0].diagnostic == "550 5.1.1 no such user"
    with pytest.raises(Refused):
        sendgrid.events(post(b'[{"event": "bounce", "timestamp": ' + b"9" * 5_000 + b"}]"), frozenset())


# ---------------------------------------------------------------------------- Postmark and Brevo


@pytest.mark.parametrize(
    ("kind", "details", "meaning"),
    [
        ("HardBounce", "smtp;550 5.1.1 The email account that you tried to reach does not exist", "dead"),
        ("HardBounce", "smtp;550 5.7.1 Service unavailable, client host blocked", "ours"),
        ("HardBounce", "", "dead"),
        ("SoftBounce", "smtp;552 5.2.2 full", "soft"),
        ("SoftBounce", "smtp;550 5.1.1 no such user", "soft"),
        ("Transient", "smtp;451 4.3.0 try later", "delayed"),
        ("DnsError", "", "soft"),
        ("Blocked", "", "ours"),
        ("Blocked", "smtp;552 5.2.2 mailbox full", "soft"),
        ("SpamNotification", "smtp;550 5.1.1 user unknown", "ours"),
        ("DMARCPolicy", "", "ours"),
        ("BadEmailAddress", "", "dead"),
        ("ManuallyDeactivated", "", "soft"),
        ("InactiveRecipient", "", "soft"),
        ("SMTPApiError", "You tried to send to an inactive recipient", "soft"),
        ("SMTPApiError", "", "ours"),
        ("AutoResponder", "", "auto-reply"),
        ("AddressChange", "", "auto-reply"),
        ("ChallengeVerification", "", "auto-reply"),
        ("SpamComplaint", "", "abuse"),
        ("Unsubscribe", "", "opt-out"),
        ("OpenRelayTest", "", "nothing"),
        ("InboundError", "", "nothing"),
    ],
)
def test_a_bounce_of_postmark(kind: str, details: str, meaning: str) -> None:
    record = "SpamComplaint" if kind == "SpamComplaint" else "Bounce"
    event = {"RecordType": record, "ID": 42, "Type": kind, "Email": READER, "Details": details}
    assert meant(postmark, event) == meaning


def test_postmark_shows_our_mail_where_it_includes_the_bounces_content() -> None:
    content = (
        f"Return-Path: <>\r\n\r\nFinal-Recipient: x\r\n\r\nReturn-Path: <{PATH}>\r\nMessage-ID: <{ID}>\r\n"
    )
    event = {"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "Email": READER, "Content": content}
    (found,) = reports(postmark, event)
    assert (found.addressed, found.message_ids) == ((PATH, READER), (ID,))


def test_postmarks_own_suppressions_follow_from_events_that_come_themselves() -> None:
    base = {"RecordType": "SubscriptionChange", "Recipient": READER, "SuppressSending": True}
    left = base | {"SuppressionReason": "ManualSuppression", "Origin": "Recipient"}
    assert meant(postmark, left) == "opt-out"
    assert meant(postmark, left | {"Origin": "Customer"}) == "nothing"
    assert meant(postmark, base | {"SuppressionReason": "HardBounce", "Origin": "Recipient"}) == "nothing"
    assert meant(postmark, left | {"SuppressSending": False}) == "nothing"
    assert meant(postmark, {"RecordType": "Delivery", "Recipient": READER}) == "delivered"
    assert postmark.events(post({"ID": 1}), frozenset()).broken == 1


@pytest.mark.parametrize(
    ("event", "reason", "meaning"),
    [
        ("hard_bounce", " RecipientError: 550 5.1.1 user unknown", "dead"),
        ("hardBounce", "550 5.7.1 rejected by policy, spam", "ours"),
        ("hard_bounce", "", "dead"),
        ("soft_bounce", "", "soft"),
        ("invalid_email", "", "dead"),
        ("soft_bounce", "550 5.1.1 user unknown", "soft"),
        ("blocked", "blocked : due to blacklist user", "soft"),
        ("deferred", "451 4.7.1 greylisted", "delayed"),
        ("error", "", "ours"),
        ("spam", "", "abuse"),
        ("complaint", "", "abuse"),
        ("unsubscribed", "", "opt-out"),
        ("delivered", "", "delivered"),
        ("request", "", "nothing"),
        ("unique_opened", "", "nothing"),
    ],
)
def test_an_event_of_brevo(event: str, reason: str, meaning: str) -> None:
    body = {"event": event, "email": READER, "message-id": f"<{ID}>", "ts_epoch": 1, "reason": reason}
    assert meant(brevo, body) == meaning
    assert meant(brevo, [body]) == meaning


def test_brevo_gives_no_id_so_the_event_itself_is_one() -> None:
    body = {"event": "spam", "email": READER, "message-id": f"<{ID}>", "ts_epoch": 1}
    ids = [
        brevo.events(post(one), frozenset()).events[0].replay
        for one in (body, dict(body), body | {"ts_epoch": 2})
    ]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)


@pytest.mark.parametrize("provider", [postmark, brevo])
def test_a_shared_secret_comes_in_three_ways(provider: ModuleType) -> None:
    settings = Shared(
        username="us",
        password=SecretStr("pässword:x"),
        token=SecretStr("t0ken"),
        networks=("203.0.113.0/24",),
    )
    peer = {"peer": "203.0.113.9"}
    for headers in (
        signed.basic("us", "pässword:x"),
        {"Authorization": "bearer t0ken"},
        {"X-Feedback-Token": "t0ken"},
    ):
        provider.verify(post({}, headers, **peer), settings, NOW)
        with pytest.raises(Refused):
            provider.verify(post({}, headers, peer="198.51.100.1"), settings, NOW)
    wrong = (
        signed.basic("us", "other"),
        signed.basic("", ""),
        {"Authorization": "Bearer "},
        {"Authorization": "Basic é"},
        {"X-Feedback-Token": "other"},
        {"Authorization": "t0ken"},
        {},
    )
    for headers in wrong:
        with pytest.raises(Refused):
            provider.verify(post({}, headers, **peer), settings, NOW)
    for empty in (Shared(), Shared(username="us"), Shared(password=SecretStr("x"))):
        for headers in (signed.basic("us", ""), signed.basic("", ""), {"Authorization": "Bearer "}, {}):
            with pytest.raises(Refused):
                provider.verify(post({}, headers), empty, NOW)
