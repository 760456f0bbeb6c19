"""What a reader can set: sections, name, language, a pause, and the house's other newsletters."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from subscribers import rules
from subscribers.links import Purpose
from subscribers.model import Act, Person, State, Subscription, Witness
from subscribers.pages.context import Form, PageError, Room, first, form, in_thread, is_marked
from subscribers.pages.manage import send_link
from subscribers.pages.settings import Newsletter
from subscribers.pages.translations import language_name, spoken
from subscribers.store import people
from subscribers.store.subscriptions import move, set_sections

GOOD = ("saved", "paused", "resumed", "data")


@dataclass(frozen=True, slots=True)
class Chooser:
    """Whom a preferences link is for, and by way of which newsletter."""

    person: Person
    newsletter: Newsletter
    wish: Subscription

    def has(self, section: str) -> bool:
        """Return whether the reader gets *section*."""
        return not self.wish.sections or section in self.wish.sections.split(",")

    def state(self, newsletter: str) -> State | None:
        """Return the state of the reader's wish for *newsletter*."""
        found = (each.state for each in self.person.subscriptions if each.newsletter == newsletter)
        return next(found, None)


def _chooser(room: Room, request: Request) -> Chooser:
    found = room.settings.links.wish(Purpose.PREFERENCES, request.path_params["token"])
    if found is None:
        raise PageError(404, "link")
    found = room.current(found)
    newsletter = room.marked(found.mark)
    with room.settings.read() as connection:
        person = people.person(connection, found.subscriber_id)
    wishes = person.subscriptions if person else ()
    wish = next((each for each in wishes if is_marked(each.newsletter, found.mark)), None)
    if person is None or newsletter is None or wish is None:
        raise PageError(410, "gone", newsletter)
    return Chooser(person, newsletter, wish)


async def shown(room: Room, request: Request) -> Response:
    """Show the reader's settings."""
    return _page(room, await in_thread(lambda: _chooser(room, request)), request)


def _page(
    room: Room,
    who: Chooser,
    request: Request,
    *,
    said: str = "",
    status: int = 200,
    typed: str | None = None,
) -> Response:
    reader = who.person.subscriber
    return room.html(
        "preferences",
        who.newsletter,
        language=reader.language,
        status=status,
        who=who,
        reader=reader,
        said=said,
        good=said in GOOD,
        path=request.url.path,
        typed_name=reader.name if typed is None else typed,
        languages=spoken(),
        language_name=language_name,
        today=room.settings.now().date(),
        others=[each for each in room.settings.newsletters if each.public and each != who.newsletter],
        leave=room.settings.links.unsubscribe(reader.id, who.newsletter.name),
    )


async def saved(room: Room, request: Request) -> Response:
    """Store what the form says, and show the page again with a word on what was done."""
    who, fields = await in_thread(lambda: _chooser(room, request)), await form(request)
    network = room.network(request)
    said = await in_thread(lambda: _save(room, who, fields, network))
    status = 200 if said in GOOD else 400
    now = await in_thread(lambda: _chooser(room, request))
    typed = first(fields, "name") if said == "name" else None
    return _page(room, now, request, said=said, status=status, typed=typed)


def _save(room: Room, who: Chooser, fields: Form, network: str) -> str:
    """Do the act of the form that was sent; return which words tell it."""
    witness = Witness(room.settings.now(), "preferences", network=network)
    match first(fields, "act"):
        case "save":
            return _settings(room, who, fields, witness)
        case "pause":
            return _pause(room, who, first(fields, "until"), witness)
        case "resume":
            _move(room, who, Act.RESUME, witness)
            return "resumed"
        case "data":
            send_link(room, who.person.subscriber, who.newsletter)
            return "data"
    return "form"


def _settings(room: Room, who: Chooser, fields: Form, witness: Witness) -> str:
    reader = who.person.subscriber
    language, name = first(fields, "language"), first(fields, "name")
    if name != reader.name and not rules.good_name(name):
        return "name"
    with room.settings.write() as connection:
        if who.newsletter.sections:
            known = [name for name, _ in who.newsletter.sections]
            sections = rules.written(fields.get("section", []), known)
            set_sections(connection, reader.id, who.newsletter.name, sections, witness)
        people.changed(
            connection,
            reader.id,
            name=name if "name" in fields else None,
            language=language if language in (*spoken(), "") and "language" in fields else None,
        )
    return "saved"


def _pause(room: Room, who: Chooser, until: str, witness: Witness) -> str:
    zone = ZoneInfo(who.person.subscriber.zone or who.newsletter.zone)
    try:
        day = datetime.combine(datetime.strptime(until, "%Y-%m-%d").date(), time(0), zone)  # noqa: DTZ007
    except ValueError:
        return "date"
    if not witness.at < day <= witness.at + rules.LONGEST_PAUSE:
        return "date"
    _move(room, who, Act.PAUSE, witness, day.astimezone(UTC))
    return "paused"


def _move(room: Room, who: Chooser, act: Act, witness: Witness, until: datetime | None = None) -> None:
    with room.settings.write() as connection:
        move(connection, who.wish.subscriber_id, who.newsletter.name, act, witness, until=until)
