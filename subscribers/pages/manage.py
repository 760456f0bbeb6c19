"""What a forwarded mail must not open: one's data, a new address, erasure. It takes a link that is fresh."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from subscribers import rules
from subscribers.address import Address, NoAddress, parsed
from subscribers.links import Purpose
from subscribers.model import Subscriber, Witness
from subscribers.pages import mails
from subscribers.pages.room import HEADERS, PageError, Room, first, form, in_thread
from subscribers.pages.settings import Newsletter
from subscribers.store import moves, people
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
    newsletter = room.marked(found.mark)
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
            await in_thread(lambda: _ask_new(room, who, address))
            return _page(room, who, request, said="asked")
    raise PageError(400, "form", who.newsletter, language=who.reader.language)


def _erase(room: Room, who: Holder) -> None:
    with room.settings.write() as connection:
        settings = room.settings
        erase(connection, who.reader.id, settings.links.keys, settings.now(), forget=settings.forget)


def _ask_new(room: Room, who: Holder, address: Address) -> None:
    settings, now = room.settings, room.settings.now()
    key = settings.links.keys.hashes("limit", address.key)[0].hex()[:32]
    with settings.write() as connection:
        free = moves.asked(connection, who.reader.id, address, now)
        allowed = within(connection, rules.OWN_MAILS, key, now)
    if free and allowed:
        token = settings.links.wish_token(Purpose.MOVE, who.reader.id, who.newsletter.name, at=now)
        url = f"{settings.links.site_url}/a/{token}"
        stamp = f"{now:%Y%m%d%H%M%S}"
        mails.send(room, "move", who.reader, who.newsletter, key=stamp, to=address.text, move_url=url)


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
            return moves.confirmed(connection, who.reader.id, who.at, keys, witness, test_domains=test)

    kind = await in_thread(act)
    status = 200 if kind == "moved" else 410
    return room.html(
        "message", who.newsletter, language=who.reader.language, status=status, kind=f"move-{kind}"
    )
