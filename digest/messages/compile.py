"""A rendered edition to wire bytes, once: what is the same for all ready-made, slots and sections open.

Every segment ends at a line break, hard or soft, so segments can be left out (a reader's sections) and
values of any length put between them without touching a byte of the rest:

    ...href=3D"=CRLF            static, closed by a soft break
    https://.../u/q9-2xV7=CRLF  the slot's value, encoded and cut at 75 columns, each line with a soft break
    ">Unsubscribe</a>...        static, as if nothing stood before it
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

from digest.config.schema import Newsletter, Site
from digest.errors import TemplateError
from digest.messages import headers, slots
from digest.messages.quoted_printable import Encoder
from digest.model import Composition, Rendered, Segment, StoredVariant, Variant

_MAGIC = b"DV1\0"
_TYPES: dict[slots.Part, bytes] = {"text": b"text/plain", "html": b"text/html"}


def compiled(rendered: Rendered, newsletter: Newsletter, edition: Composition, site: Site) -> Variant:
    """Return *rendered* as segments of wire bytes.

    A slot is named by its part, too ("html.view_url"): its value is escaped in one and not in the other.
    Raises TemplateError where the look lacks a slot, has one that nobody fills, or marks sections wrongly.
    """
    mark = hashlib.sha256(f"{rendered.nonce}{rendered.html}{rendered.text}".encode("utf-8", "replace"))
    boundary = f"=_{mark.hexdigest()[:24]}"  # no quoted-printable text can hold "=_"
    content_type = f'multipart/alternative; boundary="{boundary}"'
    lines = headers.same_for_all(newsletter, edition, site, rendered.subject, content_type)
    opening = b"--" + boundary.encode()
    body = _merged(
        [
            *_part("text", rendered.text, rendered.nonce, opening),
            *_part("html", rendered.html, rendered.nonce, b"\r\n" + opening),
            Segment(b"\r\n" + opening + b"--\r\n"),
        ]
    )
    _complete(body, edition.newsletter)
    head = tuple(Segment(one) for one in lines)
    return Variant(
        subject=rendered.subject,
        language=rendered.language,
        content_type=content_type,
        headers=head,
        body=body,
        sha256=_digest(head, body),
        size=sum(len(segment.data) for segment in (*head, *body)) + 2,
    )


def packed(variant: Variant) -> bytes:
    """Return *variant* as few bytes for the store."""
    about = {
        "subject": variant.subject,
        "language": variant.language,
        "content_type": variant.content_type,
        "sha256": variant.sha256,
        "size": variant.size,
        "headers": [[len(one.data), one.slot, one.section] for one in variant.headers],
        "body": [[len(one.data), one.slot, one.section] for one in variant.body],
    }
    head = json.dumps(about, ensure_ascii=False).encode()
    data = b"".join(one.data for one in (*variant.headers, *variant.body))
    return _MAGIC + zlib.compress(len(head).to_bytes(4, "big") + head + data, 6)


def unpacked(data: bytes) -> Variant:
    """Return the variant that `packed` made; raise ValueError where a byte of it is not as it was."""
    if not data.startswith(_MAGIC):
        raise ValueError("this is no compiled edition, or of another version: build it again")
    try:
        raw = zlib.decompress(data[len(_MAGIC) :])
    except zlib.error as fault:
        raise ValueError(f"the compiled edition is damaged: {fault}") from None
    size = int.from_bytes(raw[:4], "big")
    about = json.loads(raw[4 : 4 + size])
    made = _segments([*about["headers"], *about["body"]], raw[4 + size :])
    head, body = tuple(made[: len(about["headers"])]), tuple(made[len(about["headers"]) :])
    if _digest(head, body) != about["sha256"]:
        raise ValueError("the compiled edition is damaged: its bytes do not match their SHA-256")
    return Variant(
        subject=about["subject"],
        language=about["language"],
        content_type=about["content_type"],
        headers=head,
        body=body,
        sha256=about["sha256"],
        size=about["size"],
    )


def _part(kind: slots.Part, part: str, nonce: str, opening: bytes) -> Iterator[Segment]:
    """Yield the MIME part *kind*: its head, and its body cut at slots and sections."""
    head = b"\r\nContent-Type: %b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    yield Segment(opening + head % _TYPES[kind])
    encoder = Encoder()
    try:
        found = list(slots.pieces(part, nonce, kind))
    except ValueError as fault:
        raise TemplateError(f"sections are marked wrongly in the {kind} part: {fault}") from fault
    for piece, after in pairwise([*found, slots.Piece(section="\0")]):
        if piece.slot:
            yield Segment(slot=f"{kind}.{piece.slot}", section=piece.section)
            continue
        data = encoder.run(piece.text)
        if after.slot or after.section not in (piece.section, "\0"):
            data += encoder.soft()
        yield Segment(data, section=piece.section)


def _merged(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return *segments* with neighbours of one section joined; a slot stays alone."""
    found: list[Segment] = []
    for one in segments:
        last = found[-1] if found else None
        if last and not last.slot and not one.slot and last.section == one.section:
            found[-1] = Segment(last.data + one.data, section=one.section)
        else:
            found.append(one)
    return tuple(found)


def _complete(body: tuple[Segment, ...], name: str) -> None:
    """Raise TemplateError where a look lacks a slot of every mail, or has one that nobody fills."""
    there = {one.slot for one in body if one.slot}
    must = {f"{kind}.{slot}" for kind in ("html", "text") for slot in slots.SLOTS}
    if must != there:
        lacks, odd = ", ".join(sorted(must - there)), ", ".join(sorted(there - must))
        parts = [f"the look lacks {lacks}" if lacks else "", f"nobody fills {odd}" if odd else ""]
        what = "; ".join(filter(None, parts))
        do = "Its .mjml and its .txt must each show page.view_url, .unsubscribe_url and .preferences_url."
        raise TemplateError(what, where=f"newsletter {name}", do=do)


def _segments(table: list[list[object]], data: bytes) -> list[Segment]:
    found, place = list[Segment](), 0
    for size, slot, section in table:
        if not isinstance(size, int):
            raise TypeError(f"the size of a segment is {size!r}")
        found.append(Segment(data[place : place + size], str(slot), str(section)))
        place += size
    return found


def _digest(head: tuple[Segment, ...], body: tuple[Segment, ...]) -> str:
    """Return the SHA-256 of every segment with its length, slot and section, so that no two read alike."""
    mark = hashlib.sha256()
    for one in (*head, Segment(slot="\0"), *body):
        mark.update(f"{len(one.data)}\0{one.slot}\0{one.section}\0".encode())
        mark.update(one.data)
    return mark.hexdigest()


def to_store(edition: int, revision: int, rendered: Rendered, variant: Variant) -> StoredVariant:
    """Return what is kept of a revision: how it was rendered, and its compiled bytes."""
    return StoredVariant(
        id=0,
        edition=edition,
        revision=revision,
        language=variant.language,
        sha256=variant.sha256,
        subject=rendered.subject,
        preheader=rendered.preheader,
        nonce=rendered.nonce,
        html=rendered.html,
        text=rendered.text,
        compiled=packed(variant),
        size=variant.size,
    )
