"""One reader's mail from a compiled edition: leave out sections, fill slots, join. Tens of microseconds.

This is the hot path: everything that can be made before the first reader is made in `Prepared`. A message is

    signature, static header lines, the reader's header lines with the empty line, body chunks

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
from digest.model import Composition, Message, Recipient, Segment, Variant

UNSUBSCRIBE, MAILTO = "unsubscribe_url", "unsubscribe_mailto"
Signer = Callable[[Sequence[bytes], Sequence[bytes]], bytes]
_PLAIN = re.compile(r"[!#-%(-;?-~][!#-%(-;?-~]{0,74}")  # needs neither encoding, escaping nor a cut

# A mask's plan: the chunks with the slots' places empty, and for each slot the places that it fills in the HTML
# and in the text.
_Places = tuple[int, ...]
_Plan = tuple[list[bytes], tuple[tuple[str, _Places, _Places], ...]]


class Prepared:
    """A variant made ready for any number of readers; the work for each section mask is done once.

    *key* is the site's own for Message-IDs; *ours* are our names (`Message.ours`).
    """

    def __init__(
        self,
        variant: Variant,
        edition: Composition,
        domain: str,
        key: bytes,
        ours: frozenset[str] = frozenset(),
    ) -> None:
        self.variant = variant
        self.edition = edition
        self.domain = domain
        self.ours = ours
        self.lines = tuple(segment.data for segment in variant.headers)
        self.sections = frozenset(segment.section for segment in variant.body) - {""}
        self.head = b"".join(self.lines)
        self.identity = headers.message_ids(edition, domain, key)
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
        for slot, html, text in plan[1]:
            link = links[slot]
            if _PLAIN.fullmatch(link) and link[0] != ".":
                marked = plain = link.encode() + b"=\r\n"
            else:
                marked, plain = value(escape(link)), value(link)
            for place in html:
                chunks[place] = marked
            for place in text:
                chunks[place] = plain
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
    identity = prepared.identity(recipient.subscriber)
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
    reader = b"".join((*own, b"\r\n"))
    return Message(
        delivery=delivery,
        sender=sender,
        recipient=address,
        message_id=identity,
        parts=(signature, prepared.head, reader, *chunks),
        smtputf8=smtputf8,
        eight_bit=smtputf8,  # all else is encoded
        ours=prepared.ours,
    )


def sealed(mail: Message, signature: bytes) -> Message:
    """Return *mail*, made without a signature, with the field *signature* before all others."""
    return Message(
        delivery=mail.delivery,
        sender=mail.sender,
        recipient=mail.recipient,
        message_id=mail.message_id,
        parts=(signature, *mail.parts[1:]),
        smtputf8=mail.smtputf8,
        eight_bit=mail.eight_bit,
        ours=mail.ours,
    )


def _planned(body: Sequence[Segment], mask: frozenset[str]) -> _Plan:
    """Return the chunks of *body* that *mask* keeps, static runs joined, and where each slot goes."""
    chunks: list[bytes] = []
    run: list[bytes] = []
    places: dict[str, tuple[list[int], list[int]]] = {}
    for segment in body:
        if segment.section and segment.section not in mask:
            continue
        if not segment.slot:
            run.append(segment.data)
            continue
        chunks += [b"".join(run), b""]
        run.clear()
        kind, _, slot = segment.slot.partition(".")
        places.setdefault(slot, ([], []))[kind != "html"].append(len(chunks) - 1)
    chunks.append(b"".join(run))
    return chunks, tuple((slot, tuple(html), tuple(text)) for slot, (html, text) in places.items())
