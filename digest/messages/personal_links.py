"""Letters: a stored variant, filled for one reader. Preview, "view in browser" and the send fill the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct

from digest.messages import personal, slots
from digest.model import Edition, StoredVariant
from subscribers.api import Links

VIEW = "view"  # the purpose of a link to the frozen edition
_SEEN = Struct(">III")
NOBODY = 0  # the reader of a preview: links look right and open nothing
EVERYBODY = 2**32 - 1  # who comes from the public archive: the same, and only while there is one


@dataclass(frozen=True, slots=True)
class Seen:
    """Which letter a "view in browser" link shows."""

    edition: int
    revision: int
    subscriber: int


def slot_values(links: Links, edition: Edition, subscriber: int) -> dict[str, str]:
    """Return what goes into the open slots of *edition* for the reader *subscriber*."""
    out, own, _ = links.for_reader(NOBODY if subscriber == EVERYBODY else subscriber, edition.newsletter)
    view = view_url(links, Seen(edition.id, edition.revision, subscriber))
    return {slots.VIEW: view, slots.UNSUBSCRIBE: out, slots.PREFERENCES: own}


def public_values(links: Links, edition: Edition, seen: int) -> dict[str, str]:
    """Return what goes into the open slots that anybody may open: no reader's links, but where those are explained.

    *seen* is whom the link that is looked at was made for: EVERYBODY stays so, everything else is NOBODY.
    """
    view = view_url(links, Seen(edition.id, edition.revision, EVERYBODY if seen == EVERYBODY else NOBODY))
    personal_page = links.personal(edition.newsletter)
    return {slots.VIEW: view, slots.UNSUBSCRIBE: personal_page, slots.PREFERENCES: personal_page}


def mail_values(links: Links, edition: Edition, subscriber: int, domain: str) -> dict[str, str]:
    """Return the same with the mailbox at *domain* that ends the subscription, as a mail's headers want it.

    Without a *domain* nobody reads such a mailbox, and none is named.
    """
    out, own, mailbox = links.for_reader(subscriber, edition.newsletter)
    view = view_url(links, Seen(edition.id, edition.revision, NOBODY))  # people paste it into chats
    values = {slots.VIEW: view, slots.UNSUBSCRIBE: out, slots.PREFERENCES: own}
    return values | {personal.MAILTO: f"mailto:{mailbox}@{domain}"} if domain else values


def view_url(links: Links, seen: Seen) -> str:
    """Return the signed address at which the frozen edition can be read."""
    payload = _SEEN.pack(seen.edition, seen.revision, seen.subscriber)
    return f"{links.site_url}/v/{links.token(VIEW, payload)}"


def seen_by(links: Links, token: str) -> Seen | None:
    """Return which letter *token* shows; None where the token is not ours."""
    payload = links.read(VIEW, token)
    if payload is None or len(payload) != 12:
        return None
    return Seen(*_SEEN.unpack(payload))


def page(kept: StoredVariant, values: Mapping[str, str], sections: frozenset[str] | None) -> str:
    """Return the HTML of *kept* as one reader sees it."""
    return slots.filled(kept.html, kept.nonce, "html", values, sections)


def plain(kept: StoredVariant, values: Mapping[str, str], sections: frozenset[str] | None) -> str:
    """Return the text part of *kept* as one reader sees it."""
    return slots.filled(kept.text, kept.nonce, "text", values, sections)
