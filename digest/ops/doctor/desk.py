"""Desk: strangers see none of its pages, and nobody can choose the address that limits know them by."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import urlsplit

from digest.errors import DigestError
from digest.ops.doctor import Grade, Line, Setup, Visit

PLACE = 9
FORGED = "192.0.2.1"  # of a network for documentation (RFC 5737): nobody comes from there
HEADERS = {"X-Forwarded-For": FORGED, "X-Real-IP": FORGED, "Forwarded": f"for={FORGED}"}
NGINX = "proxy_set_header X-Forwarded-For $remote_addr;   # nginx"
_line = partial(Line, "desk")


def look(setup: Setup) -> Iterator[Line]:
    """Yield what a stranger gets who asks for a page of the desk at the public address, and who forges a header."""
    if setup.visit is None:
        yield _line("/people", Grade.AMBER, "was not asked: this look stays offline")
        return
    try:
        yield _stranger(*setup.visit("/people", {})[:2])
        yield _known(setup.visit, setup.probe)
    except DigestError as problem:
        yield _line("/people", Grade.RED, f"the page cannot be reached: {problem.what}")


def _stranger(status: int, url: str) -> Line:
    path = urlsplit(url).path
    if status == 421:
        words = "the proxy in front passes on another host than the browser asked for"
        return _line("/people", Grade.RED, words, "proxy_set_header Host $host;   # nginx")
    if status >= 500:
        return _line("/people", Grade.RED, f"answers {status}: `digest serve` is not there")
    if status == 404:
        return _line(
            "/people", Grade.GREEN, "is there for nobody: a stranger is told that there is no such page"
        )
    if path == "/sign-in" or status in (401, 403):
        return _line("/people", Grade.GREEN, "a stranger must sign in")
    if path == "/people":
        words = f"answers {status} to a stranger: something in front of `digest serve` signs everybody in"
        return _line("/people", Grade.RED, words)
    return _line("/people", Grade.AMBER, f"leads a stranger to {url}, with {status}")


def _known(visit: Visit, probe: str) -> Line:
    what = "forwarded headers"
    honest, forged = _seen(visit, probe, {}), _seen(visit, probe, HEADERS)
    if honest is None or forged is None:
        words = "somebody else answers for /health there, or another version, so they could not be tried"
        return _line(what, Grade.AMBER, words)
    if forged[0] == FORGED:
        words = "a forged X-Forwarded-For is believed: a stranger chooses whom limits by network count"
        return _line(what, Grade.RED, words, NGINX)
    if honest[1]:
        words = f"we come through {honest[1]} ({honest[0]}): limits by network are off"
        return _line(what, Grade.AMBER, words, f'[web]\nproxies = ["{honest[0]}"]\n{NGINX}')
    return _line(what, Grade.GREEN, f"a forged one is not believed: we are seen as {honest[0]}")


def _seen(visit: Visit, probe: str, headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the address that we are seen to come from, and why it may be everybody's; None where nobody says."""
    status, _, body = visit(probe, headers)
    try:
        found = json.loads(body)
        return (str(found["peer"]), str(found["shared"])) if status == 200 else None
    except (ValueError, KeyError, TypeError):
        return None
