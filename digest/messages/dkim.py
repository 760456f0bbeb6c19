"""DKIM (RFC 6376): our own signature over a mail, RSA first, a second one by Ed25519 where there is a key.

Relaxed/relaxed, no `l=`. A body chunk is its canonical form already (see `quoted_printable`), so it is only
hashed; header lines that all readers share are made canonical once. What is left for each mail are its own four
lines, the hash, and the signature itself, in which the interpreter's lock is free: sign in several threads.
"""

import base64
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from digest.errors import DeliveryError

Private = RSAPrivateKey | Ed25519PrivateKey
Public = RSAPublicKey | Ed25519PublicKey
Sign = Callable[[Sequence[bytes], Sequence[bytes]], bytes]  # header lines, body chunks -> header fields

LEAST_BITS = 2048  # RFC 8301 demands 1024 and advises 2048; mailbox providers have begun to insist
OVERSIGNED = (
    "from",
    "to",
    "subject",
    "date",
)  # named once more than they stand: a second one breaks the seal
SIGNED = tuple(
    name.encode()
    for name in (
        *OVERSIGNED,
        "message-id",
        "reply-to",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "list-unsubscribe",  # RFC 8058 demands this one and the next
        "list-unsubscribe-post",
        "list-id",
        "feedback-id",
    )
)
NEVER_LEFT_OUT = frozenset({"from", "list-unsubscribe", "list-unsubscribe-post"})
COLUMNS = 72

_OVERSIGNED = frozenset(name.encode() for name in OVERSIGNED)
_BLANKS = re.compile(rb"[ \t]+")
_RSA = (padding.PKCS1v15(), SHA256())
_Lead = tuple[Private, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and where its public half is published: `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    private: Private

    @property
    def name(self) -> str:
        """The name of its DNS record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def algorithm(self) -> str:
        """The value of `a=`."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"


class Signer:
    """Signs mails by each of *keys*. *leave* names fields that a relay rewrites; *static* are lines all share."""

    def __init__(
        self, keys: Sequence[Key], *, leave: Collection[str] = (), static: Sequence[bytes] = ()
    ) -> None:
        self.left = frozenset(name.lower() for name in leave) - NEVER_LEFT_OUT
        self.keys = tuple(keys)
        self.static = tuple(static)
        self._covers = frozenset(SIGNED) - {name.encode() for name in self.left}
        shared = [pair for pair in relaxed(self.static) if pair[0] in self._covers]
        self._shared = b"".join(text for _, text in shared)
        self._shared_names = tuple(name for name, _ in shared)

    def at(self, moment: datetime) -> Sign:
        """Return what signs, with the time *moment* in `t=`: (header lines, body chunks) -> header fields."""
        time = int(moment.timestamp())
        leads = [_lead(key, time) for key in self.keys]
        return lambda lines, chunks: self._signed(leads, lines, chunks)

    def _signed(self, leads: list[_Lead], lines: Sequence[bytes], chunks: Sequence[bytes]) -> bytes:
        """Return a field for each key. The lines begin with those that all share, or have none of them."""
        names, parts = self._shared_names, [self._shared]
        if tuple(lines[: len(self.static)]) != self.static:
            raise DeliveryError(
                "the mail does not begin with the lines it was to share", where="the signature"
            )
        own = [pair for pair in relaxed(lines[len(self.static) :]) if pair[0] in self._covers]
        parts += [text for _, text in own]
        h = _listed(names + tuple(name for name, _ in own), self._covers)
        bh, covered = base64.b64encode(_body(chunks)), b"".join(parts)
        return b"".join([_field(lead, h, bh, covered) for lead in leads])


def relaxed(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the relaxed form (RFC 6376, 3.4.2) of each field in *lines*, which may hold several."""
    for line in lines:
        whole = line.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
        for field in whole.removesuffix(b"\r\n").split(b"\r\n"):
            name, _, value = field.partition(b":")
            if b"  " in value or b"\t" in value:
                value = _BLANKS.sub(b" ", value)
            name = name.rstrip(b" \t").lower()
            yield name, b"%b:%b\r\n" % (name, value.strip(b" "))


def private_key(pem: bytes) -> Private:
    """Return the key in *pem*; raise ValueError where it is none, or none that DKIM knows."""
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm) as problem:  # TypeError: it is encrypted
        raise ValueError(str(problem)) from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("DKIM knows RSA and Ed25519 keys only")
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_BITS:
        raise ValueError(f"the key has {key.key_size} bits; mailbox providers want {LEAST_BITS}")
    return key


def record(public: Public) -> str:
    """Return the text of the DNS record (RFC 6376, 3.6.1; RFC 8463, 4.2)."""
    if isinstance(public, Ed25519PublicKey):
        return f"v=DKIM1; k=ed25519; p={_base64(public.public_bytes_raw())}"
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={_base64(der)}"


def _lead(key: Key, time: int) -> _Lead:
    """Return *key*'s half of the field that is the same for many mails, folded and relaxed."""
    lines = (
        f"v=1; a={key.algorithm}; c=relaxed/relaxed;",
        f" d={key.domain}; s={key.selector};",
        f" t={time};",
    )
    return key.private, "\r\n".join(lines).encode(), "".join(lines).encode()


def _field(lead: _Lead, h: tuple[bytes, bytes], bh: bytes, covered: bytes) -> bytes:
    private, folded, flat = lead
    signature = _signature(private, b"%bdkim-signature:%b%b; bh=%b; b=" % (covered, flat, h[1], bh))
    text = base64.b64encode(signature)
    cut = b"\r\n ".join([text[at : at + COLUMNS] for at in range(0, len(text), COLUMNS)])
    return b"DKIM-Signature: %b%b;\r\n bh=%b;\r\n b=%b\r\n" % (folded, h[0], bh, cut)


def _body(chunks: Sequence[bytes]) -> bytes:
    """Return the hash of the body; its end is made canonical, the rest is."""
    if not chunks or chunks[-1][-2:] != b"\r\n" or chunks[-1][-4:] in (b"\r\n\r\n", b"\r\n"):
        body = b"".join(chunks).rstrip(b"\r\n")
        return sha256(body + b"\r\n" if body else b"").digest()
    return sha256(b"".join(chunks)).digest()  # one call: each update would let go of the interpreter's lock


def _signature(private: Private, data: bytes) -> bytes:
    if isinstance(private, RSAPrivateKey):
        return private.sign(data, *_RSA)
    return private.sign(sha256(data).digest())  # RFC 8463, 3: the hash is signed, not the text


@lru_cache(maxsize=64)
def _listed(names: tuple[bytes, ...], covers: frozenset[bytes]) -> tuple[bytes, bytes]:
    """Return `h=` folded, and in its relaxed form. What is missing of the oversigned must not be added either."""
    twice = {name for name in names if names.count(name) > 1}
    if twice or b"from" not in names:
        what = f"occurs twice: {b', '.join(twice).decode()}" if twice else "has no From"
        raise DeliveryError(f"the mail's head {what}", where="the signature")
    lines = [b" h="]
    for name in (*names, *(name for name in SIGNED if name in _OVERSIGNED & covers)):
        if len(lines[-1]) + len(name) > COLUMNS:
            lines.append(b" ")
        lines[-1] += name + b":"
    folded = b"\r\n" + b"\r\n".join(lines).removesuffix(b":")
    return folded, folded.replace(b"\r\n", b"")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
