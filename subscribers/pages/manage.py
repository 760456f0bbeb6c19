"""What a forwarded mail must not open: one's data, a new address, erasure. It takes a link that is fresh."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from subscribers import rules
from subscribers.address import Address, InvalidAddress, mask_address, parse_address
from subscribers.links import Purpose
from subscribers.model import Evidence, Subscriber
from subscribers.pages import mails
from subscribers.pages.context import HEADERS, Context, PageError, first_value, read_form, run_in_thread
from subscribers.pages.settings import NewsletterInfo
from subscribers.store import address_changes, people
from subscribers.store.erasure import erase_person
from subscribers.store.limits import count_within_limit
from subscribers.transfer.export import export_person


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who holds the link, by way of which newsletter, and when the link was made."""

    reader: Subscriber
    newsletter: NewsletterInfo
    at: datetime


def _recipient(context: Context, request: Request, purpose: Purpose, lasts: timedelta) -> Recipient:
    found = context.settings.links.target(purpose, request.path_params["token"], timed=True)
    if found is None or found.at is None:
        raise PageError(404, "link")
    newsletter = context.newsletter_by_mark(context.current_target(found).mark)
    if newsletter is None:
        raise PageError(410, "old-newsletter")
    with context.settings.read() as connection:
        reader = people.subscriber_by_id(connection, found.subscriber_id)
    if reader is None:
        raise PageError(410, "gone", newsletter)
    if not rules.is_fresh(found.at, context.settings.now(), lasts):
        raise PageError(410, "stale", newsletter, language=reader.language)
    return Recipient(reader, newsletter, found.at)


def send_manage_link(context: Context, reader: Subscriber, newsletter: NewsletterInfo) -> None:
    """Send the fresh link to the reader's own address, once for many presses."""
    settings, now = context.settings, context.settings.now()
    key = settings.links.keys.hashes("limit", reader.address.lower())[0].hex()[:32]
    with settings.write() as connection:
        allowed = not reader.suppressed and count_within_limit(connection, rules.OWN_MAILS, key, now)
    if allowed:
        token = settings.links.subscription_token(Purpose.MANAGE, reader.id, newsletter.name, at=now)
        url = f"{settings.links.site_url}/d/{token}"
        mails.send(context, "manage", reader, newsletter, key=f"{now:%Y%m%d%H%M%S}", manage_url=url)


async def show(context: Context, request: Request) -> Response:
    """Show what can be done with a fresh link."""
    return _page(
        context,
        await run_in_thread(lambda: _recipient(context, request, Purpose.MANAGE, rules.MANAGE_FOR)),
        request,
    )


def _page(
    context: Context, who: Recipient, request: Request, *, said: str = "", status: int = 200
) -> Response:
    return context.render(
        "manage",
        who.newsletter,
        language=who.reader.language,
        status=status,
        reader=who.reader,
        said=said,
        path=request.url.path,
    )


async def download_data(context: Context, request: Request) -> Response:
    """Hand out all that is held about the reader."""
    who = await run_in_thread(lambda: _recipient(context, request, Purpose.MANAGE, rules.MANAGE_FOR))

    def found() -> object:
        with context.settings.read() as connection:
            return export_person(connection, who.reader.id)

    text = json.dumps(await run_in_thread(found), ensure_ascii=False, indent=1)
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(text, media_type="application/json", headers=headers)


async def submit(context: Context, request: Request) -> Response:
    """Erase the reader, or ask the new address whether it wants to be theirs."""
    who, fields = (
        await run_in_thread(lambda: _recipient(context, request, Purpose.MANAGE, rules.MANAGE_FOR)),
        await read_form(request),
    )
    match first_value(fields, "act"):
        case "erase" if first_value(fields, "sure") == "yes":
            await run_in_thread(lambda: _erase(context, who))
            return context.render("message", who.newsletter, language=who.reader.language, kind="erased")
        case "erase":
            return _page(context, who, request, said="unsure", status=400)
        case "move":
            address = parse_address(first_value(fields, "email"), test_domains=context.settings.test_domains)
            if isinstance(address, InvalidAddress):
                return _page(context, who, request, said="address", status=400)
            said = await run_in_thread(lambda: _request_change(context, who, address, request))
            return _page(context, who, request, said=said, status=429 if said == "often" else 200)
    raise PageError(400, "form", who.newsletter, language=who.reader.language)


def _erase(context: Context, who: Recipient) -> None:
    with context.settings.write() as connection:
        settings = context.settings
        erase_person(connection, who.reader.id, settings.links.keys, settings.now(), forget=settings.forget)


def _request_change(context: Context, who: Recipient, address: Address, request: Request) -> str:
    """Ask the new address whether it wants to be the reader's, and tell the old one; return what the page says.

    The page says the same whether the address is free, somebody's or suppressed: that is nobody's business.
    """
    settings, now, reader = context.settings, context.settings.now(), who.reader
    target = settings.links.keys.hashes("limit", address.key)[0].hex()[:32]
    with settings.write() as connection:
        if not count_within_limit(connection, rules.ADDRESS_CHANGES, str(reader.id), now):
            return "often"
        if not _network_within(context, connection, request):
            raise PageError(429, "later-network", who.newsletter, language=reader.language)
        allowed = count_within_limit(connection, rules.CHANGE_MAILS, target, now)
        free = address_changes.request_address_change(
            connection, reader.id, address, now, settings.links.keys
        )
    stamp = f"{now:%Y%m%d%H%M%S}"
    mails.send(context, "move-asked", reader, who.newsletter, key=stamp, new=mask_address(address.text))
    if free and allowed:
        token = settings.links.subscription_token(Purpose.MOVE, reader.id, who.newsletter.name, at=now)
        url = f"{settings.links.site_url}/a/{token}"
        mails.send(context, "move", reader, who.newsletter, key=stamp, to=address.text, move_url=url)
    return "asked"


def _network_within(context: Context, connection: Connection, request: Request) -> bool:
    limits, now = context.settings.limits, context.settings.now()
    if context.is_shared(request):
        return count_within_limit(connection, limits.shared, context.peer_hash(request), now)
    network = context.network_hash(request)
    return not network or count_within_limit(connection, limits.network, network, now)


async def show_address_change(context: Context, request: Request) -> Response:
    """Show the button that makes the new address the reader's."""
    who = await run_in_thread(lambda: _recipient(context, request, Purpose.MOVE, rules.MOVE_FOR))
    return context.render("move", who.newsletter, language=who.reader.language, reader=who.reader)


async def change_address(context: Context, request: Request) -> Response:
    """Make the new address the reader's."""
    who = await run_in_thread(lambda: _recipient(context, request, Purpose.MOVE, rules.MOVE_FOR))
    evidence = Evidence(context.settings.now(), "new address' page", network=context.network_hash(request))

    def act() -> str:
        with context.settings.write() as connection:
            keys, test = context.settings.links.keys, context.settings.test_domains
            return address_changes.confirm_address_change(
                connection, who.reader.id, who.at, keys, evidence, test_domains=test
            )

    kind = await run_in_thread(act)
    if kind == "moved":  # the old address, which gets nothing from now on
        stamp = f"{context.settings.now():%Y%m%d%H%M%S}"
        await run_in_thread(lambda: mails.send(context, "moved", who.reader, who.newsletter, key=stamp))
    status = 200 if kind == "moved" else 410
    return context.render(
        "message", who.newsletter, language=who.reader.language, status=status, kind=f"move-{kind}"
    )
