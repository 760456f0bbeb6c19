"""What a reader can set: sections, name, language, a pause, and the newsroom's other newsletters."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from subscribers import rules
from subscribers.links import Purpose
from subscribers.model import Act, Evidence, Person, State, Subscription
from subscribers.pages.context import (
    Context,
    Form,
    PageError,
    first_value,
    has_mark,
    read_form,
    run_in_thread,
)
from subscribers.pages.manage import send_manage_link
from subscribers.pages.settings import NewsletterInfo
from subscribers.pages.translations import language_name, languages
from subscribers.store import people
from subscribers.store.subscriptions import set_sections, transition

GOOD = ("saved", "paused", "resumed", "data")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a preferences link is for, and by way of which newsletter."""

    person: Person
    newsletter: NewsletterInfo
    wish: Subscription  # by this name in the templates of newsrooms

    def has(self, section: str) -> bool:
        """Return whether the reader gets *section*."""
        return not self.wish.sections or section in self.wish.sections.split(",")

    def state(self, newsletter: str) -> State | None:
        """Return the state of the reader's subscription to *newsletter*."""
        found = (each.state for each in self.person.subscriptions if each.newsletter == newsletter)
        return next(found, None)


def _recipient(context: Context, request: Request) -> Recipient:
    found = context.settings.links.target(Purpose.PREFERENCES, request.path_params["token"])
    if found is None:
        raise PageError(404, "link")
    found = context.current_target(found)
    newsletter = context.newsletter_by_mark(found.mark)
    with context.settings.read() as connection:
        person = people.load_person(connection, found.subscriber_id)
    held = person.subscriptions if person else ()
    subscription = next((each for each in held if has_mark(each.newsletter, found.mark)), None)
    if person is None or newsletter is None or subscription is None:
        raise PageError(410, "gone", newsletter)
    return Recipient(person, newsletter, subscription)


async def show(context: Context, request: Request) -> Response:
    """Show the reader's settings."""
    return _page(context, await run_in_thread(lambda: _recipient(context, request)), request)


def _page(
    context: Context,
    who: Recipient,
    request: Request,
    *,
    said: str = "",
    status: int = 200,
    typed: str | None = None,
) -> Response:
    reader = who.person.subscriber
    return context.render(
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
        languages=languages(),
        language_name=language_name,
        today=context.settings.now().date(),
        others=[each for each in context.settings.newsletters if each.public and each != who.newsletter],
        leave=context.settings.links.unsubscribe(reader.id, who.newsletter.name),
    )


async def save(context: Context, request: Request) -> Response:
    """Store what the form says, and show the page again with a word on what was done."""
    who, fields = await run_in_thread(lambda: _recipient(context, request)), await read_form(request)
    network = context.network_hash(request)
    said = await run_in_thread(lambda: _save(context, who, fields, network))
    status = 200 if said in GOOD else 400
    now = await run_in_thread(lambda: _recipient(context, request))
    typed = first_value(fields, "name") if said == "name" else None
    return _page(context, now, request, said=said, status=status, typed=typed)


def _save(context: Context, who: Recipient, fields: Form, network: str) -> str:
    """Do the act of the form that was sent; return which words tell it."""
    evidence = Evidence(context.settings.now(), "preferences", network=network)
    match first_value(fields, "act"):
        case "save":
            return _settings(context, who, fields, evidence)
        case "pause":
            return _pause(context, who, first_value(fields, "until"), evidence)
        case "resume":
            _transition(context, who, Act.RESUME, evidence)
            return "resumed"
        case "data":
            send_manage_link(context, who.person.subscriber, who.newsletter)
            return "data"
    return "form"


def _settings(context: Context, who: Recipient, fields: Form, evidence: Evidence) -> str:
    reader = who.person.subscriber
    language, name = first_value(fields, "language"), first_value(fields, "name")
    if name != reader.name and not rules.is_valid_name(name):
        return "name"
    with context.settings.write() as connection:
        if who.newsletter.sections:
            known = [name for name, _ in who.newsletter.sections]
            sections = rules.encode_sections(fields.get("section", []), known)
            set_sections(connection, reader.id, who.newsletter.name, sections, evidence)
        people.update_profile(
            connection,
            reader.id,
            name=name if "name" in fields else None,
            language=language if language in (*languages(), "") and "language" in fields else None,
        )
    return "saved"


def _pause(context: Context, who: Recipient, until: str, evidence: Evidence) -> str:
    zone = ZoneInfo(who.person.subscriber.zone or who.newsletter.zone)
    try:
        day = datetime.combine(datetime.strptime(until, "%Y-%m-%d").date(), time(0), zone)  # noqa: DTZ007
    except ValueError:
        return "date"
    if not evidence.at < day <= evidence.at + rules.LONGEST_PAUSE:
        return "date"
    _transition(context, who, Act.PAUSE, evidence, day.astimezone(UTC))
    return "paused"


def _transition(
    context: Context, who: Recipient, act: Act, evidence: Evidence, until: datetime | None = None
) -> None:
    with context.settings.write() as connection:
        transition(connection, who.wish.subscriber_id, who.newsletter.name, act, evidence, until=until)
