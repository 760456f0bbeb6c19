"""What mail providers would post, signed with keys of our own."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
CONFIRM = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
MAILGUN_KEY = "key-of-mailgun"


@cache
def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _ec() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(now: datetime, days: int = 300) -> bytes:
    """Return the certificate that SNS would show, good for *days* from a day before *now*."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_rsa().public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=abs(days) + 1))
        .not_valid_after(now + timedelta(days=days))
        .sign(_rsa(), hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def sns(
    message: Any, now: datetime, *, version: str = "2", kind: str = "Notification", **more: str
) -> dict[str, str]:
    """Return an SNS message as it is posted, signed."""
    text = message if isinstance(message, str) else json.dumps(message)
    envelope = {
        "Type": kind,
        "MessageId": "1",
        "TopicArn": TOPIC,
        "Message": text,
        "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.123Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
    }
    if kind != "Notification":
        envelope |= {"Token": "2336412f37", "SubscribeURL": CONFIRM}
    envelope |= more
    names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    if kind == "Notification":
        names = tuple(name for name in names if name not in ("SubscribeURL", "Token"))
    signed = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # SNS signs so
    signature = _rsa().sign(signed.encode(), padding.PKCS1v15(), algorithm)
    return envelope | {"Signature": base64.b64encode(signature).decode()}


def mailgun(event: Any, now: datetime, token: str = "t" * 50, key: str = MAILGUN_KEY) -> bytes:
    """Return what Mailgun posts about *event*."""
    stamp = str(int(now.timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {"timestamp": stamp, "token": token, "signature": signature}
    return json.dumps({"signature": signed, "event-data": event}).encode()


def sendgrid_key() -> str:
    """Return the public key as SendGrid shows it."""
    der = _ec().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sendgrid(body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that SendGrid signs *body* with."""
    stamp = str(int(now.timestamp()))
    signature = _ec().sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


def basic(username: str, password: str) -> dict[str, str]:
    """Return the header of basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}
