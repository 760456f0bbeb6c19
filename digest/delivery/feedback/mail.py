"""A mail that strangers wrote, taken apart within bounds: parts, headers and text, whatever its bytes are.

Why not `email.parser`: its time grows with the square of the depth, its stack with the depth, and a header that is
cut ends the rest. Here depth, number and size of parts are bounded, and every input is some mail.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.delivery.feedback.charsets import decoded, header_text, plain_of_html

MOST_BYTES = 1_000_000  # of a mail that are read; what a report says stands before the mail that it returns
MOST_PARTS = 60
DEEPEST = 8
MOST_HEADERS = 400
LONGEST_HEADER = 4_000
MOST_TEXT = 60_000  # of one part's text

_HEADER = re.compile(rb"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)")
_BOUNDARY = re.compile(rb"^(--[\w'()+,./:=?-]{8,70})[ \t]*\r?\n[A-Za-z-]{1,40}: ?\S", re.M)
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_PARAMETER = re.compile(r";\s*([\w*-]{1,40})\s*=\s*(?:\"([^\"]{0,300})\"|([^\s;\"]{1,300}))")

Headers = dict[str, list[str]]


@dataclass(slots=True)
class Part:
    """One part: its *headers* by lower-case name, its *kind* ("text/plain"), its *body* as it came."""

    headers: Headers
    body: bytes
    kind: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)

    def first(self, name: str) -> str:
        """Return the first header called *name* (lower case), unfolded, its words as they came; "" without one."""
        found = self.headers.get(name)
        return found[0] if found else ""

    def words(self, name: str) -> str:
        """Return the first header called *name* with its encoded words decoded (RFC 2047)."""
        return header_text(self.first(name))

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding."""
        return unencoded(self.body, self.first("content-transfer-encoding"))

    @property
    def text(self) -> str:
        """The body's text, of a web page without its tags, lines ended by a line feed."""
        text = decoded(self.content[: MOST_TEXT * 4], self.parameters.get("charset", ""))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return (plain_of_html(text) if self.kind == "text/html" else text)[:MOST_TEXT]

    def walk(self) -> Iterator["Part"]:
        """Return this part and all within it, in their order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parsed(raw: bytes) -> Part:
    """Return *raw* as a tree of parts; never raises, and takes time in proportion to its length."""
    return _part(raw[:MOST_BYTES].lstrip(b"\r\n"), 0, [MOST_PARTS])


def header_block(data: bytes) -> tuple[Headers, bytes]:
    """Return the headers that *data* begins with, and what follows them."""
    headers: Headers = {}
    name, at, count = "", 0, 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end].rstrip(b"\r")
        if not line:
            return headers, data[end + 1 :]
        if line[:1] in b" \t" and name:
            value = headers[name][-1]
            if len(value) < LONGEST_HEADER:
                headers[name][-1] = f"{value} {_readable(line.strip())}"
        elif (found := _HEADER.match(line)) is not None:
            name, count = found[1].decode("ascii").lower(), count + 1
            if count > MOST_HEADERS:
                rest = _EMPTY_LINE.search(data, at)
                return headers, data[rest.end() :] if rest else b""
            headers.setdefault(name, []).append(_readable(found[2]))
        elif not (at == 0 and line.startswith((b"From ", b">From "))):
            return headers, data[at:]  # no header: the body began without an empty line
        at = end + 1
    return headers, b""


def unencoded(body: bytes, encoding: str) -> bytes:
    """Return *body* without its transfer encoding; as it is where it does not hold to it."""
    match encoding.strip().lower():
        case "base64":
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + _rest(letters))
        case "quoted-printable":
            return binascii.a2b_qp(body)
        case _:
            return body


def _rest(letters: bytes) -> bytes:
    last = letters[len(letters) // 4 * 4 :]
    return last + b"=" * (4 - len(last)) if len(last) > 1 else b""


def _readable(data: bytes) -> str:
    data = data[:LONGEST_HEADER]
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return data.decode("latin-1").strip()


def _part(data: bytes, depth: int, left: list[int], default: str = "text/plain") -> Part:
    headers, body = header_block(data)
    content_type = headers.get("content-type", [""])[0]
    kind = content_type.partition(";")[0].strip().lower()
    if kind.count("/") != 1:
        kind = default
    part = Part(
        headers,
        body,
        kind,
        {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(content_type)},
    )
    if depth >= DEEPEST:
        return part
    if kind.startswith("multipart/"):
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        mark = _mark(part.parameters.get("boundary", ""), body)
        part.children = [_part(piece, depth + 1, left, default) for piece in _pieces(body, mark, left)]
    if kind.startswith("multipart/") and not part.children:
        part.kind = "text/plain"  # its boundary is missing or cut: what it holds is still to be read
    elif kind in ("message/rfc822", "message/global") and left[0] > 0:
        left[0] -= 1
        part.children = [_part(part.content.lstrip(b"\r\n"), depth + 1, left)]
    return part


def _mark(boundary: str, body: bytes) -> bytes:
    """Return the line that parts begin with; where the header does not say it, the first that looks like one."""
    mark = b"--" + boundary.encode("utf-8", "replace").rstrip()
    if boundary and mark in body:
        return mark
    found = _BOUNDARY.search(body[:4_000])
    return found[1] if found else b""


def _pieces(body: bytes, mark: bytes, left: list[int]) -> Iterator[bytes]:
    """Return the parts between the lines that *mark* begins (RFC 2046 5.1.1); the last may lack its end."""
    begin, at = -1, body.find(mark) if mark else -1
    while at >= 0:
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        rest = body[at + len(mark) : end].strip()
        if (at == 0 or body[at - 1 : at] == b"\n") and rest in (b"", b"--"):
            if begin >= 0 and left[0] > 0:
                left[0] -= 1
                yield body[begin : max(begin, at - 1)].removesuffix(b"\r")
            begin = end + 1
            if rest or left[0] <= 0:
                return
        at = body.find(mark, end)
    if begin >= 0 and left[0] > 0:
        left[0] -= 1
        yield body[begin:]
