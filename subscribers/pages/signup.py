"""In: the form, the answer that is the same for everybody, and the confirmation."""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from subscribers import rules
from subscribers.address import NoAddress, parsed
from subscribers.links import Purpose
from subscribers.model import Act, State, Subscriber, Witness
from subscribers.pages import mails
from subscribers.pages.context import Form, PageError, Room, first, form, in_thread
from subscribers.pages.settings import Newsletter
from subscribers.pages.translations import chosen, speaker
from subscribers.store import people
from subscribers.store.consents import last_end
from subscribers.store.limits import within
from subscribers.store.renames import current
from subscribers.store.signup import Asked, Wanted, ask
from subscribers.store.subscriptions import move

HONEYPOT = "website"
SHORTEST = timedelta(seconds=2)  # nobody fills a form faster


async def _newsletter(room: Room, request: Request) -> Newsletter:
    """Return the newsletter of the address; a form that was pasted long ago may call it by an older name."""
    name = request.path_params["newsletter"]
    found = room.settings.newsletter(name)
    if found is None:
        found = room.settings.newsletter(await in_thread(lambda: _renamed(room, name)))
    if found is None:
        raise PageError(404, "newsletter")
    return found


def _renamed(room: Room, name: str) -> str:
    with room.settings.read() as connection:
        return current(connection, name)


def _form(
    room: Room, newsletter: Newsletter, *, status: int = 200, problem: str = "", typed: Form | None = None
) -> Response:
    opened = int(room.settings.now().timestamp()).to_bytes(5, "big")
    return room.html(
        "subscribe",
        newsletter,
        status=status,
        problem=problem,
        email=first(typed or {}, "email"),
        name=first(typed or {}, "name"),
        opened=room.settings.links.token(Purpose.FORM, opened),
        honeypot=HONEYPOT,
    )


async def shown(room: Room, request: Request) -> Response:
    """Show the sign-up form."""
    return _form(room, await _newsletter(room, request))


async def asked(room: Room, request: Request) -> Response:
    """Take the form, from our page or pasted into another site, and answer the same whoever asks."""
    newsletter, fields = await _newsletter(room, request), await form(request)
    address = parsed(first(fields, "email"), test_domains=room.settings.test_domains)
    if isinstance(address, NoAddress):
        return _form(room, newsletter, status=400, problem="address", typed=fields)
    if address.domain in room.settings.refused_domains:
        return _form(room, newsletter, status=400, problem="domain", typed=fields)
    name = first(fields, "name")
    if not rules.good_name(name):
        return _form(room, newsletter, status=400, problem="name", typed=fields)
    if _too_fast(room, first(fields, "opened")):
        return _form(room, newsletter, status=400, problem="again", typed=fields)
    if not first(fields, HONEYPOT):
        known = [name for name, _ in newsletter.sections]
        picked = rules.written(fields["section"], known) if "section" in fields else ""
        wanted = Wanted(address, newsletter.name, name=name, sections=picked)
        done = await in_thread(lambda: _ask(room, newsletter, wanted, request))
        if done.then == "later":
            raise PageError(429, f"later-{done.limit}", newsletter)
    back = first(fields, "next")
    if any(back == site or back.startswith(f"{site}/") for site in newsletter.sites):
        return RedirectResponse(back, status_code=303, headers={"Cache-Control": "no-store"})
    return room.html("message", newsletter, kind="asked", address=address.text)


def _too_fast(room: Room, opened: str) -> bool:
    """Return whether our own form came back too soon; a pasted form has no such mark and is not asked."""
    payload = room.settings.links.read(Purpose.FORM, opened)
    if payload is None:
        return False
    return room.settings.now() - datetime.fromtimestamp(int.from_bytes(payload, "big"), UTC) < SHORTEST


def _ask(room: Room, newsletter: Newsletter, wanted: Wanted, request: Request) -> Asked:
    settings, now = room.settings, room.settings.now()
    say = speaker(chosen(newsletter.language))
    shown_text = say(
        "We will send a message to this address. Press the button in it to confirm, and you are subscribed."
    )
    witness = Witness(now, "form", shown_text, room.network(request))
    with settings.write() as connection:
        if room.is_shared(request) and not within(
            connection, settings.limits.shared, room.peer(request), now
        ):
            return Asked("later", limit="network")
        done = ask(connection, settings.links.keys, wanted, witness, settings.limits)
        reader = people.by_id(connection, done.subscriber_id)
    if done.limit in ("pending", "domain"):
        settings.limit_reached(newsletter=newsletter.name, limit=done.limit, domain=wanted.address.domain)
    if reader is not None and done.then in ("confirm", "already"):
        made = now + timedelta(microseconds=-now.microsecond % 1_000_000)  # a link holds whole seconds: never
        url = settings.links.confirm(reader.id, newsletter.name, made)  # before an end that came before it
        mails.send(room, done.then, reader, newsletter, key=f"{now:%Y%m%d%H%M%S}", confirm_url=url)
    return done


def _confirmable(room: Room, request: Request) -> tuple[Subscriber, Newsletter, datetime]:
    """Return whom the link is for; refuse one that is not ours, is too old, or was made before the reader left."""
    settings = room.settings
    found = settings.links.wish(Purpose.CONFIRM, request.path_params["token"], timed=True)
    if found is None:
        raise PageError(404, "link")
    found = room.current(found)
    newsletter = room.marked(found.mark)
    if newsletter is None:
        raise PageError(410, "old-newsletter")
    with settings.read() as connection:
        reader = people.by_id(connection, found.subscriber_id)
        wish = people.wish(connection, found.subscriber_id, newsletter.name)
        ended = last_end(connection, found.subscriber_id, newsletter.name)
    if found.at is None or not rules.fresh(found.at, settings.now(), rules.CONFIRM_FOR):
        raise PageError(410, "expired", newsletter, language=reader.language if reader else "")
    if reader is None or wish is None:
        raise PageError(410, "gone", newsletter)
    if wish.state is State.ENDED or (wish.state is State.PENDING and rules.outlived(found.at, ended)):
        raise PageError(410, "left-since", newsletter, language=reader.language)
    return reader, newsletter, found.at


async def confirmation(room: Room, request: Request) -> Response:
    """Show the button that confirms; a mail scanner that comes by changes nothing."""
    reader, newsletter, _ = await in_thread(lambda: _confirmable(room, request))
    return room.html("confirm", newsletter, language=reader.language, reader=reader)


async def confirmed(room: Room, request: Request) -> Response:
    """Confirm: consent rises here and nowhere else."""
    reader, newsletter, made = await in_thread(lambda: _confirmable(room, request))
    await in_thread(lambda: _confirm(room, reader, newsletter, made, room.network(request)))
    return room.html(
        "confirmed",
        newsletter,
        language=reader.language,
        reader=reader,
        preferences=room.settings.links.preferences(reader.id, newsletter.name),
        latest=room.settings.latest(newsletter.name),
    )


def _confirm(room: Room, reader: Subscriber, newsletter: Newsletter, made: datetime, network: str) -> None:
    settings, now = room.settings, room.settings.now()
    say = speaker(chosen(reader.language, newsletter.language))
    text = f"{say('Yes, send me %(title)s', title=newsletter.title)}"
    with settings.write() as connection:
        witness = Witness(now, "confirm page", text, network)
        done = move(connection, reader.id, newsletter.name, Act.CONFIRM, witness, link=made)
    if done.after not in (State.ACTIVE, State.PAUSED):  # the reader left while the page was open
        raise PageError(410, "left-since", newsletter, language=reader.language)
    if done.changed and done.after is State.ACTIVE:
        mails.send(
            room,
            "welcome",
            reader,
            newsletter,
            key=f"{now:%Y%m%d%H%M%S}",
            latest_url=settings.latest(newsletter.name),
        )
