"""The routes of the first setup, sign-in, sessions, people and audit."""

from starlette.routing import Route

from digest.web.accounts import audit_log, people, sessions, setup, sign_in


def routes() -> list[Route]:
    """Return the routes; each endpoint says who may use it."""
    return [
        Route("/setup/{token}", setup.form),
        Route("/setup/{token}", setup.done, methods=["POST"]),
        Route("/sign-in", sign_in.form),
        Route("/sign-in", sign_in.sign_in, methods=["POST"]),
        Route("/sign-out", sign_in.sign_out, methods=["POST"]),
        Route("/sessions", sessions.show),
        Route("/sessions/end", sessions.ended, methods=["POST"]),
        Route("/sessions/password", sessions.password, methods=["POST"]),
        Route("/people", people.show),
        Route("/people/add", people.added, methods=["POST"]),
        Route("/people/role", people.role, methods=["POST"]),
        Route("/people/password", people.password, methods=["POST"]),
        Route("/people/disable", people.disabled, methods=["POST"]),
        Route("/audit", audit_log.show),
    ]
