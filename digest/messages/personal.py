"""One reader's mail from a compiled edition: leave out sections, fill slots, join. Tens of microseconds.

This is the hot path: everything that can be made before the first reader is made in `Prepared`. A message is

    static header lines + the reader's header lines + empty line + body chunks

and the body's chunks are its relaxed canonical form as they stand (see `quoted_printable`), so a signer needs
no more than the header lines and the chunks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape

from digest.errors import DeliveryError
from digest.messages import headers
from digest.messages.quoted_printable import value
from digest.model import Edition, Message, Recipient, Segment, Variant

UNSUBSCRIBE, MAILTO = "unsubscribe_url", "unsubscribe_mailto"
Signer = Callable[[Sequence[bytes], Sequence[bytes]], bytes]
_PLAIN = re.compile(r"[!#-%(-;?-~][!#-%(-;?-~]{0,74}")  # needs neither encoding, escaping nor a cut

# A mask's plan: the chunks with the slots' places empty, and for each slot the places it fills.
_Plan = tuple[list[bytes], tuple[tuple[str, str, tuple[int, ...]], ...]]


class Prepared:
    """A variant made ready for any number of readers; the work for each section mask is done once."""

    def __init__(self, variant: Variant, edition: Edition, domain: str) -> None:
        self.variant = variant
        self.edition = edition
        self.domain = domain
        self.lines = tuple(segment.data for segment in variant.headers)
        self.sections = frozenset(segment.section for segment in variant.body) - {""}
        self.head = b"".join(self.lines)
        self._plans: dict[frozenset[str], _Plan] = {}

    def mask(self, recipient: Recipient) -> frozenset[str]:
        """Return the sections that *recipient* gets, of those that there are."""
        wished = recipient.sections
        return self.sections if wished is None else self.sections & wished

    def chunks(self, mask: frozenset[str], links: Mapping[str, str]) -> list[bytes]:
        """Return the body for *mask* with its slots filled; raise KeyError where *links* lacks one."""
        plan = self._plans.get(mask)
        if plan is None:
            plan = self._plans[mask] = _planned(self.variant.body, mask)
        chunks = plan[0].copy()
        for kind, slot, places in plan[1]:
            data = _filled(links[slot], kind)
            for place in places:
                chunks[place] = data
        return chunks


def message(
    prepared: Prepared,
    recipient: Recipient,
    *,
    delivery: int,
    sender: str,
    date: datetime,
    links: Mapping[str, str],
    sign: Signer | None = None,
) -> Message:
    """Return *recipient*'s mail, from the envelope address *sender*.

    *links* gives `view_url`, `unsubscribe_url`, `preferences_url`, and `unsubscribe_mailto` where there is a
    mailbox for it. *sign* gets the header lines and the body's chunks and returns its own header field.
    Raises ValueError where the address cannot stand in a mail, DeliveryError where a link is missing.
    """
    address, smtputf8 = headers.deliverable(recipient.address)
    identity = headers.message_id(prepared.edition, recipient.subscriber, prepared.domain)
    try:
        chunks = prepared.chunks(prepared.mask(recipient), links)
        own = (
            headers.mailbox("To", recipient.name, address),
            headers.date(date),
            headers.header("Message-ID", identity),
            headers.unsubscribe(links[UNSUBSCRIBE], links.get(MAILTO, "")),
        )
    except KeyError as fault:
        raise DeliveryError(f"no value was given for the slot {fault}", where="the mail's links") from fault
    signature = sign((*prepared.lines, *own), chunks) if sign else b""
    return Message(
        delivery=delivery,
        sender=sender,
        recipient=address,
        message_id=identity,
        content=b"".join((signature, prepared.head, *own, b"\r\n", *chunks)),
        smtputf8=smtputf8,
    )


def _filled(text: str, kind: str) -> bytes:
    if _PLAIN.fullmatch(text) and text[0] != ".":
        return text.encode() + b"=\r\n"
    return value(escape(text) if kind == "html" else text)


def _planned(body: Sequence[Segment], mask: frozenset[str]) -> _Plan:
    """Return the chunks of *body* that *mask* keeps, static runs joined, and where each slot goes."""
    chunks: list[bytes] = []
    run: list[bytes] = []
    places: dict[str, list[int]] = {}
    for segment in body:
        if segment.section and segment.section not in mask:
            continue
        if not segment.slot:
            run.append(segment.data)
            continue
        chunks += [b"".join(run), b""]
        run.clear()
        places.setdefault(segment.slot, []).append(len(chunks) - 1)
    chunks.append(b"".join(run))
    named = ((*slot.split(".", 1), tuple(where)) for slot, where in places.items())
    return chunks, tuple(named)  # type: ignore[arg-type]
