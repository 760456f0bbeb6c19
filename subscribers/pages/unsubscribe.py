"""Out: one click (RFC 8058), the page behind the link in the mail, a pause instead, and the way back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from subscribers import rules
from subscribers.links import LinkTarget, Purpose
from subscribers.model import Act, Evidence, State, Subscriber, Subscription, Transition
from subscribers.pages.context import (
    HEADERS,
    Context,
    PageError,
    first_value,
    has_mark,
    read_form,
    run_in_thread,
)
from subscribers.pages.settings import NewsletterInfo
from subscribers.pages.translations import base_language
from subscribers.store import people
from subscribers.store.subscriptions import Unsubscribe, transition, unsubscribe_all

ONE_CLICK = ("List-Unsubscribe", "One-Click")
PAUSES = (7, 30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an unsubscribe link is for. The reader may be erased, the newsletter no longer published."""

    id: int
    name: str  # of the newsletter; "" where nothing is left of it
    newsletter: NewsletterInfo | None
    reader: Subscriber | None
    subscription: Subscription | None

    @property
    def language(self) -> str:
        return self.reader.language if self.reader else ""


def _target(context: Context, request: Request) -> LinkTarget:
    found = context.settings.links.target(Purpose.UNSUBSCRIBE, request.path_params["token"])
    if found is None:
        raise PageError(404, "link")
    return found


def _recipient(context: Context, request: Request) -> Recipient:
    """Return whom the link is for; it never expires, and works when nothing is left to end."""
    found = context.current_target(_target(context, request))
    with context.settings.read() as connection:
        person = people.load_person(connection, found.subscriber_id)
    held = person.subscriptions if person else ()
    subscription = next((each for each in held if has_mark(each.newsletter, found.mark)), None)
    newsletter = context.newsletter_by_mark(found.mark)
    name = subscription.newsletter if subscription else newsletter.name if newsletter else ""
    return Recipient(
        found.subscriber_id, name, newsletter, person.subscriber if person else None, subscription
    )


async def show(context: Context, request: Request) -> Response:
    """Show the button that ends the subscription, first of all; nothing changes by looking."""
    who = await run_in_thread(lambda: _recipient(context, request))
    if who.reader is None or who.subscription is None or who.subscription.state is State.ENDED:
        return context.render("message", who.newsletter, language=who.language, kind="left-before")
    return context.render(
        "leave",
        who.newsletter,
        language=who.language,
        reader=who.reader,
        wish=who.subscription,
        pauses=PAUSES if who.subscription.state is State.ACTIVE else (),
        path=request.url.path,
        others=[each for each in context.settings.newsletters if each.public and each != who.newsletter],
        preferences=context.settings.links.preferences(who.id, who.name) if who.newsletter else "",
    )


async def explain_personal_links(context: Context, request: Request) -> Response:
    """Say where a reader's own links are: what anybody can read has none, or whoever got it could use them."""
    newsletter = context.settings.newsletter(request.path_params["newsletter"])
    return context.render("message", newsletter, kind="personal")


async def unsubscribe(context: Context, request: Request) -> Response:
    """End the subscription: whatever the body says, a POST to this address means no."""
    try:
        fields = await read_form(request)
    except PageError:
        fields = {}  # what is asked for is in the address; a broken body does not take it back
    one_click = first_value(fields, ONE_CLICK[0]) == ONE_CLICK[1]
    found = _target(context, request)
    if context.newsletter_by_mark(found.mark) is None:
        old = found
        found = await run_in_thread(lambda: context.current_target(old))
    evidence = Evidence(
        context.settings.now(), "one-click" if one_click else "page", network=context.network_hash(request)
    )
    done = await context.writer.run_all(
        unsubscribe_all, Unsubscribe(found.subscriber_id, found.mark, evidence)
    )
    if one_click:
        return PlainTextResponse("You are unsubscribed.\n", headers=HEADERS)
    who = await run_in_thread(lambda: _recipient(context, request))
    return context.render(
        "left",
        who.newsletter,
        language=who.language,
        reader=who.reader,
        path=request.url.path,
        undo=_undo_token(context, found, done),
    )


def _undo_token(context: Context, found: LinkTarget, done: Transition | None) -> str:
    """Return the token that takes back the end that was *done* just now; "" where it took nothing away.

    It holds the reader, the newsletter and the moment of that end, which no other change of this subscription has.
    """
    if done is None or done.at is None or not done.changed:
        return ""
    if done.before not in (State.ACTIVE, State.PAUSED):
        return ""
    end = (done.at - _EPOCH) // timedelta(microseconds=1)
    payload = found.mark + end.to_bytes(8, "big") + found.subscriber_id.to_bytes(8, "big")
    return context.settings.links.token(Purpose.UNDO, payload)


def _undone_at(context: Context, token: str, found: LinkTarget) -> datetime | None:
    """Return which end *token* takes back; None where it is none of this reader's ends of this newsletter."""
    payload = context.settings.links.read(Purpose.UNDO, token)
    if payload is None or len(payload) != 19 or payload[:3] != found.mark:
        return None
    if int.from_bytes(payload[11:], "big") != found.subscriber_id:
        return None
    return _EPOCH + timedelta(microseconds=int.from_bytes(payload[3:11], "big"))


async def undo(context: Context, request: Request) -> Response:
    """Take an end back: only this one, from the good-bye page that it led to, and only for a while."""
    who, fields = await run_in_thread(lambda: _recipient(context, request)), await read_form(request)
    found = await run_in_thread(lambda: context.current_target(_target(context, request)))
    end, now = _undone_at(context, first_value(fields, "undo"), found), context.settings.now()
    if end is None or not rules.is_fresh(end, now, rules.UNDO_FOR):
        raise PageError(410, "undo", who.newsletter, language=who.language)
    text = f"undo ({base_language(who.language) or 'newsletter language'})"
    evidence = Evidence(now, "good-bye page", text, context.network_hash(request))
    done = await context.writer.run(
        lambda connection: transition(connection, who.id, who.name, Act.UNDO, evidence, link=end)
    )
    if done.after not in (State.ACTIVE, State.PAUSED):
        raise PageError(410, "undo", who.newsletter, language=who.language)
    return context.render("message", who.newsletter, language=who.language, kind="back")


async def pause(context: Context, request: Request) -> Response:
    """Pause for the days that were asked for."""
    who, fields = await run_in_thread(lambda: _recipient(context, request)), await read_form(request)
    days = first_value(fields, "days")
    now = context.settings.now()
    until = (
        rules.pause_until(now, int(days)) if days.isascii() and days.isdecimal() and len(days) < 5 else None
    )
    if until is None or who.subscription is None:
        raise PageError(400, "form", who.newsletter, language=who.language)
    evidence = Evidence(now, "page", network=context.network_hash(request))
    await context.writer.run(
        lambda connection: transition(connection, who.id, who.name, Act.PAUSE, evidence, until=until)
    )
    return context.render("message", who.newsletter, language=who.language, kind="paused", until=until)
