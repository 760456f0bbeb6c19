"""The doctor's own question to the running pages: signed by the site's keys, and good for some minutes."""

from datetime import timedelta

from digest.app import App

PROBE = "probe"  # the purpose of the token
LASTS = timedelta(minutes=5)


def path_of(app: App) -> str:
    """Return the path that asks how we are seen to come."""
    return f"/health?probe={app.links.token(PROBE, int(app.now().timestamp()).to_bytes(5, 'big'))}"


def is_ours(app: App, token: str) -> bool:
    """Return whether *token* is of a question that was asked just now."""
    payload = app.links.read(PROBE, token) if token else None
    if payload is None or len(payload) != 5:
        return False
    return abs(app.now().timestamp() - int.from_bytes(payload, "big")) <= LASTS.total_seconds()
