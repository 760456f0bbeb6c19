"""Quoted-printable (RFC 2045, 6.7) of a kind that survives every relay and needs no more work on the wire.

No line is over 76 columns, begins with a dot or `From `, or begins or ends with a blank, and no two blanks
stand together. So dot-stuffing (RFC 5321, 4.5.2) changes nothing, and the relaxed canonical body (RFC 6376,
3.4.4) is the bytes themselves. The standard library's encoder knows none of these rules, nor may a value be
put between two of its lines.
"""

WIDTH = 76
_PLAIN = frozenset(range(33, 127)) - {ord("=")}
_TOKENS = tuple(bytes([code]) if code in _PLAIN else b"=%02X" % code for code in range(256))
_SOFT = b"=\r\n"


class Encoder:
    """Encodes runs of text in turn; the column is carried from one run to the next."""

    def __init__(self) -> None:
        self._column = 0
        self._blank = False  # the last byte written was a bare blank

    def run(self, text: str) -> bytes:
        """Return the encoded *text*; its line ends become CRLF."""
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        out: list[bytes] = []
        for number, line in enumerate(lines):
            if number:
                out.append(b"\r\n")
                self._column, self._blank = 0, False
            self._line(line.encode("utf-8", "replace"), number < len(lines) - 1, out)
        return b"".join(out)

    def soft(self) -> bytes:
        """Return what sets the column back to 0 with no line end in the text: a soft break, or nothing."""
        if not self._column:
            return b""
        self._column, self._blank = 0, False
        return _SOFT

    def _line(self, raw: bytes, ends: bool, out: list[bytes]) -> None:
        """Append the encoded bytes of one line; *ends* says that a hard line end follows."""
        last = len(raw) - 1
        for place, code in enumerate(raw):
            token = _TOKENS[code]
            if code == 32 and self._column and not self._blank and place != last:
                token = b" "
            room = WIDTH if ends and place == last else WIDTH - 1
            if self._column + len(token) > room:
                out.append(_SOFT)
                self._column = 0
            if not self._column:
                token = _first(token, raw, place)
            out.append(token)
            self._column += len(token)
            self._blank = token == b" "


def _first(token: bytes, raw: bytes, place: int) -> bytes:
    """Return *token* as it may stand at the start of a line: no dot, no blank, and no `From `."""
    if token in (b".", b" ") or (token == b"F" and raw.startswith(b"From ", place)):
        return b"=%02X" % token[0]
    return token


def value(text: str) -> bytes:
    """Return a slot's value as whole lines: encoded, cut at 75 columns, each line with its soft break.

    It follows a soft break and is followed by one, so it may have any length, none included.
    """
    encoder = Encoder()
    return encoder.run(text) + _SOFT
