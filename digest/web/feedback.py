"""Where mail providers post what became of our mails. No session and no form token: each post is proved by itself."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.delivery.feedback.providers import Post
from digest.flows.feedback.webhooks import Webhooks, configured

MOST_BYTES = 1_000_000
LATER = {"Retry-After": "60"}


def routes(app: App) -> list[Route]:
    """Return the route of the webhooks."""
    webhooks = Webhooks(app)

    async def posted(request: Request) -> Response:
        name = request.path_params["provider"]
        if request.method != "POST":
            return _for_machines(app, name)
        body = await _body(request)
        if body is None:
            return PlainTextResponse("That is too much at once.\n", status_code=413)
        peer = request.client.host if request.client else ""
        post = Post({key.lower(): value for key, value in request.headers.items()}, body, peer)
        answer = await webhooks.posted(name, post)
        headers = LATER if answer.status == 503 else None
        return PlainTextResponse(answer.words, status_code=answer.status, headers=headers)

    return [Route("/feedback/{provider}", posted, methods=["GET", "POST"])]


def _for_machines(app: App, name: str) -> Response:
    """Tell a person who opens the address of a webhook that it is there, which a browser cannot show otherwise."""
    if configured(app, name) is None:
        return PlainTextResponse("There is no such webhook.\n", status_code=404)
    words = f"This is where {name} posts events. There is nothing to see here.\n"
    return PlainTextResponse(words, status_code=405, headers={"Allow": "POST"})


async def _body(request: Request) -> bytes | None:
    """Return the body; None where it is larger than it may be, as soon as that is seen."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
