"""The audit's page for admins: who did what, the newest first, by pages that stay quick however long it gets."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.flows.newsroom import sessions
from digest.web.accounts import guard

A_PAGE = 50


@guard.require("admin")
async def show(request: Request) -> Response:
    return await to_thread.run_sync(_page, request)


def _page(request: Request) -> Response:
    app: App = request.app.state.digest
    asked = request.query_params
    by, act, edition, before = (
        asked.get("user", ""),
        asked.get("act", ""),
        _number(asked.get("edition")),
        asked.get("before"),
    )
    found = sessions.audit_page(app, user=by, act=act, edition=edition, before=_number(before), limit=A_PAGE)
    return guard.page(request, "accounts/audit.html", found, by=by, act=act, edition=edition)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
