"""What a forwarded mail must not open: one's data, a new address, erasure. It takes a link that is fresh."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from subscribers import rules
from subscribers.address import Address, NoAddress, masked, parsed
from subscribers.links import Purpose
from subscribers.model import Subscriber, Witness
from subscribers.pages import mails
from subscribers.pages.context import HEADERS, PageError, Room, first, form, in_thread
from subscribers.pages.settings import Newsletter
from subscribers.store import address_changes, people
from subscribers.store.erasure import erase
from subscribers.store.limits import within
from subscribers.transfer.export import everything


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the link, by way of which newsletter, and when the link was made."""

    reader: Subscriber
    newsletter: Newsletter
    at: datetime


def _holder(room: Room, request: Request, purpose: Purpose, lasts: timedelta) -> Holder:
    found = room.settings.links.wish(purpose, request.path_params["token"], timed=True)
    if found is None or found.at is None:
        raise PageError(404, "link")
    newsletter = room.marked(room.current(found).mark)
    if newsletter is None:
        raise PageError(410, "old-newsletter")
    with room.settings.read() as connection:
        reader = people.by_id(connection, found.subscriber_id)
    if reader is None:
        raise PageError(410, "gone", newsletter)
    if not rules.fresh(found.at, room.settings.now(), lasts):
        raise PageError(410, "stale", newsletter, language=reader.language)
    return Holder(reader, newsletter, found.at)


def send_link(room: Room, reader: Subscriber, newsletter: Newsletter) -> None:
    """Send the fresh link to the reader's own address, once for many presses."""
    settings, now = room.settings, room.settings.now()
    key = settings.links.keys.hashes("limit", reader.address.lower())[0].hex()[:32]
    with settings.write() as connection:
        allowed = not reader.suppressed and within(connection, rules.OWN_MAILS, key, now)
    if allowed:
        token = settings.links.wish_token(Purpose.MANAGE, reader.id, newsletter.name, at=now)
        url = f"{settings.links.site_url}/d/{token}"
        mails.send(room, "manage", reader, newsletter, key=f"{now:%Y%m%d%H%M%S}", manage_url=url)


async def shown(room: Room, request: Request) -> Response:
    """Show what can be done with a fresh link."""
    return _page(
        room, await in_thread(lambda: _holder(room, request, Purpose.MANAGE, rules.MANAGE_FOR)), request
    )


def _page(room: Room, who: Holder, request: Request, *, said: str = "", status: int = 200) -> Response:
    return room.html(
        "manage", who.newsletter, language=who.reader.language, status=status, reader=who.reader, said=said,
        path=request.url.path,
    )  # fmt: skip


async def data(room: Room, request: Request) -> Response:
    """Hand out all that is held about the reader."""
    who = await in_thread(lambda: _holder(room, request, Purpose.MANAGE, rules.MANAGE_FOR))

    def found() -> object:
        with room.settings.read() as connection:
            return everything(connection, who.reader.id)

    text = json.dumps(await in_thread(found), ensure_ascii=False, indent=1)
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(text, media_type="application/json", headers=headers)


async def done(room: Room, request: Request) -> Response:
    """Erase the reader, or ask the new address whether it wants to be theirs."""
    who, fields = (
        await in_thread(lambda: _holder(room, request, Purpose.MANAGE, rules.MANAGE_FOR)),
        await form(request),
    )
    match first(fields, "act"):
        case "erase" if first(fields, "sure") == "yes":
            await in_thread(lambda: _erase(room, who))
            return room.html("message", who.newsletter, language=who.reader.language, kind="erased")
        case "erase":
            return _page(room, who, request, said="unsure", status=400)
        case "move":
            address = parsed(first(fields, "email"), test_domains=room.settings.test_domains)
            if isinstance(address, NoAddress):
                return _page(room, who, request, said="address", status=400)
            said = await in_thread(lambda: _ask_new(room, who, address, request))
            return _page(room, who, request, said=said, status=429 if said == "often" else 200)
    raise PageError(400, "form", who.newsletter, language=who.reader.language)


def _erase(room: Room, who: Holder) -> None:
    with room.settings.write() as connection:
        settings = room.settings
        erase(connection, who.reader.id, settings.links.keys, settings.now(), forget=settings.forget)


def _ask_new(room: Room, who: Holder, address: Address, request: Request) -> str:
    """Ask the new address whether it wants to be the reader's, and tell the old one; return what the page says.

    The page says the same whether the address is free, somebody's or suppressed: that is nobody's business.
    """
    settings, now, reader = room.settings, room.settings.now(), who.reader
    target = settings.links.keys.hashes("limit", address.key)[0].hex()[:32]
    with settings.write() as connection:
        if not within(connection, rules.ADDRESS_CHANGES, str(reader.id), now):
            return "often"
        if not _network_within(room, connection, request):
            raise PageError(429, "later-network", who.newsletter, language=reader.language)
        allowed = within(connection, rules.CHANGE_MAILS, target, now)
        free = address_changes.asked(connection, reader.id, address, now, settings.links.keys)
    stamp = f"{now:%Y%m%d%H%M%S}"
    mails.send(room, "move-asked", reader, who.newsletter, key=stamp, new=masked(address.text))
    if free and allowed:
        token = settings.links.wish_token(Purpose.MOVE, reader.id, who.newsletter.name, at=now)
        url = f"{settings.links.site_url}/a/{token}"
        mails.send(room, "move", reader, who.newsletter, key=stamp, to=address.text, move_url=url)
    return "asked"


def _network_within(room: Room, connection: Connection, request: Request) -> bool:
    limits, now = room.settings.limits, room.settings.now()
    if room.is_shared(request):
        return within(connection, limits.shared, room.peer(request), now)
    network = room.network(request)
    return not network or within(connection, limits.network, network, now)


async def move_shown(room: Room, request: Request) -> Response:
    """Show the button that makes the new address the reader's."""
    who = await in_thread(lambda: _holder(room, request, Purpose.MOVE, rules.MOVE_FOR))
    return room.html("move", who.newsletter, language=who.reader.language, reader=who.reader)


async def move_done(room: Room, request: Request) -> Response:
    """Make the new address the reader's."""
    who = await in_thread(lambda: _holder(room, request, Purpose.MOVE, rules.MOVE_FOR))
    witness = Witness(room.settings.now(), "new address' page", network=room.network(request))

    def act() -> str:
        with room.settings.write() as connection:
            keys, test = room.settings.links.keys, room.settings.test_domains
            return address_changes.confirmed(
                connection, who.reader.id, who.at, keys, witness, test_domains=test
            )

    kind = await in_thread(act)
    if kind == "moved":  # the old address, which gets nothing from now on
        stamp = f"{room.settings.now():%Y%m%d%H%M%S}"
        await in_thread(lambda: mails.send(room, "moved", who.reader, who.newsletter, key=stamp))
    status = 200 if kind == "moved" else 410
    return room.html(
        "message", who.newsletter, language=who.reader.language, status=status, kind=f"move-{kind}"
    )
