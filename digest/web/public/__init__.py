"""What readers reach: the frozen edition in a browser, and the pictures."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from anyio import to_thread
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.flows.readers import archive as flow
from digest.messages import personal_links
from digest.messages.dates import dateline
from digest.messages.templates import library
from digest.model import EditionState
from digest.web.public import corrected

FROZEN = {
    # What is shown came from outside and was sent as mail: it may style itself and load pictures, no more.
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src *; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, max-age=300",  # a correction must not wait for an hour
}
ARCHIVE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=300",
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def routes(app: App, templates: Environment, not_found: Callable[[Request, str], Response]) -> list[Route]:
    """Return the routes that a mail's links and pictures lead to; *not_found* answers where there is nothing."""
    links = app.links

    async def view(request: Request) -> Response:
        seen = personal_links.seen_by(links, request.path_params["token"])
        found = await to_thread.run_sync(partial(_view, app, templates, seen)) if seen else None
        if found is None:
            return not_found(request, "link")
        return HTMLResponse(found, headers=FROZEN)

    async def picture(request: Request) -> Response:
        name = request.path_params["sha"]
        file = app.data / "pictures" / name[:2] / f"{name}.jpg"
        if len(name) != 64 or not name.isalnum() or not await to_thread.run_sync(file.is_file):
            return Response("There is no such picture.", status_code=404, media_type="text/plain")
        return FileResponse(file, media_type="image/jpeg", headers=FOR_EVER)

    async def archive(request: Request) -> Response:
        page = await to_thread.run_sync(partial(_archive, app, templates, request.path_params["newsletter"]))
        if page is None:
            return not_found(request, "newsletter")
        return HTMLResponse(page, headers=ARCHIVE)

    return [
        Route("/v/{token}", view),
        Route("/p/{sha}.jpg", picture),
        Route("/archive/{newsletter}", archive),
    ]


def _archive(app: App, templates: Environment, name: str) -> str | None:
    """Return the page that lists the newest editions that went out (List-Archive, RFC 2369); None without one."""
    newsletter = app.config.newsletters.get(name)
    if newsletter is None or not _is_public(app, name):
        return None
    words = library(app.config.site.templates, name).words(newsletter.language)
    links = app.links
    rows = [
        (
            dateline(one.date, words["date"], newsletter.language),
            one.subject,
            personal_links.view_url(
                links, personal_links.Seen(one.id, one.revision, personal_links.EVERYBODY)
            ),
            corrected.in_words(found, newsletter, words["corrected"]),
        )
        for one, found in flow.archived(app, name)
    ]
    return templates.get_template("public/archive.html").render(
        name=name,
        newsletter=newsletter,
        site=app.config.site.name,
        editions=rows,
        words=words,
    )


def _view(app: App, templates: Environment, seen: personal_links.Seen) -> str | None:
    """Return the frozen edition as a page, under what was corrected in it since; None where there is none."""
    frozen = flow.frozen(app, seen.edition, seen.revision)
    if frozen is None:
        return None
    edition = frozen.edition
    if seen.subscriber == personal_links.EVERYBODY and not _is_public(app, edition.newsletter):
        return None
    links = app.links
    page = personal_links.page(
        frozen.variant, personal_links.public_values(links, edition, seen.subscriber), None
    )
    newsletter = app.config.newsletters.get(edition.newsletter)
    if newsletter is None:
        return page
    words = library(app.config.site.templates, edition.newsletter).words(newsletter.language)
    found = corrected.in_words(flow.corrections_of(app, edition), newsletter, words["corrected"])
    newer = edition.revision > seen.revision and edition.state is not EditionState.DRAFT
    link = personal_links.view_url(links, replace(seen, revision=edition.revision)) if newer else ""
    return corrected.above(page, found, newsletter, templates, link, words["corrected_edition"])


def _is_public(app: App, name: str) -> bool:
    newsletter = app.config.newsletters.get(name)
    return newsletter is not None and newsletter.archive == "public"
