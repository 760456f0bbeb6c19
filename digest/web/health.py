"""Health: does the database answer? Says nothing else to others; our own doctor hears how it was seen to come."""

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.ops.probe import is_ours


def routes(app: App) -> list[Route]:
    """Return the route that a monitor asks: 200 while the database answers, else 503."""

    threads = CapacityLimiter(4)  # of its own: a monitor must hear how we are when all other threads are busy

    async def health(request: Request) -> Response:
        problem = await to_thread.run_sync(app.database_problem, limiter=threads)
        found: dict[str, object] = {"ok": not problem}
        if is_ours(app.links, request.query_params.get("probe", ""), app.now()):
            peer = request.client.host if request.client else ""
            found |= {"peer": peer, "shared": request.state.shared}
        return JSONResponse(found, status_code=503 if problem else 200)

    return [Route("/health", health)]
