"""Addresses as reports write them: of the recipients that failed, and those that may hold a token of ours."""

import re
from collections.abc import Iterable, Iterator

from digest.delivery.feedback.letter import Letter
from digest.delivery.feedback.mail import Headers

LONGEST = 254  # RFC 5321 4.5.3.1.3
MOST = 60  # of the addresses that may hold a token, and of the Message-IDs

ADDRESS = r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~.-]{1,100}@[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,200}[A-Za-z0-9])?"
FIND = re.compile(ADDRESS)
_FULL = re.compile(  # quoted, of other letters (RFC 6532), at an address literal: where an address stands alone
    r"(?:\"[^\"\n]{1,64}\"|[^\s<>()\[\]:;,\"@\\]{1,100})@(?:\w(?:[\w.-]{0,200}\w)?|\[[\d.:A-Fa-f]{3,45}\])"
)
_ANGLED = re.compile(r"<([^<>\s]{3,254})>")
_TYPED = re.compile(r"\s*([\w.-]{1,40})\s*;\s*(.*)", re.S)
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # RFC 6533 3: utf-8-addr-xtext
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ID = re.compile(r"<([^<>\s]{1,200}@[^<>\s]{1,200})>")
_BARE_ID = re.compile(r"[^<>\s]{3,200}@[^<>\s]{1,200}")
_MAILTO = re.compile(r"mailto:([^\s<>?,]{3,254})", re.I)
_IDS_IN_TEXT = re.compile(
    r"^[ \t>|]{0,8}(?:Message-I[dD]|References|In-Reply-To|Original-Message-I[dD])[ \t]*:[ \t]*(.{0,400})",
    re.M,
)

_RETURN_PATHS = (
    "return-path",
    "x-envelope-from",
    "x-envelope-sender",
    "envelope-from",
    "sender",
    "errors-to",
    "x-mailfrom",
)
_REPORT_TO = (
    "x-original-to",
    "delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "to",
    "cc",
    "resent-to",
)


def cleaned(text: str) -> str | None:
    """Return the one address in *text*, with or without angle brackets; None where there is none."""
    text = text[:1_000].strip().strip("'`")
    if text.startswith('"') and text.endswith('"'):
        text = text[1:-1].strip()
    angled = _ANGLED.search(text)
    found = _FULL.fullmatch(angled[1] if angled else text) or FIND.search(text)
    if found is None:
        return None
    address = found[0].rstrip(".-")
    if not address.isprintable():
        return None
    return (
        address
        if len(address) <= LONGEST
        and address[0] != "."
        and "..." not in address
        and address.partition("@")[2]
        else None
    )


def typed(value: str) -> str | None:
    """Return the address of a recipient field ("rfc822; a@b", "utf-8; ü@b"): RFC 3464 2.3.1, RFC 6533 3."""
    found = _TYPED.match(value)
    kind, rest = (found[1].lower(), found[2]) if found else ("rfc822", value)
    if kind == "utf-8":
        rest = _HEX.sub(_letter, rest)
    elif kind == "rfc822" and "+40" in rest and "@" not in rest:
        rest = _XTEXT.sub(lambda hexed: chr(int(hexed[1], 16)), rest)
    elif kind in ("x400", "x-x400"):
        dda = re.search(r"(?:DDA:)?SMTP=([^;/]{3,200})", rest, re.I)
        rest = dda[1].replace("(a)", "@") if dda else rest
    return cleaned(rest.replace("\\;", ";"))


def _letter(found: "re.Match[str]") -> str:
    number = int(found[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""


def addressed(letter: Letter, to: str) -> tuple[str, ...]:
    """Return the addresses that may hold a token of ours, in the order of how far they can be trusted."""
    return tuple(dict.fromkeys(_first(_addressed(letter, to))))


def _first(found: Iterable[str]) -> Iterator[str]:
    for number, address in enumerate(found):
        if number >= MOST * 4:
            return
        yield address


def _addressed(letter: Letter, to: str) -> Iterator[str]:
    yield from FIND.findall(to[:1_000])
    for mail in letter.returned[:3]:
        yield from _of(mail, _RETURN_PATHS)
    if letter.feedback:
        yield from _of(letter.feedback, ("original-mail-from",))
    for group in letter.status[:20]:
        yield from _of(group, ("x-postfix-sender", "original-envelope-id", "x-original-mail-from"))
    yield from _of(letter.mail.headers, _REPORT_TO)
    for mail in letter.returned[:3]:
        for value in mail.get("list-unsubscribe", [])[:3]:
            yield from _MAILTO.findall(value)
    if letter.feedback:
        yield from _of(letter.feedback, ("removal-recipient", "original-rcpt-to"))
    yield from FIND.findall(letter.returned_text[:4_000])[:20]


def _of(headers: Headers, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for value in headers.get(name, [])[:10]:
            yield from FIND.findall(value[:4_000])[:20]


def message_ids(letter: Letter) -> tuple[str, ...]:
    """Return the Message-IDs of the returned mail, without angle brackets: its own first."""
    return tuple(list(dict.fromkeys(_message_ids(letter)))[:MOST])


def _message_ids(letter: Letter) -> Iterator[str]:
    for mail in letter.returned[:3]:
        yield from _ids(mail.get("message-id", []))
    for group in letter.status[:20]:
        yield from _ids(group.get("x-original-message-id", []))
    yield from _ids(_IDS_IN_TEXT.findall(letter.words)[:10])
    yield from _ids(_IDS_IN_TEXT.findall(letter.returned_text)[:10])
    yield from _ids(letter.mail.headers.get("x-original-message-id", []))
    yield from _ids(letter.mail.headers.get("in-reply-to", []))
    yield from _ids(letter.mail.headers.get("references", []))


def _ids(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        found = _ID.findall(value[:4_000])
        if found:
            yield from found[-20:]
        elif bare := _BARE_ID.search(value):
            yield bare[0]
