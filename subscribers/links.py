"""Signed links: short, without the address in them, and good for one purpose each.

A token is payload + HMAC-SHA256 cut to 16 bytes (RFC 2104, 5), in base64url, or in lower-case base32 where
case does not survive (the local part of a mail address). Each purpose has its own key, derived from each
secret; the newest secret signs, all verify. Unsubscribe links hold no time and never expire.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

MAC = 16
_INNER = bytes(code ^ 0x36 for code in range(256))  # the pads of RFC 2104
_OUTER = bytes(code ^ 0x5C for code in range(256))
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # of base32, RFC 4648, 6
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_LONGEST = 200


class Purpose(StrEnum):
    """What a token is good for. `digest` adds its own: any text is a purpose."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    CONFIRM = "confirm"
    UNDO = "undo"
    MANAGE = "manage"  # a fresh link for what a forwarded mail must not open: data, erasure, a new address
    MOVE = "move"
    FORM = "form"


@lru_cache(maxsize=256)
def _derived(secret: bytes, purpose: str) -> bytes:
    """Return the key of *purpose*."""
    return hmac.digest(secret, f"newsroom-digest/{purpose}".encode(), "sha256")


def _mac(secret: bytes, purpose: str, data: bytes) -> bytes:
    return hmac.digest(_derived(secret, purpose), data, "sha256")


@lru_cache(maxsize=256)
def _keyed(secret: bytes, purpose: str) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """Return the two hashes of RFC 2104 after their first block, which is all that depends on the key."""
    block = _derived(secret, purpose).ljust(64, b"\0")
    return hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))


def _mac_of_a_mail(secret: bytes, purpose: str, data: bytes) -> bytes:
    """Return what `_mac` does, in a third of the time: a mail needs four of them, and there are millions.

    `hmac.digest` would release the GIL as well, which is dear in a server.
    """
    inner, outer = _keyed(secret, purpose)
    first, second = inner.copy(), outer.copy()
    first.update(data)
    second.update(first.digest())
    return second.digest()


class Keys:
    """The secrets, the newest first: what signs, and all that verify."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or any(len(secret) < 16 for secret in secrets):
            raise ValueError("there must be at least one key, and each must have 16 bytes or more")
        self._secrets = tuple(secrets)

    def sign(self, purpose: str, payload: bytes) -> bytes:
        """Return the 16-byte MAC of *payload* by the newest key."""
        return _mac_of_a_mail(self._secrets[0], purpose, payload)[:MAC]

    def verifies(self, purpose: str, payload: bytes, mac: bytes) -> bool:
        """Return whether *mac* is by any of our keys; every key is tried, so the time tells nothing."""
        good = False
        for secret in self._secrets:
            right = _mac(secret, purpose, payload)[:MAC]
            good = hmac.compare_digest(right, mac) or good
        return good

    def hashes(self, purpose: str, text: str) -> tuple[bytes, ...]:
        """Return the keyed hashes of *text*, the newest key's first: store that one, look for all."""
        data = text.encode()
        return tuple(_mac(secret, purpose, data) for secret in self._secrets)


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """Whom and what a token is about: the newsletter by its mark, and the time where the token holds one."""

    subscriber_id: int
    mark: bytes
    at: datetime | None = None


@lru_cache(maxsize=256)
def newsletter_mark(newsletter: str) -> bytes:
    """Return three bytes that stand for a newsletter's name."""
    return hashlib.sha256(newsletter.encode()).digest()[:3]


def _number(value: int) -> bytes:
    return value.to_bytes(max(3, (value.bit_length() + 7) // 8), "big")


class Links:
    """Makes and reads the links of one site."""

    def __init__(self, keys: Sequence[bytes], site_url: str) -> None:
        self.keys = Keys(keys)
        self.site_url = site_url.rstrip("/")

    def token(self, purpose: str, payload: bytes, *, lower: bool = False) -> str:
        """Return the token of *payload*; *lower* gives the form that may lose its case."""
        data = payload + self.keys.sign(purpose, payload)
        return _base32(data) if lower else _base64(data)

    def read(self, purpose: str, token: str) -> bytes | None:
        """Return the payload of *token*, in either form; None where it is not ours for this purpose."""
        if not token or len(token) > _LONGEST or not token.isascii():
            return None
        found = None
        for data in (_from_base64(token), _from_base32(token)):
            if data is not None and len(data) > MAC and self.keys.verifies(purpose, data[:-MAC], data[-MAC:]):
                found = data[:-MAC]
        return found

    def subscription_token(
        self,
        purpose: str,
        subscriber_id: int,
        newsletter: str,
        *,
        at: datetime | None = None,
        lower: bool = False,
    ) -> str:
        """Return a token about one reader's subscription to *newsletter*, with the time *at* where it expires."""
        time = b"" if at is None else int(at.timestamp()).to_bytes(5, "big")
        return self.token(purpose, newsletter_mark(newsletter) + time + _number(subscriber_id), lower=lower)

    def target(self, purpose: str, token: str, *, timed: bool = False) -> LinkTarget | None:
        """Return whom *token* is about; None where it is not ours for this purpose."""
        payload = self.read(purpose, token)
        head = 8 if timed else 3
        if payload is None or not head + 3 <= len(payload) <= head + 8:
            return None
        at = datetime.fromtimestamp(int.from_bytes(payload[3:8], "big"), UTC) if timed else None
        return LinkTarget(int.from_bytes(payload[head:], "big"), payload[:3], at)

    def unsubscribe(self, subscriber_id: int, newsletter: str) -> str:
        """Return the address that ends a subscription by POST (RFC 8058) and shows a page by GET."""
        return f"{self.site_url}/u/{self.subscription_token(Purpose.UNSUBSCRIBE, subscriber_id, newsletter)}"

    def unsubscribe_mailbox(self, subscriber_id: int, newsletter: str) -> str:
        """Return the local part to which any mail ends a subscription (RFC 2369)."""
        return f"u+{self.subscription_token(Purpose.UNSUBSCRIBE, subscriber_id, newsletter, lower=True)}"

    def preferences(self, subscriber_id: int, newsletter: str) -> str:
        """Return the address of the reader's own settings."""
        return f"{self.site_url}/m/{self.subscription_token(Purpose.PREFERENCES, subscriber_id, newsletter)}"

    def for_reader(self, subscriber_id: int, newsletter: str) -> tuple[str, str, str]:
        """Return what `unsubscribe`, `preferences` and `unsubscribe_mailbox` return, at once: each mail has them."""
        payload = newsletter_mark(newsletter) + _number(subscriber_id)
        out = payload + self.keys.sign(Purpose.UNSUBSCRIBE, payload)
        own = payload + self.keys.sign(Purpose.PREFERENCES, payload)
        return (
            f"{self.site_url}/u/{_base64(out)}",
            f"{self.site_url}/m/{_base64(own)}",
            f"u+{_base32(out)}",
        )

    def confirm(self, subscriber_id: int, newsletter: str, at: datetime) -> str:
        """Return the address that confirms, by POST, a subscription asked for *at*."""
        return (
            f"{self.site_url}/c/{self.subscription_token(Purpose.CONFIRM, subscriber_id, newsletter, at=at)}"
        )

    def personal(self, newsletter: str) -> str:
        """Return the address of the page that says where a reader's own links are."""
        return f"{self.site_url}/personal/{newsletter}"

    def signup(self, newsletter: str) -> str:
        """Return the address of the sign-up page."""
        return f"{self.site_url}/subscribe/{newsletter}"


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_URLSAFE).decode()


def _base32(data: bytes) -> str:
    """Return *data* in lower-case base32 without padding: five bytes at a time are four pairs of letters."""
    whole = data + bytes(-len(data) % 5)
    pairs: list[str] = []
    for at in range(0, len(whole), 5):
        bits = int.from_bytes(whole[at : at + 5], "big")
        pairs += (
            _PAIRS[bits >> 30],
            _PAIRS[bits >> 20 & 1023],
            _PAIRS[bits >> 10 & 1023],
            _PAIRS[bits & 1023],
        )
    return "".join(pairs)[: -(-len(data) * 8 // 5)]


def _from_base64(token: str) -> bytes | None:
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _base64(data) == token else None  # one spelling only: no loose bits at the end


def _from_base32(token: str) -> bytes | None:
    try:
        data = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    return data if _base32(data) == token.lower() else None
