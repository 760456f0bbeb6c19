"""In: the form, the answer that is the same for everybody, and the confirmation.

Why: docs/design-notes.md, "The page after a sign-up is the same for everybody".
"""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from subscribers import rules
from subscribers.address import InvalidAddress, parse_address
from subscribers.links import Purpose
from subscribers.model import Act, Evidence, State, Subscriber
from subscribers.pages import mails
from subscribers.pages.context import Context, Form, PageError, first_value, read_form, run_in_thread
from subscribers.pages.settings import NewsletterInfo
from subscribers.pages.translations import choose_language, translator
from subscribers.store import people
from subscribers.store.consents import last_unsubscribed
from subscribers.store.limits import count_within_limit
from subscribers.store.renames import current_name
from subscribers.store.signup import SignUp, SignUpResult, sign_up
from subscribers.store.subscriptions import transition

HONEYPOT = "website"
SHORTEST = timedelta(seconds=2)  # nobody fills a form faster


async def _newsletter(context: Context, request: Request) -> NewsletterInfo:
    """Return the newsletter of the address; a form that was pasted long ago may call it by an older name."""
    name = request.path_params["newsletter"]
    found = context.settings.newsletter(name)
    if found is None:
        found = context.settings.newsletter(await run_in_thread(lambda: _renamed(context, name)))
    if found is None:
        raise PageError(404, "newsletter")
    return found


def _renamed(context: Context, name: str) -> str:
    with context.settings.read() as connection:
        return current_name(connection, name)


def _form_page(
    context: Context,
    newsletter: NewsletterInfo,
    *,
    status: int = 200,
    problem: str = "",
    typed: Form | None = None,
) -> Response:
    opened = int(context.settings.now().timestamp()).to_bytes(5, "big")
    return context.render(
        "subscribe",
        newsletter,
        status=status,
        problem=problem,
        email=first_value(typed or {}, "email"),
        name=first_value(typed or {}, "name"),
        opened=context.settings.links.token(Purpose.FORM, opened),
        honeypot=HONEYPOT,
    )


async def show_form(context: Context, request: Request) -> Response:
    """Show the sign-up form."""
    return _form_page(context, await _newsletter(context, request))


async def submit(context: Context, request: Request) -> Response:
    """Take the form, from our page or pasted into another site, and answer the same whoever asks."""
    newsletter, fields = await _newsletter(context, request), await read_form(request)
    address = parse_address(first_value(fields, "email"), test_domains=context.settings.test_domains)
    if isinstance(address, InvalidAddress):
        return _form_page(context, newsletter, status=400, problem="address", typed=fields)
    if address.domain in context.settings.refused_domains:
        return _form_page(context, newsletter, status=400, problem="domain", typed=fields)
    name = first_value(fields, "name")
    if not rules.is_valid_name(name):
        return _form_page(context, newsletter, status=400, problem="name", typed=fields)
    if _too_fast(context, first_value(fields, "opened")):
        return _form_page(context, newsletter, status=400, problem="again", typed=fields)
    if not first_value(fields, HONEYPOT):
        known = [name for name, _ in newsletter.sections]
        picked = rules.encode_sections(fields["section"], known) if "section" in fields else ""
        signup = SignUp(address, newsletter.name, name=name, sections=picked)
        done = await run_in_thread(lambda: _sign_up(context, newsletter, signup, request))
        if done.then == "later":
            raise PageError(429, f"later-{done.limit}", newsletter)
    back = first_value(fields, "next")
    if any(back == site or back.startswith(f"{site}/") for site in newsletter.sites):
        return RedirectResponse(back, status_code=303, headers={"Cache-Control": "no-store"})
    return context.render("message", newsletter, kind="asked", address=address.text)


def _too_fast(context: Context, opened: str) -> bool:
    """Return whether our own form came back too soon; a pasted form has no such mark and is not asked."""
    payload = context.settings.links.read(Purpose.FORM, opened)
    if payload is None:
        return False
    return context.settings.now() - datetime.fromtimestamp(int.from_bytes(payload, "big"), UTC) < SHORTEST


def _sign_up(context: Context, newsletter: NewsletterInfo, signup: SignUp, request: Request) -> SignUpResult:
    settings, now = context.settings, context.settings.now()
    say = translator(choose_language(newsletter.language))
    shown_text = say(
        "We will send a message to this address. Press the button in it to confirm, and you are subscribed."
    )
    evidence = Evidence(now, "form", shown_text, context.network_hash(request))
    with settings.write() as connection:
        if context.is_shared(request) and not count_within_limit(
            connection, settings.limits.shared, context.peer_hash(request), now
        ):
            return SignUpResult("later", limit="network")
        done = sign_up(connection, settings.links.keys, signup, evidence, settings.limits)
        reader = people.subscriber_by_id(connection, done.subscriber_id)
    if done.limit in ("pending", "domain"):
        settings.limit_reached(newsletter=newsletter.name, limit=done.limit, domain=signup.address.domain)
    if reader is not None and done.then in ("confirm", "already"):
        made = now + timedelta(microseconds=-now.microsecond % 1_000_000)  # a link holds whole seconds: never
        url = settings.links.confirm(reader.id, newsletter.name, made)  # before an end that came before it
        mails.send(context, done.then, reader, newsletter, key=f"{now:%Y%m%d%H%M%S}", confirm_url=url)
    return done


def _confirmable(context: Context, request: Request) -> tuple[Subscriber, NewsletterInfo, datetime]:
    """Return whom the link is for; refuse one that is not ours, is too old, or was made before the reader left."""
    settings = context.settings
    found = settings.links.target(Purpose.CONFIRM, request.path_params["token"], timed=True)
    if found is None:
        raise PageError(404, "link")
    found = context.current_target(found)
    newsletter = context.newsletter_by_mark(found.mark)
    if newsletter is None:
        raise PageError(410, "old-newsletter")
    with settings.read() as connection:
        reader = people.subscriber_by_id(connection, found.subscriber_id)
        subscription = people.find_subscription(connection, found.subscriber_id, newsletter.name)
        ended = last_unsubscribed(connection, found.subscriber_id, newsletter.name)
    if found.at is None or not rules.is_fresh(found.at, settings.now(), rules.CONFIRM_FOR):
        raise PageError(410, "expired", newsletter, language=reader.language if reader else "")
    if reader is None or subscription is None:
        raise PageError(410, "gone", newsletter)
    if subscription.state is State.ENDED or (
        subscription.state is State.PENDING and rules.is_superseded(found.at, ended)
    ):
        raise PageError(410, "left-since", newsletter, language=reader.language)
    return reader, newsletter, found.at


async def show_confirmation(context: Context, request: Request) -> Response:
    """Show the button that confirms; a mail scanner that comes by changes nothing."""
    reader, newsletter, _ = await run_in_thread(lambda: _confirmable(context, request))
    return context.render("confirm", newsletter, language=reader.language, reader=reader)


async def confirm(context: Context, request: Request) -> Response:
    """Confirm: consent rises here and nowhere else."""
    reader, newsletter, made = await run_in_thread(lambda: _confirmable(context, request))
    await run_in_thread(lambda: _confirm(context, reader, newsletter, made, context.network_hash(request)))
    return context.render(
        "confirmed",
        newsletter,
        language=reader.language,
        reader=reader,
        preferences=context.settings.links.preferences(reader.id, newsletter.name),
        latest=context.settings.latest(newsletter.name),
    )


def _confirm(
    context: Context, reader: Subscriber, newsletter: NewsletterInfo, made: datetime, network: str
) -> None:
    settings, now = context.settings, context.settings.now()
    say = translator(choose_language(reader.language, newsletter.language))
    text = f"{say('Yes, send me %(title)s', title=newsletter.title)}"
    with settings.write() as connection:
        evidence = Evidence(now, "confirm page", text, network)
        done = transition(connection, reader.id, newsletter.name, Act.CONFIRM, evidence, link=made)
    if done.after not in (State.ACTIVE, State.PAUSED):  # the reader left while the page was open
        raise PageError(410, "left-since", newsletter, language=reader.language)
    if done.changed and done.after is State.ACTIVE:
        mails.send(
            context,
            "welcome",
            reader,
            newsletter,
            key=f"{now:%Y%m%d%H%M%S}",
            latest_url=settings.latest(newsletter.name),
        )
