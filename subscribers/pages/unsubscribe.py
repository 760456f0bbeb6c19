"""Out: one click (RFC 8058), the page behind the link in the mail, a pause instead, and the way back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from subscribers import rules
from subscribers.links import Purpose, Wish
from subscribers.model import Act, Moved, State, Subscriber, Subscription, Witness
from subscribers.pages.context import HEADERS, PageError, Room, first, form, in_thread, is_marked
from subscribers.pages.settings import Newsletter
from subscribers.pages.translations import base
from subscribers.store import people
from subscribers.store.subscriptions import Leaving, end_all, move

ONE_CLICK = ("List-Unsubscribe", "One-Click")
PAUSES = (7, 30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Leaver:
    """Whom an unsubscribe link is for. The reader may be erased, the newsletter no longer published."""

    id: int
    name: str  # of the newsletter; "" where nothing is left of it
    newsletter: Newsletter | None
    reader: Subscriber | None
    wish: Subscription | None

    @property
    def language(self) -> str:
        return self.reader.language if self.reader else ""


def _found(room: Room, request: Request) -> Wish:
    found = room.settings.links.wish(Purpose.UNSUBSCRIBE, request.path_params["token"])
    if found is None:
        raise PageError(404, "link")
    return found


def _leaver(room: Room, request: Request) -> Leaver:
    """Return whom the link is for; it never expires, and works when nothing is left to end."""
    found = room.current(_found(room, request))
    with room.settings.read() as connection:
        person = people.person(connection, found.subscriber_id)
    wishes = person.subscriptions if person else ()
    wish = next((each for each in wishes if is_marked(each.newsletter, found.mark)), None)
    newsletter = room.marked(found.mark)
    name = wish.newsletter if wish else newsletter.name if newsletter else ""
    return Leaver(found.subscriber_id, name, newsletter, person.subscriber if person else None, wish)


async def shown(room: Room, request: Request) -> Response:
    """Show the button that ends the subscription, first of all; nothing changes by looking."""
    who = await in_thread(lambda: _leaver(room, request))
    if who.reader is None or who.wish is None or who.wish.state is State.ENDED:
        return room.html("message", who.newsletter, language=who.language, kind="left-before")
    return room.html(
        "leave",
        who.newsletter,
        language=who.language,
        reader=who.reader,
        wish=who.wish,
        pauses=PAUSES if who.wish.state is State.ACTIVE else (),
        path=request.url.path,
        others=[each for each in room.settings.newsletters if each.public and each != who.newsletter],
        preferences=room.settings.links.preferences(who.id, who.name) if who.newsletter else "",
    )


async def explained(room: Room, request: Request) -> Response:
    """Say where a reader's own links are: what anybody can read has none, or whoever got it could use them."""
    newsletter = room.settings.newsletter(request.path_params["newsletter"])
    return room.html("message", newsletter, kind="personal")


async def ended(room: Room, request: Request) -> Response:
    """End the subscription: whatever the body says, a POST to this address means no."""
    try:
        fields = await form(request)
    except PageError:
        fields = {}  # the wish is in the address; a broken body does not take it back
    one_click = first(fields, ONE_CLICK[0]) == ONE_CLICK[1]
    found = _found(room, request)
    if room.marked(found.mark) is None:
        old = found
        found = await in_thread(lambda: room.current(old))
    witness = Witness(
        room.settings.now(), "one-click" if one_click else "page", network=room.network(request)
    )
    done = await room.writer.run_all(end_all, Leaving(found.subscriber_id, found.mark, witness))
    if one_click:
        return PlainTextResponse("You are unsubscribed.\n", headers=HEADERS)
    who = await in_thread(lambda: _leaver(room, request))
    return room.html(
        "left",
        who.newsletter,
        language=who.language,
        reader=who.reader,
        path=request.url.path,
        undo=_undo(room, found, done),
    )


def _undo(room: Room, found: Wish, done: Moved | None) -> str:
    """Return the token that takes back the end that was *done* just now; "" where it took nothing away.

    It holds the reader, the newsletter and the moment of that end, which no other change of this wish has.
    """
    if done is None or done.at is None or not done.changed:
        return ""
    if done.before not in (State.ACTIVE, State.PAUSED):
        return ""
    end = (done.at - _EPOCH) // timedelta(microseconds=1)
    payload = found.mark + end.to_bytes(8, "big") + found.subscriber_id.to_bytes(8, "big")
    return room.settings.links.token(Purpose.UNDO, payload)


def _end(room: Room, token: str, found: Wish) -> datetime | None:
    """Return which end *token* takes back; None where it is none of this reader's ends of this newsletter."""
    payload = room.settings.links.read(Purpose.UNDO, token)
    if payload is None or len(payload) != 19 or payload[:3] != found.mark:
        return None
    if int.from_bytes(payload[11:], "big") != found.subscriber_id:
        return None
    return _EPOCH + timedelta(microseconds=int.from_bytes(payload[3:11], "big"))


async def undone(room: Room, request: Request) -> Response:
    """Take an end back: only this one, from the good-bye page that it led to, and only for a while."""
    who, fields = await in_thread(lambda: _leaver(room, request)), await form(request)
    found = await in_thread(lambda: room.current(_found(room, request)))
    end, now = _end(room, first(fields, "undo"), found), room.settings.now()
    if end is None or not rules.fresh(end, now, rules.UNDO_FOR):
        raise PageError(410, "undo", who.newsletter, language=who.language)
    text = f"undo ({base(who.language) or 'newsletter language'})"
    witness = Witness(now, "good-bye page", text, room.network(request))
    done = await room.writer.run(
        lambda connection: move(connection, who.id, who.name, Act.UNDO, witness, link=end)
    )
    if done.after not in (State.ACTIVE, State.PAUSED):
        raise PageError(410, "undo", who.newsletter, language=who.language)
    return room.html("message", who.newsletter, language=who.language, kind="back")


async def paused(room: Room, request: Request) -> Response:
    """Pause for the days that were asked for."""
    who, fields = await in_thread(lambda: _leaver(room, request)), await form(request)
    days = first(fields, "days")
    now = room.settings.now()
    until = (
        rules.pause_until(now, int(days)) if days.isascii() and days.isdecimal() and len(days) < 5 else None
    )
    if until is None or who.wish is None:
        raise PageError(400, "form", who.newsletter, language=who.language)
    witness = Witness(now, "page", network=room.network(request))
    await room.writer.run(
        lambda connection: move(connection, who.id, who.name, Act.PAUSE, witness, until=until)
    )
    return room.html("message", who.newsletter, language=who.language, kind="paused", until=until)
