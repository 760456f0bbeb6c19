"""The desk: the page that a news editor leaves open all day. In come acts, out go the draft, the mail, the report.

One file a page; `room.py` is what they share, `sight.py` what a row is made of, `words.py` how things are said.
A page without scripts does all of it by forms; htmx and one small script of ours (`static/desk.js`) only make
it quick: drag and drop, keys, and a middle that is swapped instead of a whole page.
"""

from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.web.desk import approval, correcting, day, hand, preview, watching
from digest.web.desk.room import PAGE


def routes(app: App, templates: Environment) -> list[Route]:
    """Return the desk's routes; who may use which stands at each endpoint."""
    at = "/desk/{newsletter}/{date}"

    def post(path: str, endpoint: Any) -> Route:
        return Route(at + path, endpoint, methods=["POST"])

    return [
        Route("/", day.front),
        Route("/reader", watching.reader),
        Route(at, day.shown),
        post("/watch", day.watch),
        post("/apply", day.applied),
        post("/act", hand.act),
        post("/add", hand.added),
        Route(at + "/story/{article:int}", hand.story),
        Route(at + "/history", hand.history),
        Route(at + "/preview", preview.pane),
        Route(at + "/html", preview.html),
        Route(at + "/text", preview.plain),
        Route(at + "/source", preview.source),
        Route(at + "/headers", preview.headers),
        post("/test", preview.test),
        Route(at + "/approve", approval.asked),
        post("/approve", approval.approved),
        post("/look", approval.looked),
        post("/withdraw", approval.withdrawn),
        Route(at + "/send", approval.sending),
        post("/send", approval.started),
        post("/pause", approval.paused),
        post("/resume", approval.resumed),
        Route(at + "/cancel", approval.ending),
        post("/cancel", approval.cancelled),
        Route(at + "/correct", correcting.asked),
        post("/correct", correcting.stopped),
        post("/tell", correcting.told),
        Route(at + "/progress", watching.progress),
        Route(at + "/report", watching.report),
    ]


def elsewhere(templates: Environment) -> Response:
    """Return the page for those who may not see the desk: it does not say what there is."""
    text = templates.get_template("desk/elsewhere.html").render()
    return HTMLResponse(text, status_code=404, headers=PAGE)
