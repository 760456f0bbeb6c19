"""DKIM signatures, judged by dkimpy: what we send verifies, and verifies no more once a byte is changed."""

import base64
import re
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import dkim as oracle
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from dkim.canonicalization import Relaxed
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import DeliveryError
from digest.messages import dkim, headers, personal, system
from digest.model import Message, Recipient
from tests.messages import sample
from tests.messages.test_compile import LINKS, both

DOMAIN = "news.harbour.example"
RSA, ED = generate_private_key(65537, 2048), Ed25519PrivateKey.generate()
KEYS = (dkim.Key(DOMAIN, "digest-202603", RSA), dkim.Key(DOMAIN, "digest-202603-ed", ED))
RECORDS = {f"{key.name}.": dkim.record(key.private.public_key()) for key in KEYS}
_, VARIANT, PREPARED = both()


class _VerifyKey:
    """What dkimpy wants of PyNaCl, by the library that we have."""

    def __init__(self, key: bytes, encoder: object) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    def verify(self, data: bytes, signature: bytes) -> bytes:
        self._key.verify(signature, data)
        return data


@pytest.fixture(autouse=True)
def nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    made: Any = ModuleType("nacl")
    made.signing, made.encoding = SimpleNamespace(VerifyKey=_VerifyKey), SimpleNamespace(Base64Encoder=None)
    made.exceptions = SimpleNamespace(BadSignatureError=InvalidSignature, ValueError=ValueError)
    monkeypatch.setitem(sys.modules, "nacl", made)
    monkeypatch.setattr(oracle, "nacl", made, raising=False)


def verified(content: bytes) -> list[bool]:
    """What dkimpy says of each signature."""
    count = len(re.findall(rb"(?im)^DKIM-Signature:", content.split(b"\r\n\r\n")[0]))

    def ask(name: bytes, timeout: int = 5) -> bytes:
        return RECORDS[name.decode()].encode()

    found = []
    for index in range(count):
        try:
            found.append(bool(oracle.DKIM(content).verify(index, dnsfunc=ask)))
        except oracle.DKIMException:
            found.append(False)
    return found


SIGNER = dkim.Signer(KEYS, static=PREPARED.lines)


def sent(signer: dkim.Signer = SIGNER, links: dict[str, str] = LINKS, **reader: Any) -> Message:
    recipient = replace(Recipient(subscriber=7, address="dana@example.org", name="Dana"), **reader)
    sign = signer.at(sample.NOW)
    return personal.message(
        PREPARED, recipient, delivery=1, sender="b+x@b.example", date=sample.NOW, links=links, sign=sign
    )


def tags(content: bytes, index: int = 0) -> dict[str, str]:
    fields = re.findall(rb"DKIM-Signature: ((?:[^\r]|\r\n )*)\r\n(?! )", content)
    text = re.sub(r"\s", "", fields[index].decode())
    return dict(part.split("=", 1) for part in text.split(";"))


def test_both_signatures_verify() -> None:
    assert verified(sent().content) == [True, True]


def test_the_signature_says_what_bulk_senders_must_say() -> None:
    read = tags(sent().content)
    assert (read["v"], read["a"], read["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (read["d"], read["s"]) == (DOMAIN, "digest-202603")
    assert read["t"] == str(int(sample.NOW.timestamp()))
    assert "l" not in read
    covered = read["h"].split(":")
    for twice in ("from", "to", "subject", "date"):
        assert covered.count(twice) == 2
    assert set(covered) >= {
        "message-id",
        "mime-version",
        "content-type",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-id",
        "feedback-id",
    }
    assert tags(sent().content, 1)["a"] == "ed25519-sha256"


def test_its_lines_are_short_and_come_before_all_others() -> None:
    head = sent().content.split(b"\r\nFrom: ")[0]
    assert head.startswith(b"DKIM-Signature: ")
    assert max(map(len, head.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"\r\nSubject: ", b"\r\nSubject: No: "),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"\r\nDate: ", b"\r\nDate: Mon, "),
        (b"\r\nMIME-Version: ", b"\r\nSubject: a second\r\nMIME-Version: "),
        (b"\r\nMIME-Version: ", b"\r\nFrom: a@second.example\r\nMIME-Version: "),
        (b"quay street", b"Key Street"),
        (b"--\r\n", b"--\r\nmore\r\n"),
        (b"\r\nList-Id: ", b"\r\nList-Id: x"),
    ],
)
def test_a_changed_byte_breaks_both(was: bytes, now: bytes) -> None:
    content = sent().content
    at = content.rindex(was) if was == b"--\r\n" else content.lower().index(was.lower())
    assert verified(content[:at] + now + content[at + len(was) :]) == [False, False]


def test_a_relay_may_fold_and_space_anew() -> None:
    content = (
        sent()
        .content.replace(b"\r\nSubject: ", b"\r\nSUBJECT:  \t ", 1)
        .replace(b"\r\n\r\n", b"  \r\n\r\n", 1)
    )
    assert verified(b"Received: from x\r\n by y\r\n" + content + b"\r\n\r\n") == [True, True]


def test_what_a_relay_rewrites_is_left_out_but_never_the_sender() -> None:
    signer = dkim.Signer(KEYS, leave=["Message-ID", "DATE", "From"], static=PREPARED.lines)
    content = sent(signer).content
    covered = tags(content)["h"].split(":")
    assert not {"message-id", "date"} & set(covered)
    assert covered.count("from") == 2
    changed = re.sub(
        rb"\r\nDate: [^\r]*",
        b"\r\nDate: later",
        re.sub(rb"\r\nMessage-ID: [^\r]*", b"\r\nMessage-ID: <its@own>", content),
    )
    assert changed != content
    assert verified(changed) == [True, True]


def test_without_https_there_is_no_one_click_to_sign() -> None:
    content = sent(links={**LINKS, "unsubscribe_url": "http://127.0.0.1/u/x"}).content
    assert "list-unsubscribe-post" not in tags(content)["h"]
    assert verified(content) == [True, True]


def test_every_mask_is_signed_with_its_own_body() -> None:
    bodies = set()
    for keep in (None, frozenset(), frozenset({"city"}), frozenset({"politics", "world"})):
        for subscriber in (7, 8):
            content = sent(sections=keep, subscriber=subscriber).content
            assert verified(content) == [True, True]
            bodies.add(tags(content)["bh"])
    assert len(bodies) == 4


def test_a_body_is_its_own_canonical_form() -> None:
    body = sent().content.partition(b"\r\n\r\n")[2]
    assert Relaxed.canonicalize_body(body) == body


NAMES = st.text(st.sampled_from('אבגדה שלום"\\,;:<>()@ éü漢字 👩‍🚀 aZ09.=?_\t'), max_size=120)


@settings(max_examples=60, deadline=None)
@given(
    name=NAMES,
    address=st.sampled_from(["a@b.example", "x" * 64 + "@" + "y" * 60 + ".example", "דנה@דואר.example"]),
    token=st.text("abcXYZ019-_", max_size=300),
)
def test_any_reader_s_mail_verifies(name: str, address: str, token: str) -> None:
    links = {
        **LINKS,
        "unsubscribe_url": f"https://n.example/u/{token}",
        "view_url": f"https://n.example/v/{token}",
    }
    assert verified(sent(links=links, name=name, address=address).content) == [True, True]


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=400),
    html=st.none() | st.text(max_size=400),
    subject=st.text(max_size=200),
    name=NAMES,
)
def test_any_system_mail_verifies(text: str, html: str | None, subject: str, name: str) -> None:
    content = system.mail(
        system.Header(
            sender=f"morning@{DOMAIN}",
            to="dana@example.org",
            subject=subject,
            message_id=f"<a@{DOMAIN}>",
            date=sample.NOW,
            sender_name=name,
        ),
        text,
        html,
        sign=dkim.Signer(KEYS).at(sample.NOW),
    )
    assert verified(content) == [True, True]


BODIES = [
    [],
    [b""],
    [b"\r\n"],
    [b"\r\n\r\n"],
    [b"a\r\n", b"\r\n"],
    [b"a", b"b"],
    [b"a\r\n"],
    [b"a\r\n\r\n\r\n"],
    [b"x" * 5000, b"\r\nb\r\n"],
]


@pytest.mark.parametrize("chunks", BODIES, ids=repr)
def test_the_end_of_a_body_is_made_canonical(chunks: list[bytes]) -> None:
    lines = (b"From: a@b.example\r\n", b"Subject: \r\n")
    for _ in range(2):
        content = b"".join((SYSTEM.at(sample.NOW)(lines, chunks), *lines, b"\r\n", *chunks))
        assert verified(content) == [True, True]


SYSTEM = dkim.Signer(KEYS)
BLANKS = st.sampled_from(["", " ", "  ", "\t", "\r\n ", "\r\n\t", " \r\n \t"])


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(st.tuples(BLANKS, st.text("abc:;=é", min_size=1, max_size=9)), max_size=6),
    end=st.sampled_from(["", " ", "\t "]),
)
def test_header_lines_are_made_canonical_as_dkimpy_does(parts: list[tuple[str, str]], end: str) -> None:
    value = "".join(blank + word for blank, word in parts).encode() + end.encode()
    line = b"X-Some-Name:" + value + b"\r\n"
    ((name, text),) = dkim.relaxed([line])
    wanted = Relaxed.canonicalize_headers([(b"X-Some-Name", value + b"\r\n")])
    assert [(name, text.partition(b":")[2])] == wanted


def test_two_fields_in_one_chunk_are_two() -> None:
    chunk = headers.unsubscribe("https://n.example/u/x", "mailto:u@n.example")
    assert [name for name, _ in dkim.relaxed([chunk])] == [b"list-unsubscribe", b"list-unsubscribe-post"]


def test_a_mail_with_two_senders_or_none_is_not_signed() -> None:
    sign = SYSTEM.at(sample.NOW)
    with pytest.raises(DeliveryError, match="occurs twice: from"):
        sign((b"From: a@b.example\r\n", b"FROM: c@d.example\r\n"), (b"x\r\n",))
    with pytest.raises(DeliveryError, match="no From"):
        sign((b"To: a@b.example\r\n",), (b"x\r\n",))
    with pytest.raises(DeliveryError, match="lines it was to share"):
        SIGNER.at(sample.NOW)((b"From: a@b.example\r\n",), (b"x\r\n",))


def pem(key: Any, encryption: Any = None) -> bytes:
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return made


def test_keys_come_from_pem_and_bad_ones_are_refused_in_words() -> None:
    read = dkim.private_key(pem(RSA))
    assert dkim.record(read.public_key()) == dkim.record(RSA.public_key())
    assert isinstance(dkim.private_key(pem(ED)), Ed25519PrivateKey)
    with pytest.raises(ValueError, match="1024 bits"):
        dkim.private_key(pem(generate_private_key(65537, 1024)))
    with pytest.raises(ValueError, match="RSA and Ed25519"):
        dkim.private_key(pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(ValueError):
        dkim.private_key(b"nonsense")
    with pytest.raises(ValueError):
        dkim.private_key(pem(RSA, BestAvailableEncryption(b"x")))


def test_the_time_is_that_of_the_moment() -> None:
    at = datetime(2030, 1, 2, tzinfo=UTC)
    field = SYSTEM.at(at)((b"From: a@b.example\r\n",), (b"x\r\n",))
    assert b" t=%d;" % at.timestamp() in field


def test_other_threads_go_on_while_rsa_signs() -> None:
    """All cores can sign only if the interpreter's lock is free meanwhile: nobody is ever asked to let go of it."""
    turns, stop, before = [0], threading.Event(), sys.getswitchinterval()

    def other() -> None:
        while not stop.is_set():
            turns[0] += 1
            time.sleep(0)

    worker = threading.Thread(target=other)
    sys.setswitchinterval(1000)
    try:
        worker.start()
        began = turns[0]
        for _ in range(100):
            dkim._signature(RSA, b"x" * 1200)
        passed = turns[0] - began
    finally:
        sys.setswitchinterval(before)
        stop.set()
        worker.join()
    assert passed >= 50
