"""The readers' pages: in by a form and a confirmed mail, out by a link, and what lies between.

`routes(settings)` gives the routes to mount at the site's root. No cookie, no JavaScript, no request to
anybody else; GET, HEAD and OPTIONS change nothing (mail scanners follow every link). A link in a mail is
the only proof of identity, so what a forwarded mail must not open needs a fresh one.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from subscribers.pages import manage, preferences, signup, stylesheet, unsubscribe
from subscribers.pages.context import make_context
from subscribers.pages.embed import signup_form
from subscribers.pages.settings import NewsletterInfo, PageSettings, SendMail
from subscribers.pages.translations import accepted_language

__all__ = ["NewsletterInfo", "PageSettings", "SendMail", "not_found_page", "reader_routes", "signup_form"]


def reader_routes(settings: PageSettings) -> list[Route]:
    """Return the routes of all pages for readers, to be mounted at the site's root."""
    here = make_context(settings)
    pages = [
        ("/subscribe/{newsletter}", "GET", signup.show_form),
        ("/subscribe/{newsletter}", "POST", signup.submit),
        ("/personal/{newsletter}", "GET", unsubscribe.explain_personal_links),
        ("/c/{token}", "GET", signup.show_confirmation),
        ("/c/{token}", "POST", signup.confirm),
        ("/u/{token}", "GET", unsubscribe.show),
        ("/u/{token}", "POST", unsubscribe.unsubscribe),
        ("/u/{token}/undo", "POST", unsubscribe.undo),
        ("/u/{token}/pause", "POST", unsubscribe.pause),
        ("/m/{token}", "GET", preferences.show),
        ("/m/{token}", "POST", preferences.save),
        ("/d/{token}", "GET", manage.show),
        ("/d/{token}", "POST", manage.submit),
        ("/d/{token}/my-data.json", "GET", manage.download_data),
        ("/a/{token}", "GET", manage.show_address_change),
        ("/a/{token}", "POST", manage.change_address),
        ("/readers/{newsletter}.css", "GET", stylesheet.show),
    ]
    return [
        Route(path, here.with_error_pages(endpoint), methods=[method]) for path, method, endpoint in pages
    ]


def not_found_page(settings: PageSettings) -> Callable[[Request, str], Response]:
    """Return the function that makes a 404 for a reader's request, in a language that the browser asks for.

    It takes the request and what was not found: "link" or "newsletter".
    """
    here = make_context(settings)

    def page(request: Request, kind: str) -> Response:
        asked = accepted_language(request.headers.get("accept-language", ""))
        return here.render("message", language=asked, status=404, kind=kind)

    return page
