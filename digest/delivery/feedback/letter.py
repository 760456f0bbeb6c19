"""The pieces of a mail that came back: what a person reads, the machine's parts, and the mail that it returns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.delivery.feedback.mail import Headers, Part, header_block
from digest.delivery.feedback.phrases import any_of

STATUS = ("message/delivery-status", "message/global-delivery-status")
RETURNED = (
    "message/rfc822",
    "message/global",
    "message/partial",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)
LONGEST = 16_000  # characters of what a person reads; a report says what failed at its beginning
MOST_GROUPS = 500
MOST_ALIKE = 80  # signs of a kind in a row

# Where the returned mail begins in a report that has no parts: a line that says so, or headers only a mail has.
_CUT = any_of(
    r"^[ \t|*>]*(?:-{2,}|={3,}|\+{3,}|\*{3,})[ \t]*(?:\(?(?:begin|start)\b|below this line|the header|body of|copy of"
    r"|(?:this|here|included|enclosed|attached)\b.{0,20}\b(?:copy|message|header)"
    r"|(?:the )?(?:original|returned|unsent|undelivered|forwarded|rejected|bounced)\b.{0,20}"
    r"\b(?:message|mail|header|text)"
    r"|(?:the )?(?:message|mail|header)s?\b.{0,30}\b(?:follow|header|text|returned|copy|content|body)"
    r"|ursprüngliche|message d.origine|mensa[gj]e original).*$",
    r"^[ \t]*(?:included is a copy of|a copy of (?:the|your) (?:original )?(?:message|headers?)"
    r"|the (?:header|text|contents?|body|first).{0,30}(?:message|mail).{0,40}(?:follow|is|was|are|:|attached)"
    r"|(?:the )?original (?:message|mail|headers?)\b.{0,20}(?:follow|header|:$|details)|message headers? follow"
    r"|text of (?:the )?message|your (?:original )?(?:message|mail)(?: reads| follows| was)\b.{0,30}:?$"
    r"|headers? (?:of the|from the|follows?)|undelivered message(?: headers)?:).*$",
    r"^\*{3}.{0,10}original message.*$",
    flags=re.I | re.M,
)
_HEADERS = any_of(
    r"^[ \t>|]{0,8}(?:Received:? ?from|Received: |Return-Path: ?<|DKIM-Signature: |X-Received: |MIME-Version: ?1"
    r"|Message-I[dD]: ?<|X-Google-|ARC-Seal: )",
    flags=re.I | re.M,
)
_SERVER = re.compile(r"mailer-?daemon|post_?master|mail delivery (?:sub)?system", re.I)
_BLANKS = re.compile(r"[ \t\f\v]{9,}")
_EMPTY = re.compile(r"\n{3,}")
_RUN = re.compile(r"(\S)\1{80,}")
_FIELD = re.compile(r"[ \t>|]{0,8}[A-Za-z][\w-]{0,60}:|[ \t]+\S")
_STATUS_FIELD = re.compile(
    r"^[ \t]{0,8}(?:Reporting-MTA|Original-Recipient|Final-Recipient|Original-Envelope-ID|Arrival-Date)[ \t]*:",
    re.M | re.I,
)
_RECIPIENT_FIELD = re.compile(r"^[ \t]{0,8}Final-Recipient[ \t]*:", re.M | re.I)
_MESSAGE_ID = re.compile(r"^[ \t>|]{0,8}Message-I[dD]: ?", re.M | re.I)
_ENVELOPE = re.compile(r"[ \t>|]{0,8}(?:From|To|Subject|Date): ?\S")


@dataclass(slots=True)
class Letter:
    """A mail laid out: the person's *words*, groups of delivery *status*, the *feedback* of a complaint, *returned*."""

    mail: Part
    words: str = ""
    status: list[Headers] = field(default_factory=list)
    feedback: Headers | None = None
    returned: list[Headers] = field(default_factory=list)
    returned_text: str = ""  # the returned mail's first characters, where only a text has them
    parts: list[str] = field(default_factory=list)  # the kinds of its parts

    def original(self, name: str) -> str:
        """Return the first header *name* of the mail that is returned; "" without one."""
        return next((mail[name][0] for mail in self.returned if mail.get(name)), "")


def laid_out(mail: Part) -> Letter:
    """Return *mail* as its pieces; what stands within a returned mail is not the report's own word."""
    letter = Letter(mail)
    plain: list[str] = []
    pages: list[Part] = []
    for part in _outside(mail):
        letter.parts.append(part.kind)
        if part.kind in STATUS:
            letter.status += groups(part.text)
        elif part.kind == "message/feedback-report":
            letter.feedback, _ = header_block(part.content.lstrip(b"\r\n"))
        elif part.kind in RETURNED:
            letter.returned.append(_returned(part))
        elif part.children or part.kind.startswith(("image/", "audio/", "video/", "application/")):
            continue
        elif part.kind == "text/html":
            pages.append(part)
        elif sum(map(len, plain)) < LONGEST * 4:
            plain.append(part.text)
    whole = "\n".join(plain)
    whole = whole if whole.strip() else "\n".join(page.text for page in pages[:4])
    letter.words, letter.returned_text = _cut(_evened(whole[: LONGEST * 2]))
    _inline(letter)
    return letter


def unwrapped(letter: Letter) -> Letter:
    """Return the report that *letter* only carries, as gateways hand one on without a word of their own; else *letter*.

    A person who forwards a report has a name: what a server did not send stays what it is.
    """
    inner = [part for part in letter.mail.walk() if part.kind == "message/rfc822" and part.children][:1]
    if letter.status or letter.feedback is not None or not inner or "@" in letter.words:
        return letter
    report = inner[0].children[0]
    by_server = _SERVER.search(letter.mail.words("from")) and _SERVER.search(report.words("from"))
    if not by_server or not (report.kind == "multipart/report" or report.first("x-failed-recipients")):
        return letter
    whole = laid_out(report)
    whole.mail.headers.setdefault("to", []).extend(letter.mail.headers.get("to", []))
    return whole


def groups(text: str) -> list[Headers]:
    """Return the fields of each recipient (RFC 3464 2.1), those of the whole report first, by lower-case name.

    A field that goes on without a blank before it, and a group that no empty line ends, are read as they are meant.
    """
    found: list[Headers] = [{}]
    name = ""
    for line in text.split("\n"):
        field_name, colon, value = line.partition(":")
        key = field_name.strip().lower()
        if not line.strip():
            if found[-1]:
                found.append({})
            name = ""
        elif colon and re.fullmatch(r"[a-z][a-z-]{2,40}", key) and (line[:1] not in " \t" or not name):
            if key == "final-recipient" and key in found[-1]:
                found.append({})
            name = key
            found[-1].setdefault(name, []).append(value.strip())
        elif name and len(found[-1][name][-1]) < 4_000:
            found[-1][name][-1] += " " + line.strip()
        if len(found) > MOST_GROUPS:
            break
    return [group for group in found if group]


def _outside(part: Part) -> Iterator[Part]:
    """Return *part* and those within it, but nothing within a returned mail."""
    yield part
    if part.kind not in RETURNED:
        for child in part.children:
            yield from _outside(child)


def _returned(part: Part) -> Headers:
    if part.children:
        return part.children[0].headers
    headers, _ = header_block(part.content.lstrip(b"\r\n"))
    return headers


def _evened(text: str) -> str:
    """Return *text* without long runs of blanks, empty lines and signs: they say nothing, and patterns backtrack."""
    if "\t" in text or " " * 9 in text:
        text = _BLANKS.sub("        ", text)
    if "\n\n\n" in text:
        text = _EMPTY.sub("\n\n", text)
    if any(sign * MOST_ALIKE in text for sign in set(text)):
        text = _RUN.sub(lambda run: run[1] * MOST_ALIKE, text)
    return text


def _cut(whole: str) -> tuple[str, str]:
    """Return what the report says, and the returned mail that follows it in the same text."""
    whole = whole[: LONGEST * 3]
    ends = [found.start() for found in (_CUT.search(whole, 1), _HEADERS.search(whole)) if found]
    if not ends:
        return whole[:LONGEST], ""
    end = min(ends)
    if (status := _RECIPIENT_FIELD.search(whole, end)) and _STATUS_FIELD.search(whole[:end]):
        end = status.start()
    return whole[:end][:LONGEST], whole[end : end + LONGEST]


def _inline(letter: Letter) -> None:
    """Find the status fields and the returned mail that stand in the text itself."""
    if not letter.status:
        for where in ("words", "returned_text"):
            text = getattr(letter, where)
            if (field_ := _STATUS_FIELD.search(text)) and _RECIPIENT_FIELD.search(text):
                letter.status = groups(text[field_.start() :])
                if where == "words":
                    letter.words = text[: field_.start()]
                break
    if letter.returned_text and not letter.returned:
        letter.returned.append(_headers_in(letter.returned_text))


def _headers_in(text: str) -> Headers:
    """Return the headers that stand in *text*, which may be indented or quoted."""
    lines = text.split("\n")
    begin = next(
        (at for at, line in enumerate(lines) if _HEADERS.match(line) or _MESSAGE_ID.match(line)), None
    )
    if begin is None:
        begin = next((at for at, line in enumerate(lines) if _ENVELOPE.match(line)), None)
    if begin is None:
        return {}
    while begin > 0 and _FIELD.match(lines[begin - 1]) and lines[begin - 1].strip():
        begin -= 1
    indent = len(lines[begin]) - len(lines[begin].lstrip(" \t>|"))
    block = "\n".join(line[indent:] if not line[:indent].strip(" \t>|") else line for line in lines[begin:])
    headers, _ = header_block(block.encode("utf-8", "replace"))
    return headers
