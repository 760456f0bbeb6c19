"""The desk: the page that a news editor leaves open all day. In come acts, out go the draft, the mail, the report.

One file a page. `context.py` is what they share, `view_models.py` what a row is made of, `labels.py` how it is said.
A page without scripts does all of it by forms; htmx and one small script of ours (`static/desk.js`) only make
it quick: drag and drop, keys, and a middle that is swapped instead of a whole page.
"""

from collections.abc import Awaitable, Callable

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.web.desk import (
    approve,
    correct,
    edit,
    front,
    index,
    memory,
    preview,
    reputation,
    returned,
    sources,
    watch,
)
from digest.web.desk.context import PAGE

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(app: App, templates: Environment) -> list[Route]:
    """Return the desk's routes; each endpoint says who may use it."""
    at = "/desk/{newsletter}/{date}"

    def post(path: str, endpoint: Endpoint) -> Route:
        return Route(at + path, endpoint, methods=["POST"])

    return [
        Route("/", front.front),
        Route("/reader", watch.reader),
        Route("/reputation", reputation.show),
        Route("/sources", sources.show),
        Route("/reader/mail/{report:int}", returned.mail),
        Route("/desk/{newsletter}/memory", memory.show),
        Route("/desk/{newsletter}/memory", memory.changed, methods=["POST"]),
        Route(at, index.show),
        post("/watch", index.watch),
        post("/apply", index.applied),
        post("/act", edit.act),
        post("/add", edit.added),
        Route(at + "/story/{article:int}", edit.story),
        Route(at + "/history", edit.history),
        Route(at + "/preview", preview.pane),
        Route(at + "/html", preview.html),
        Route(at + "/text", preview.plain),
        Route(at + "/source", preview.source),
        Route(at + "/headers", preview.headers),
        post("/test", preview.test),
        Route(at + "/approve", approve.asked),
        post("/approve", approve.approved),
        post("/look", approve.checked),
        post("/withdraw", approve.withdrawn),
        Route(at + "/send", approve.sending),
        post("/send", approve.started),
        post("/pause", approve.paused),
        post("/resume", approve.resumed),
        Route(at + "/cancel", approve.ending),
        post("/cancel", approve.cancelled),
        Route(at + "/correct", correct.asked),
        post("/correct", correct.stopped),
        post("/tell", correct.sent),
        Route(at + "/progress", watch.progress),
        Route(at + "/report", watch.report),
    ]


def elsewhere(templates: Environment) -> Response:
    """Return the page for those who may not see the desk: it does not say what there is."""
    text = templates.get_template("desk/elsewhere.html").render()
    return HTMLResponse(text, status_code=404, headers=PAGE)
