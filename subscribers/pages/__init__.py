"""The readers' pages: in by a form and a confirmed mail, out by a link, and what lies between.

`routes(settings)` gives the routes to mount at the site's root. No cookie, no JavaScript, no request to
anybody else; GET, HEAD and OPTIONS change nothing (mail scanners follow every link). A link in a mail is
the only proof of identity, so what a forwarded mail must not open needs a fresh one.
"""

from starlette.routing import Route

from subscribers.pages import manage, preferences, signup, stylesheet, unsubscribe
from subscribers.pages.context import room
from subscribers.pages.embed import snippet
from subscribers.pages.settings import Newsletter, SendMail, Settings

__all__ = ["Newsletter", "SendMail", "Settings", "routes", "snippet"]


def routes(settings: Settings) -> list[Route]:
    """Return the routes of all pages for readers, to be mounted at the site's root."""
    here = room(settings)
    pages = [
        ("/subscribe/{newsletter}", "GET", signup.shown),
        ("/subscribe/{newsletter}", "POST", signup.asked),
        ("/personal/{newsletter}", "GET", unsubscribe.explained),
        ("/c/{token}", "GET", signup.confirmation),
        ("/c/{token}", "POST", signup.confirmed),
        ("/u/{token}", "GET", unsubscribe.shown),
        ("/u/{token}", "POST", unsubscribe.ended),
        ("/u/{token}/undo", "POST", unsubscribe.undone),
        ("/u/{token}/pause", "POST", unsubscribe.paused),
        ("/m/{token}", "GET", preferences.shown),
        ("/m/{token}", "POST", preferences.saved),
        ("/d/{token}", "GET", manage.shown),
        ("/d/{token}", "POST", manage.done),
        ("/d/{token}/my-data.json", "GET", manage.data),
        ("/a/{token}", "GET", manage.move_shown),
        ("/a/{token}", "POST", manage.move_done),
        ("/readers/{newsletter}.css", "GET", stylesheet.shown),
    ]
    return [Route(path, here.guarded(endpoint), methods=[method]) for path, method, endpoint in pages]
