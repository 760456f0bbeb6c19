"""Header lines, ready for the wire: RFC 5322, encoded by RFC 2047 on characters, folded where that is safe.

The standard library drops blanks where it folds long subjects, and turns long List-Unsubscribe addresses
into encoded words, which no mailbox provider reads; so what a mail needs is written here. Whatever comes in,
no control character goes out.
"""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date as date_type
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from digest.config.domains import ascii_domain
from digest.config.schema import Newsletter, Site
from digest.messages.template_context import signup_url
from digest.messages.text import line
from digest.model import Composition

WORD = 75  # of an encoded word, RFC 2047, 2
COLUMNS = 76  # of a line that holds one
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_QUOTED = str.maketrans({'"': '\\"', "\\": "\\\\"})
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^@\s<>()\[\],;:\\\"\x00-\x1f\x7f]+")
_URL = re.compile(r"(?:https?://|mailto:)[!-;=?-~]+")


def header(name: str, value: str) -> bytes:
    """Return one header field with its line end; *value* is encoded already where it has to be."""
    return f"{name}: {value}\r\n".encode()


def unstructured(name: str, text: str) -> bytes:
    """Return the field *name* with free *text*, folded by words, or by characters where it is encoded."""
    text = line(text)
    words = text.split(" ")
    if not text.isascii() or "=?" in text or max(map(len, words)) > COLUMNS - 2 - len(name):
        return header(name, "\r\n ".join(_encoded(text, len(name) + 2)))
    lines, room = [""], 78 - len(name) - 2
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = 77
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return header(name, "\r\n ".join(lines))


def mailbox(field: str, name: str, address: str) -> bytes:
    """Return the field *field* with one mailbox; raise ValueError where *address* is none.

    *address* is as `deliverable` gives it.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{field}: this is no mail address that can stand in a header")
    if not name or not _ATOMS.fullmatch(name) or "  " in name or " " in (name[0], name[-1]):
        name = line(name)
    if not name:
        return header(field, address)
    if name.isascii() and "=?" not in name:
        quoted = name if _ATOMS.fullmatch(name) else f'"{name.translate(_QUOTED)}"'
        if len(quoted) + len(field) + len(address) < 74:  # with ": ", " <" and ">" a line of 78 at most
            return header(field, f"{quoted} <{address}>")
    return header(field, "\r\n ".join([*_encoded(name, len(field) + 2), f"<{address}>"]))


def deliverable(address: str) -> tuple[str, bool]:
    """Return *address* with its domain in A-labels, and whether its local part needs SMTPUTF8 (RFC 6531).

    Raises ValueError where the domain is none.
    """
    if address.isascii():
        return address, False
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = ascii_domain(domain)
    return f"{local}@{domain}", not local.isascii()


def message_ids(edition: Composition, domain: str, key: bytes) -> Callable[[int], str]:
    """Return what gives the Message-ID of a subscriber's mail: the same whenever it is made again."""
    return message_ids_by(key, edition.newsletter, edition.date, edition.id, edition.revision, domain)


def message_ids_by(
    key: bytes, newsletter: str, day: date_type, edition: int, revision: int, domain: str
) -> Callable[[int], str]:
    """Return the same by what is in it.

    The numbers say which row it was. The hash keeps two databases of one newsroom apart; it is keyed, so that whoever
    has one mail cannot name another reader's.
    """
    row = f"{edition}.{revision}."
    begun = hashlib.blake2b(f"{newsletter}/{day}/{row}".encode(), key=key, digest_size=8)

    def of(subscriber: int) -> str:
        mark = begun.copy()
        mark.update(b"%d" % subscriber)
        return f"<{row}{subscriber}.{mark.hexdigest()}@{domain}>"

    return of


def domain_of(newsletter: Newsletter) -> str:
    """Return our domain, in A-labels: what follows the @ in From."""
    return newsletter.sender.domain


def identity(message_id: str) -> bytes:
    """Return the Message-ID field; raise ValueError where *message_id* has not the form `<left@right>`."""
    if not re.fullmatch(r"<[!-;=?A-~]+@[!-;=?A-~]+>", message_id):
        raise ValueError("a Message-ID has the form <left@right>")
    return header("Message-ID", message_id)


def language(tag: str) -> bytes:
    """Return the Content-Language field."""
    return header("Content-Language", re.sub(r"[^A-Za-z0-9-]", "", tag) or "en")


@lru_cache(maxsize=64)
def date(moment: datetime) -> bytes:
    """Return the Date field."""
    return header("Date", format_datetime(moment))


def unsubscribe(url: str, mailto: str = "") -> bytes:
    """Return List-Unsubscribe, one unfolded line, and List-Unsubscribe-Post where it may stand.

    RFC 8058 wants an https address, and comes first. A site on plain http (a trial on one machine) gets no
    one-click field, and its mailto address, which a provider can use, goes first.
    """
    for one in (url, mailto):
        if one and not _URL.fullmatch(one):
            raise ValueError("List-Unsubscribe: this is no http or mailto address")
    if not url.startswith("https://"):
        given = ", ".join(f"<{one}>" for one in (mailto, url) if one)
        return header("List-Unsubscribe", given)
    given = ", ".join(f"<{one}>" for one in (url, mailto) if one)
    return header("List-Unsubscribe", given) + b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def same_for_all(
    newsletter: Newsletter, edition: Composition, site: Site, subject: str, content_type: str
) -> tuple[bytes, ...]:
    """Return the header lines that every reader's mail has, in order."""
    sender, domain = newsletter.sender, domain_of(newsletter)
    reply_to = sender.reply_to
    owner = deliverable(sender.owner or sender.reply_to or sender.address)[0]
    signup, name = signup_url(site, edition.newsletter), edition.newsletter
    feedback = f"{edition.date:%Y%m%d}:{name}:digest:{_sender_id(newsletter, domain)}"
    return (
        mailbox("From", sender.name or newsletter.title, deliverable(sender.address)[0]),
        *([mailbox("Reply-To", "", deliverable(reply_to)[0])] if reply_to else []),
        unstructured("Subject", subject),
        header("List-Id", _list_id(newsletter, domain)),
        header("List-Help", f"<mailto:{owner}?subject=help>"),
        header("List-Subscribe", f"<{signup}>"),
        header("List-Owner", f"<mailto:{owner}>"),
        *_archive(newsletter, site),
        b"List-Post: NO\r\n",
        header("Feedback-ID", feedback),
        b"Precedence: bulk\r\n",
        b"X-Auto-Response-Suppress: All\r\n",
        language(newsletter.language),
        b"MIME-Version: 1.0\r\n",
        header("Content-Type", content_type),
    )


def _archive(newsletter: Newsletter, site: Site) -> tuple[bytes, ...]:
    """Return List-Archive (RFC 2369) where there is an archive to lead to."""
    return (
        (header("List-Archive", f"<{site.url}/archive/{newsletter.name}>"),)
        if newsletter.archive == "public"
        else ()
    )


def _list_id(newsletter: Newsletter, domain: str) -> str:
    """Return `Name <daily.example.org>`; the name only where it is plain: an encoded one confuses filters."""
    place = line(newsletter.sender.list_id) or f"{newsletter.name}.{domain}"
    title = line(newsletter.title)
    plain = _ATOMS.fullmatch(title) and "=?" not in title and len(title) + len(place) < 60
    return f"{title} <{place}>" if plain else f"<{place}>"


def _sender_id(newsletter: Newsletter, domain: str) -> str:
    own = re.sub(r"[^A-Za-z0-9]", "", newsletter.sender.feedback_id)
    return (own or re.sub(r"[^a-z0-9]", "", domain.lower()))[:15].ljust(5, "0")


# ---------------------------------------------------------------------------- encoded words


def _encoded(text: str, used: int) -> list[str]:
    """Return *text* as encoded words that fit a line each, the first after *used* columns."""
    encode = min((_q, _b), key=lambda way: len(way(text.encode())))
    words, held = list[str](), b""
    for cluster in _clusters(text):
        raw = cluster.encode("utf-8", "replace")
        room = min(WORD, COLUMNS - (used if not words else 1))
        if held and len(encode(held + raw)) > room:
            words.append(encode(held))
            held = b""
        held += raw
    return [*words, encode(held)]


def _clusters(text: str) -> Iterator[str]:
    """Yield the characters of *text*, each with the marks that belong to it (20 bytes at most)."""
    held = ""
    for mark in text:
        if held and not (_joins(held, mark) and len(held.encode()) <= 20):
            yield held
            held = ""
        held += mark
    yield held


def _joins(held: str, mark: str) -> bool:
    selector = "\ufe00" <= mark <= "\ufe0f"
    return selector or bool(unicodedata.combining(mark)) or "\u200d" in (mark, held[-1])


def _q(raw: bytes) -> str:
    said = "".join("_" if code == 32 else chr(code) if code in _SAFE else f"={code:02X}" for code in raw)
    return f"=?utf-8?q?{said}?="


def _b(raw: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(raw).decode()}?="


def names_of(newsletter: Newsletter) -> frozenset[str]:
    """Return the addresses and domains that are ours in a mail of *newsletter*: a server that names one means us."""
    sender = newsletter.sender
    found = {sender.address, domain_of(newsletter), sender.bounce_domain, sender.reply_to or ""}
    return frozenset(name.lower() for name in found if name)
