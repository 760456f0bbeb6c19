"""The doctor's own question to the running pages: signed by the site's keys, and good for some minutes."""

from datetime import datetime, timedelta

from subscribers.api import Links

PROBE = "probe"  # the purpose of the token
LASTS = timedelta(minutes=5)


def path_of(links: Links, now: datetime) -> str:
    """Return the path that asks how we are seen to come."""
    return f"/health?probe={links.token(PROBE, int(now.timestamp()).to_bytes(5, 'big'))}"


def is_ours(links: Links, token: str, now: datetime) -> bool:
    """Return whether *token* is of a question that was asked just now."""
    payload = links.read(PROBE, token) if token else None
    if payload is None or len(payload) != 5:
        return False
    return abs(now.timestamp() - int.from_bytes(payload, "big")) <= LASTS.total_seconds()
