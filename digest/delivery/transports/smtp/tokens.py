"""Access tokens for a relay (OAuth 2.0): by a command, or from a token endpoint; kept until shortly before they end.

A token and the secrets it is asked for with stand in no message and no log: not what a command prints, and of an
endpoint's answer only its `error` and the first line of its description (RFC 6749, 5.2).
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass
from typing import Any

import httpx2

from digest.config.schema import Relay
from digest.errors import RelayError

MARGIN = 120.0  # seconds before its end from which a token is not used any more, or a tenth of its life
UNSAID = 300.0  # seconds that a token is used whose end nobody says
LARGEST = 64_000  # bytes
_TOKEN = re.compile(r"[\x21-\x7e]+")


class Away(Exception):
    """The relay, or what gives a token for it, cannot be reached just now; trying again later is all that is needed."""


@dataclass(slots=True)
class Token:
    """An access token, until when it is used, and whether the relay has ever taken it."""

    text: str
    until: float
    proven: bool = False


_kept: dict[tuple[object, ...], Token] = {}


async def token(relay: Relay, name: str, *, fresh: bool = False) -> Token:
    """Return a token for *relay*: the one that is kept, or with *fresh*, or when that has ended, a new one.

    Raises Away where waiting helps, RelayError where a person has to do something.
    """
    key = _key(relay)
    kept = _kept.get(key)
    if kept is not None and kept.until > time.monotonic() and not fresh:
        return kept
    _kept.pop(key, None)
    where = f"relays.{name} ({'token_command' if relay.token_command else relay.token_url})"
    text, seconds = await (_by_command if relay.token_command else _by_endpoint)(relay, where)
    made = Token(text, time.monotonic() + max(1.0, seconds - min(MARGIN, seconds / 10)))
    _kept[key] = made
    return made


def forget(relay: Relay) -> None:
    """Keep no token for *relay* any more."""
    _kept.pop(_key(relay), None)


def _key(relay: Relay) -> tuple[object, ...]:
    return (relay.token_command, relay.token_url, relay.client_id, relay.scope, relay.username)


# ---------------------------------------------------------------------------- a command


async def _by_command(relay: Relay, where: str) -> tuple[str, float]:
    """Return what the command prints: a token, or JSON with one; and for how many seconds it is good."""
    pipe, seconds = asyncio.subprocess.PIPE, relay.timeout.total_seconds()
    try:
        process = await asyncio.create_subprocess_exec(
            *relay.token_command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
    except OSError as problem:
        words = problem.strerror or str(problem)
        raise RelayError(
            f"its command cannot be run: {words}", where=where, do="Mend token_command."
        ) from None
    try:
        async with asyncio.timeout(seconds):
            printed, complained = await process.communicate()
    except TimeoutError:
        raise Away(f"{where}: prints no token within {seconds:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = complained.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        raise Away(f"{where}: ends with {process.returncode}" + (f": {last}" if last else ""))
    return _read(printed.decode("utf-8", "replace").strip(), where)


# ---------------------------------------------------------------------------- an endpoint


async def _by_endpoint(relay: Relay, where: str) -> tuple[str, float]:
    """Return what the token endpoint gives for our client (RFC 6749, 4.4), or for a refresh token (6)."""
    if relay.token_url is None:
        raise RelayError("has neither token_command nor token_url", where=where, do="Set one of them.")
    refresh = relay.refresh_token.get_secret_value()
    form = {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else _CLIENT
    form = form | {"client_id": relay.client_id, "client_secret": relay.client_secret.get_secret_value()}
    form = {key: value for key, value in (form | {"scope": relay.scope}).items() if value}
    try:
        async with httpx2.AsyncClient(timeout=relay.timeout.total_seconds()) as http:
            async with asyncio.timeout(relay.timeout.total_seconds()):
                answer = await http.post(relay.token_url, data=form, headers={"Accept": "application/json"})
    except (httpx2.HTTPError, OSError, TimeoutError) as problem:
        raise Away(f"{where}: {problem or type(problem).__name__}") from None
    if answer.status_code == 200:
        return _read(answer.text[:LARGEST], where)
    said = _object(answer.text[:LARGEST])
    error = str(said.get("error", ""))[:100]
    told = str(said.get("error_description", "")).strip().partition("\n")[0].strip()[:300]
    words = ": ".join(part for part in (str(answer.status_code), error, told) if part)
    if answer.status_code in (408, 429) or answer.status_code >= 500 or error == "temporarily_unavailable":
        raise Away(f"{where}: answers {words}")
    raise RelayError(
        f"gives no token: {words}", where=where, do="Set client_id, its secret and scope right, then resume."
    )


_CLIENT = {"grant_type": "client_credentials"}


def _read(text: str, where: str) -> tuple[str, float]:
    said = _object(text)
    found = said.get("access_token") or said.get("accessToken") or ("" if said else text)
    if not isinstance(found, str) or not _TOKEN.fullmatch(found) or len(found) > LARGEST:
        words = "what came is no token: one line without blanks, or JSON with access_token, is wanted"
        raise RelayError(words, where=where, do="Mend token_command or token_url.")
    try:
        seconds = float(said.get("expires_in", UNSAID))
    except (TypeError, ValueError):
        seconds = UNSAID
    return found, seconds


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
