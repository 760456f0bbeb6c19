"""The web application: the desk, the readers' pages, pictures and health, in one Starlette."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.staticfiles import StaticFiles

from digest.app import App, Busy
from digest.config.schema import Readers
from digest.flows.notify import alarms, mails, proxies
from digest.flows.readers import archive, readers
from digest.messages.templates import shipped
from digest.web import desk, feedback, health, metrics, people, public
from digest.web.accounts import pages as accounts
from digest.web.desk import labels
from digest.web.edge import Edge, Site
from subscribers.api import Limits, NewsletterInfo, PageSettings, not_found_page, reader_routes

Handler = Callable[[Request, Exception], Awaitable[Response]]
MOST_BYTES = 2_000_000  # of a request: no form of ours comes near it


def application(app: App) -> Site:
    """Return the ASGI application of everything that this site serves."""
    folder = shipped() / "web"
    templates = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    readers_pages = reader_settings(app)
    templates.globals["plural"] = labels.plural
    routes: list[Route | Mount] = [
        *health.routes(app),
        *metrics.routes(app),
        *feedback.routes(app),
        *public.routes(app, templates, not_found_page(readers_pages)),
        *reader_routes(readers_pages),
        *accounts.routes(),
        *people.routes(),
        *desk.routes(app, templates),
        Mount("/static", StaticFiles(directory=folder / "static")),
    ]
    handlers: dict[int | type[Exception], Handler] = {
        404: partial(_missing, templates),
        DBAPIError: _no_database,
        Busy: _busy,
        ClientDisconnect: _gone,
    }
    made = Site(routes=routes, exception_handlers=handlers, max_body_size=MOST_BYTES)
    made.router.redirect_slashes = False  # it would build an address of the Host header
    made.edge = Edge(
        made.inner,
        site_url=app.config.site.url,
        hosts=app.config.web.hosts,
        proxies=app.config.web.proxies,
        tell=partial(proxies.alarm, app),
    )
    made.state.digest, made.state.templates = app, templates
    return made


def reader_settings(app: App) -> PageSettings:
    """Return what the readers' pages need to know of us, as plain data."""
    return PageSettings(
        site_name=app.config.site.name,
        links=app.links,
        newsletters=tuple(
            NewsletterInfo(
                name=name,
                title=newsletter.title,
                language=newsletter.language,
                direction=newsletter.direction,
                tagline=newsletter.tagline,
                sections=tuple((rule.name, rule.title) for rule in newsletter.sections),
                accent=newsletter.look.accent,
                accent_dark=newsletter.look.accent_dark,
                zone=newsletter.schedule.zone,
                postal=newsletter.sender.postal,
                contact=newsletter.sender.reply_to or newsletter.sender.address,
                sites=app.config.readers.forms_on,
            )
            for name, newsletter in app.config.newsletters.items()
        ),
        templates=shipped(),
        read=app.db.read,
        write=app.db.write,
        now=app.now,
        send_mail=mails.to_readers(app),
        limit_reached=partial(alarms.sign_up_limited, app),
        forget=readers.forget,
        latest=partial(archive.latest, app),
        limits=_limits(app.config.readers),
        refused_domains=frozenset(app.config.readers.refused_domains),
        test_domains=app.config.readers.test_domains,
    )


def _limits(chosen: Readers) -> Limits:
    usual = Limits()
    return Limits(
        network=replace(usual.network, most=chosen.network_limit),
        shared=replace(usual.shared, most=10 * chosen.network_limit),
        pending=replace(usual.pending, most=chosen.pending_limit),
        cool_down=chosen.cool_down,
    )


async def _missing(templates: Environment, request: Request, problem: Exception) -> Response:
    """Say that there is no such page; one that is there without the slash at its end is redirected."""
    path = "/" + request.url.path.strip("/")
    if path != request.url.path and request.method in {"GET", "HEAD"}:
        routes = request.app.router.routes
        if any(route.matches({**request.scope, "path": path})[0] is Match.FULL for route in routes):
            return RedirectResponse(path, status_code=308)
    return desk.elsewhere(templates)


async def _no_database(request: Request, problem: Exception) -> Response:
    words = "We cannot reach our records at this moment. Nothing was lost; please try again in a few minutes."
    return HTMLResponse(words, status_code=503, headers={"Retry-After": "60"}, media_type="text/plain")


async def _busy(request: Request, problem: Exception) -> Response:
    words = "Too many people ask for something at this moment. Nothing was changed; please try again in a few seconds."
    return HTMLResponse(words, status_code=503, headers={"Retry-After": "10"}, media_type="text/plain")


async def _gone(request: Request, problem: Exception) -> Response:
    """Answer nobody: the other side left before its form was whole, which is no fault of ours to log."""
    return Response(status_code=400)
