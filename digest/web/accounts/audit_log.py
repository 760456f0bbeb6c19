"""The audit's page for admins: who did what, the newest first, by pages that stay quick however long it gets."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.store import editions
from digest.store.accounts import audit, users
from digest.web.accounts import guard

A_PAGE = 50


@guard.require("admin")
async def listed(request: Request) -> Response:
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
    with app.db.read() as connection:
        found = audit.page(
            connection, user=by, act=act, edition=edition, before=_number(before), limit=A_PAGE + 1
        )
        numbers = {entry.edition for entry in found if entry.edition}
        about = {number: editions.by_id(connection, number) for number in numbers}
        people = [one.name for one in users.every(connection)]
    return guard.page(
        request, "accounts/audit.html", entries=found[:A_PAGE], about=about, people=people, by=by, act=act,
        edition=edition, older=found[A_PAGE - 1].id if len(found) > A_PAGE else 0,
    )  # fmt: skip


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
