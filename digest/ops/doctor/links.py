"""Links: the readers' pages are on https, on our own domain, and the unsubscribe link leads nowhere else."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from digest.errors import DigestError
from digest.ops.doctor import Grade, Line, Setup
from digest.ops.doctor._tree import organisation

PLACE = 7
_line = partial(Line, "links")


def look(setup: Setup) -> Iterator[Line]:
    """Yield what a mailbox provider would find at our unsubscribe link."""
    parts = urlsplit(setup.unsubscribe)
    host = parts.hostname or ""
    if parts.scheme != "https":
        words = "is not https: no mailbox provider shows its unsubscribe button (RFC 8058)"
        yield _line(host, Grade.RED, words, f'site.url = "https://{host}"')
        return
    if organisation(setup.names, host) != organisation(setup.names, setup.sender):
        yield _line(
            host, Grade.AMBER, f"is of another organisation than From ({setup.sender}): filters mind that"
        )
    else:
        yield _line(host, Grade.GREEN, f"https, and of one organisation with From ({setup.sender})")
    if setup.get is None:
        yield _line("unsubscribe", Grade.AMBER, "was not asked: this look stays offline")
        return
    try:
        status, came_from = setup.get(setup.unsubscribe)
    except DigestError as problem:
        yield _line("unsubscribe", Grade.RED, f"the page cannot be reached: {problem.what}")
        return
    yield _answered(setup, status, came_from)


def _answered(setup: Setup, status: int, came_from: str) -> Line:
    if came_from != setup.unsubscribe:
        return _line("unsubscribe", Grade.RED, f"redirects to {came_from}, which RFC 8058 forbids")
    if status in (401, 403) or status >= 500:
        words = f"answers {status}: something in front of `digest serve` keeps people out"
        return _line("unsubscribe", Grade.RED, words)
    return _line("unsubscribe", Grade.GREEN, f"answers {status} at once, without a redirect")
