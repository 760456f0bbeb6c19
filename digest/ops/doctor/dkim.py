"""DKIM: the selector resolves, the record is our key's, and a probe that we sign verifies with it."""

import base64
import binascii
from collections.abc import Iterator
from functools import partial
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from digest.messages.dkim import LEAST_BITS, Key, Public, record
from digest.ops import records
from digest.ops.doctor import Grade, Line, Setup
from digest.ops.doctor._tree import tags

PLACE = 2
PROBE = b"a probe that only the holder of the key can sign"
_line = partial(Line, "dkim")


def look(setup: Setup) -> Iterator[Line]:
    """Yield a line for each key of ours, and what can be seen of a relay's."""
    if setup.lost:
        yield _line(setup.signing, Grade.RED, setup.lost)
    elif setup.ours and not setup.keys:
        words = 'a relay says dkim = "ours", and there is no key to sign with'
        yield _line(setup.signing, Grade.RED, words, f"digest dkim new {setup.name}")
    for key in setup.keys:
        yield _ours(setup, key)
    if setup.keys and not setup.ours:
        words = "there is a key, and no relay leaves the signature to us"
        yield _line(setup.signing, Grade.AMBER, words, 'dkim = "ours"')
    if not setup.ours:
        yield from _relays(setup)


def _ours(setup: Setup, key: Key) -> Line:
    text, words, grade = _fetched(setup, key.name)
    paste = records.txt(key.name, record(key.private.public_key()))
    if words:
        return _line(key.name, grade, words, paste if grade is Grade.RED else "")
    try:
        public = _public(text)
    except ValueError as problem:
        return _line(key.name, Grade.RED, str(problem), paste)
    if not _verifies(key, public):
        return _line(key.name, Grade.RED, "holds another key: what we sign does not verify with it", paste)
    return _worth(key.name, text, public)


def _relays(setup: Setup) -> Iterator[Line]:
    """What the relay's own signature can be judged by: its selector, where the configuration names it."""
    selector = setup.newsletter.dkim.selector
    if setup.keys or setup.lost:
        return
    if not selector:
        words = "the relay signs; which key, cannot be seen from here: send a test to yourself and look for dkim=pass"
        yield _line(setup.signing, Grade.AMBER, words, "or name the relay's selector: dkim.selector")
        return
    name = f"{selector}._domainkey.{setup.signing}"
    text, words, grade = _fetched(setup, name)
    try:
        yield _line(name, grade, words) if words else _worth(name, text, _public(text))
    except ValueError as problem:
        yield _line(name, Grade.RED, str(problem))


def _fetched(setup: Setup, name: str) -> tuple[str, str, Grade]:
    """Return the record at *name*, or what is wrong with it."""
    found = setup.names.ask(name, "TXT")
    if found.fault:
        return "", f"the DNS could not be asked: {found.fault}", Grade.AMBER
    if len(found.records) != 1:
        count = len(found.records)
        words = (
            f"has {count} records, there may be one"
            if count
            else "has no record: nobody can verify our mails"
        )
        return "", words, Grade.RED
    return found.records[0], "", Grade.GREEN


def _public(text: str) -> Public:
    """Return the key in a record (RFC 6376, 3.6.1); raise ValueError in words."""
    read = tags(text)
    if read.get("v", "DKIM1") != "DKIM1" or ("v" in read and next(iter(read)) != "v"):
        raise ValueError("does not begin with v=DKIM1")
    if not read.get("p"):
        raise ValueError("has an empty p=: the key is revoked")
    if "h" in read and "sha256" not in read["h"].split(":"):
        raise ValueError(f"allows only {read['h']}, and we sign with sha256")
    if not {"*", "email"} & set(read.get("s", "*").split(":")):
        raise ValueError(f"is meant for {read['s']} and not for mail")
    try:
        data = base64.b64decode("".join(read["p"].split()), validate=True)
        public = (
            Ed25519PublicKey.from_public_bytes(data)
            if read.get("k") == "ed25519"
            else load_der_public_key(data)
        )
    except (binascii.Error, ValueError):
        raise ValueError("has a p= that is no key; was it cut when it was pasted?") from None
    if not isinstance(public, RSAPublicKey | Ed25519PublicKey):
        raise ValueError("holds a key of a kind that DKIM does not know")
    return public


def _verifies(key: Key, public: Public) -> bool:
    """Sign and verify a probe."""
    private = key.private
    try:
        if isinstance(private, RSAPrivateKey) and isinstance(public, RSAPublicKey):
            public.verify(private.sign(PROBE, PKCS1v15(), SHA256()), PROBE, PKCS1v15(), SHA256())
        elif isinstance(private, Ed25519PrivateKey) and isinstance(public, Ed25519PublicKey):
            public.verify(private.sign(sha256(PROBE).digest()), sha256(PROBE).digest())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _worth(name: str, text: str, public: Public) -> Line:
    if isinstance(public, RSAPublicKey) and public.key_size < LEAST_BITS:
        words = f"has {public.key_size} bits; mailbox providers want {LEAST_BITS}"
        return _line(name, Grade.RED, words)
    if "y" in tags(text).get("t", "").split(":"):
        return _line(name, Grade.AMBER, "says t=y, testing: receivers may treat our mails as unsigned")
    kind = f"RSA, {public.key_size} bits" if isinstance(public, RSAPublicKey) else "Ed25519"
    return _line(name, Grade.GREEN, f"{kind}, resolves and verifies")
