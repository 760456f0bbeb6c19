"""The settings of what comes back: the mailbox that is read by IMAP, and the webhooks of mail providers.

A table that is there without its secret loads all the same, so that no edition waits for it: its webhook answers
nobody, and `digest check` names it.
"""

import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from digest.config.base import Settings
from digest.config.types import Host, Line, Network, Span

PROVIDERS: Final = ("brevo", "mailgun", "postmark", "sendgrid", "ses")
_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}")


class Imap(Settings):
    """A mailbox that bounces and ways out arrive in, read by IMAP."""

    host: Host
    port: int = Field(default=0, ge=0, le=65535)  # 0: 993, or 143 without TLS from the first byte
    security: Literal["tls", "starttls", "none"] = "tls"
    username: Line
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    folder: Line = Field(default="INBOX", min_length=1)
    done: Line = ""  # the folder that a mail is moved to once it was understood
    delete: bool = False
    interval: Span = timedelta(minutes=5)
    timeout: Span = timedelta(seconds=30)
    ca_file: Path | None = None

    @property
    def place(self) -> str:
        """Where the mailbox is, in words for a person."""
        return f"{self.username} at {self.host}:{self.at}"

    @property
    def at(self) -> int:
        """The port."""
        return self.port or (993 if self.security == "tls" else 143)

    @model_validator(mode="after")
    def _sound(self) -> "Imap":
        if self.delete and self.done:
            raise ValueError("done moves what was understood, delete deletes it: set one of them")
        if self.done == self.folder:
            raise ValueError("done must be another folder than the one that is read")
        if self.security == "none" and not _here(self.host):
            raise ValueError('security = "none" would send the password in the clear: only to this machine')
        return self


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Ses(Settings):
    """Amazon SES by way of an SNS topic: the signature is Amazon's, so the topic is what makes an event ours."""

    topic: Line

    @field_validator("topic")
    @classmethod
    def _arn(cls, topic: str) -> str:
        if not _TOPIC.fullmatch(topic):
            raise ValueError(
                f'{topic!r} is no topic: write its ARN, such as "arn:aws:sns:eu-west-1:123456789012:bounces"'
            )
        return topic

    @property
    def region(self) -> str:
        """The region of the topic, "eu-west-1"."""
        return self.topic.split(":")[3]

    @property
    def missing(self) -> str:
        """What is missing of the secret, "" where nothing is."""
        return ""


class Mailgun(Settings):
    """Mailgun signs each event with the account's HTTP webhook signing key."""

    signing_key: SecretStr = SecretStr("")
    signing_key_file: Path | None = None

    @property
    def missing(self) -> str:
        """What is missing of the secret, "" where nothing is."""
        return "" if self.signing_key.get_secret_value() else "signing_key or signing_key_file"


class SendGrid(Settings):
    """SendGrid signs each request; *public_key* is what it shows under "Signed Event Webhook"."""

    public_key: Line = ""

    @property
    def missing(self) -> str:
        """What is missing of the key, "" where nothing is."""
        return "" if self.public_key else "public_key"


class Shared(Settings):
    """A provider that signs nothing, but sends a secret that both sides know, and comes from networks of its own."""

    username: Line = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    networks: tuple[Network, ...] = ()

    @property
    def missing(self) -> str:
        """What is missing of the secret, "" where nothing is."""
        known = self.password.get_secret_value() and self.username
        return "" if known or self.token.get_secret_value() else "token (or username and password)"


class Feedback(Settings):
    """[feedback]: where what comes back is read, who may post it, and what follows from it."""

    listen: str = ""
    maildir: Path | None = None
    soft_limit: int = Field(default=5, ge=2, le=100)
    soft_window: Span = timedelta(days=30)
    delivered_after: Span = timedelta(days=5)
    imap: Imap | None = None
    ses: Ses | None = None
    mailgun: Mailgun | None = None
    sendgrid: SendGrid | None = None
    postmark: Shared | None = None
    brevo: Shared | None = None

    @property
    def reads_mail(self) -> bool:
        """Whether a mail to a return address, or to one that ends a subscription, is read by us."""
        return bool(self.listen or self.maildir or self.imap)

    @property
    def readers(self) -> str:
        """What reads the mails that come back, in words; "" where nothing does."""
        ways = [f"the listener on {self.listen}"] if self.listen else []
        ways += [f"the Maildir {self.maildir}"] if self.maildir else []
        ways += ["IMAP"] if self.imap else []
        return " and ".join(ways)

    @property
    def posted_by(self) -> str:
        """The providers whose webhooks are configured, in words; "" where there are none."""
        known = {
            "SES": self.ses,
            "Mailgun": self.mailgun,
            "SendGrid": self.sendgrid,
            "Postmark": self.postmark,
        }
        return ", ".join(name for name, one in {**known, "Brevo": self.brevo}.items() if one is not None)

    @field_validator("listen")
    @classmethod
    def _address(cls, listen: str) -> str:
        host, colon, port = listen.strip().rpartition(":")
        if listen and not (colon and host and port.isdecimal() and int(port) < 65536):
            raise ValueError('write host and port, such as "127.0.0.1:2424"')
        return listen.strip()

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of *listen*; ("", 0) where nothing listens."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port or 0)


Provider = Ses | Mailgun | SendGrid | Shared
