"""The one stylesheet of the readers' pages, with a newsletter's accent in it."""

from starlette.requests import Request
from starlette.responses import Response

from subscribers.pages.context import Context


async def show(context: Context, request: Request) -> Response:
    """Return the stylesheet; its address changes with its content."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(
        context.stylesheets.get(request.path_params["newsletter"], context.stylesheets[""]),
        media_type="text/css",
        headers=headers,
    )
