"""Logging in at a relay: by password, by access token, and what is told where that cannot go well."""

import asyncio
import base64
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiosmtplib
import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from digest.config.schema import Relay as Settings
from digest.delivery.transports.smtp import Smtp, tokens
from digest.delivery.transports.smtp.auth import _authenticated
from digest.delivery.transports.smtp.opening import Away, connect
from digest.errors import RelayError
from digest.outcomes import Accepted

from .relay import Feed, Relay, messages

OAUTH = ("XOAUTH2",)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No token is kept from another test."""
    tokens._kept.clear()
    yield
    tokens._kept.clear()


def opens(relay: Relay, **settings: Any) -> None:
    async def tried() -> None:
        transport, _ = await connect(relay.settings(username="me@example.org", **settings), "main")
        transport.abort()

    asyncio.run(tried())


# ---------------------------------------------------------------------------- a token endpoint


class Endpoint:
    """Gives the tokens t1, t2, ... or what *answer* says (status, object); knows what it was asked."""

    def __init__(self, life: float = 3600) -> None:
        self.life = life
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[int, dict[str, Any]] | None = None
        self.url = ""

    def said(self) -> tuple[int, dict[str, Any]]:
        token = {"access_token": f"t{len(self.asked)}", "token_type": "Bearer", "expires_in": self.life}
        return self.answer or (200, token)


@contextmanager
def endpoint(life: float = 3600) -> Iterator[Endpoint]:
    made = Endpoint(life)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.asked.append(dict(parse_qsl(body)))
            status, said = made.said()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/token"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def client(at: Endpoint, auth: str = "xoauth2", **more: Any) -> dict[str, Any]:
    return {
        "auth": auth,
        "token_url": at.url,
        "client_id": "us",
        "client_secret": "s3cret",
        "scope": "mail",
        **more,
    }


@pytest.mark.parametrize("offered", [("XOAUTH2",), ("OAUTHBEARER",), ("PLAIN", "OAUTHBEARER", "XOAUTH2")])
@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_mails_go_out_by_a_token_that_is_fetched_once(offered: tuple[str, ...], auth: str) -> None:
    with endpoint() as at, Relay(mechanisms=offered, tokens={"t1"}) as relay:
        feed = Feed(messages(12))
        settings = relay.settings(username="me@example.org", connections=3, **client(at, auth))
        for _ in range(2):  # a run of its own each time, as the outbox makes them
            feed = Feed(messages(12))
            asyncio.run(feed.run(Smtp(settings, "main"), lambda outcome: False))
    assert all(isinstance(feed.last(one), Accepted) for one in range(1, 13))
    form = {"grant_type": "client_credentials", "client_id": "us", "client_secret": "s3cret", "scope": "mail"}
    assert at.asked == [form]
    used = {command.split(" ")[1] for command in relay.commands if command.startswith("AUTH")}
    assert used == {auth.upper() if auth.upper() in offered else offered[0]}


def test_a_token_that_is_about_to_end_is_not_used() -> None:
    with endpoint(life=0.5) as at, Relay(mechanisms=OAUTH, tokens={"t1", "t2"}) as relay:
        opens(relay, **client(at))
        for one in tokens._kept.values():
            one.until = 0.0
        opens(relay, **client(at))
    assert relay.shown == ["t1", "t2"]


def test_a_refresh_token_is_changed_into_an_access_token() -> None:
    with endpoint() as at, Relay(mechanisms=OAUTH, tokens={"t1"}) as relay:
        opens(relay, **client(at, refresh_token="r3fresh"))
    assert at.asked[0]["grant_type"] == "refresh_token"
    assert at.asked[0]["refresh_token"] == "r3fresh"


def test_a_refused_token_is_fetched_anew_once() -> None:
    with endpoint() as at, Relay(mechanisms=OAUTH, tokens={"t1"}) as relay:
        opens(relay, **client(at))
        relay.tokens = {"t2"}  # the first was revoked
        opens(relay, **client(at))
        assert relay.shown == ["t1", "t1", "t2"]
        relay.tokens = set()
        with pytest.raises(RelayError, match=r"refuses our token for me@example.org: 535 .*status 401"):
            opens(relay, **client(at))
    assert len(at.asked) == 3


def test_a_relay_that_closes_after_a_refused_token_is_told_and_not_tried_for_ever() -> None:
    with endpoint() as at, Relay(mechanisms=OAUTH, tokens=set(), leaves=True) as relay:
        with pytest.raises(RelayError, match="refuses our token"):
            opens(relay, **client(at))
        relay.tokens = {"t3"}
        opens(relay, **client(at))
        relay.tokens = {
            "t4"
        }  # revoked: it closes before the new one can be shown, which is tried the next time
        with pytest.raises(Away):
            opens(relay, **client(at))
        opens(relay, **client(at))


@pytest.mark.parametrize(
    ("status", "said", "kind", "words"),
    [
        (401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid secret.\r\nTrace: 1"},
         RelayError, "401: invalid_client: AADSTS7000215: Invalid secret. Set client_id"),
        (400, {"error": "invalid_grant"}, RelayError, "400: invalid_grant"),
        (302, {}, RelayError, "gives no token: 302"),
        (200, {"token": "?"}, RelayError, "no token"),
        (200, {"access_token": "two words"}, RelayError, "no token"),
        (429, {"error": "slow_down"}, Away, "429"),
        (408, {}, Away, "408"),
        (500, {}, Away, "500"),
        (503, {}, Away, "503"),
        (499, {}, RelayError, "499"),
        (400, {"error": "e" * 200, "error_description": "d" * 400}, RelayError,
         f"400: {'e' * 100}: {'d' * 300}. Set client_id"),
        (400, {"error": "temporarily_unavailable"}, Away, "temporarily"),
    ],
)  # fmt: skip
def test_an_endpoint_that_gives_no_token_is_told_in_its_words(
    status: int, said: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with endpoint() as at, Relay(mechanisms=OAUTH) as relay:
        at.answer = (status, said)
        with pytest.raises(kind) as told:
            opens(relay, **client(at))
    assert words in str(told.value)
    assert "s3cret" not in str(told.value)
    assert "Trace" not in str(told.value)


def test_an_endpoint_that_is_away_is_waited_for() -> None:
    with endpoint() as at:
        pass
    with Relay(mechanisms=OAUTH) as relay, pytest.raises(Away):
        opens(relay, **client(at))


# ---------------------------------------------------------------------------- a token command


@pytest.mark.parametrize(
    "printed",
    ["t1", '{"access_token": "t1", "expires_in": 3599}', '{"accessToken": "t1", "expiresOn": "2026"}'],
)
def test_a_command_prints_the_token(printed: str, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    code = f"open({str(calls)!r}, 'a').write('x'); print({printed!r})"
    with Relay(mechanisms=OAUTH, tokens={"t1"}) as relay:
        for _ in range(2):
            opens(relay, auth="xoauth2", token_command=[sys.executable, "-c", code])
    assert calls.read_text() == "x"


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [
        (["/nowhere/at/all"], RelayError, "cannot be run: No such file"),
        (
            [sys.executable, "-c", "import sys; sys.exit('refresh token has ended')"],
            Away,
            "ends with 1: refresh token",
        ),
        ([sys.executable, "-c", "print('one'); print('two')"], RelayError, "no token"),
        ([sys.executable, "-c", ""], RelayError, "no token"),
        ([sys.executable, "-c", "import signal; signal.pause()"], Away, "within 2 s"),
    ],
)
def test_a_command_that_prints_no_token_is_told(
    command: list[str], kind: type[Exception], words: str
) -> None:
    with Relay(mechanisms=OAUTH) as relay, pytest.raises(kind) as told:
        opens(relay, auth="xoauth2", token_command=command)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("life", "used"),
    [
        ("3600", 3480.0),
        ("1200", 1080.0),
        ("1000", 900.0),
        ("100", 90.0),
        ("1", 1.0),
        ("-5", 1.0),
        ('"60"', 54.0),
        ('"soon"', 270.0),
        ("null", 270.0),
        (None, 270.0),
    ],
)
def test_a_token_is_used_until_two_minutes_or_a_tenth_of_its_life_before_its_end(
    life: str | None, used: float
) -> None:
    said = '{"access_token": "t1"' + (f', "expires_in": {life}' if life else "") + "}"
    settings = Relay(port=25).settings(username="me", auth="xoauth2", token_command=["echo", said])
    before = time.monotonic()
    made = asyncio.run(tokens.token(settings, "main"))
    assert before + used <= made.until <= time.monotonic() + used


def test_another_client_or_mailbox_has_a_token_of_its_own() -> None:
    def text(**changes: Any) -> str:
        settings = Relay(port=25).settings(
            **{"username": "me", "auth": "xoauth2", "token_command": ["echo", "t"], **changes}
        )
        return asyncio.run(tokens.token(settings, "main")).text

    assert text() == text() == "t"
    assert len(tokens._kept) == 1
    text(username="you")
    assert text(token_command=["echo", "u"]) == "u"
    assert len(tokens._kept) == 3
    tokens.forget(Relay(port=25).settings(username="you", auth="xoauth2", token_command=["echo", "t"]))
    assert len(tokens._kept) == 2


def test_a_token_may_be_long_and_not_without_end() -> None:
    def printed(length: int) -> str:
        command = [sys.executable, "-c", f"print('x' * {length})"]
        settings = Relay(port=25).settings(username="me", auth="xoauth2", token_command=command)
        return asyncio.run(tokens.token(settings, "main", fresh=True)).text

    assert printed(tokens.LARGEST) == "x" * tokens.LARGEST
    with pytest.raises(RelayError, match="no token"):
        printed(tokens.LARGEST + 1)


# ---------------------------------------------------------------------------- what is offered


@pytest.mark.parametrize(
    ("offered", "settings", "words"),
    [
        (("XOAUTH2",), {"password": "x"}, 'offers AUTH XOAUTH2 only.*Set auth = "xoauth2"'),
        (("GSSAPI", "NTLM"), {"password": "x"}, "offers AUTH GSSAPI, NTLM only, and a password needs PLAIN"),
        (("PLAIN", "LOGIN", "NTLM"), {"auth": "xoauth2", "token_command": ["true"]}, 'Set auth = "password"'),
    ],
)
def test_an_offer_that_we_cannot_use_needs_a_person_and_says_so(
    offered: tuple[str, ...], settings: dict[str, Any], words: str
) -> None:
    with Relay(mechanisms=offered) as relay:
        smtp = Smtp(relay.settings(username="me", **settings), "main")
        with pytest.raises(RelayError, match=words):
            asyncio.run(Feed(messages(2)).run(smtp, lambda outcome: True, 10))
    assert relay.lines == 1


def test_no_offer_at_all_needs_a_person() -> None:
    with Relay() as relay, pytest.raises(RelayError, match="offers no AUTH"):
        opens(relay, password="x")


@pytest.mark.parametrize("offered", [("CRAM-MD5", "PLAIN"), ("PLAIN",)])
def test_a_wrong_password_needs_a_person_although_the_relay_closes_after_it(offered: tuple[str, ...]) -> None:
    words = r"refuses our user name or password: 535"
    relay = Relay(mechanisms=offered, password="right", leaves=True)
    with relay, pytest.raises(RelayError, match=words):
        opens(relay, password="wrong")


@pytest.mark.parametrize("code", ["500 5.5.2", "535 5.7.8", "554 5.7.0"])
def test_a_login_that_is_refused_for_good_needs_a_person(code: str) -> None:
    script = lambda step, line, to: f"{code} no" if step == "auth" else None  # noqa: E731
    relay = Relay(password="right", mechanisms=("PLAIN",), script=script)
    with relay, pytest.raises(RelayError, match=f"refuses our user name or password: {code}"):
        opens(relay, password="right")


def test_a_login_that_is_refused_for_now_is_tried_again() -> None:
    script = lambda step, line, to: "454 4.7.0 temporary authentication failure" if step == "auth" else None  # noqa: E731
    with Relay(password="right", script=script) as relay, pytest.raises(Away):
        opens(relay, password="right")
    with (
        endpoint() as at,
        Relay(mechanisms=OAUTH, tokens={"t1"}, script=script) as relay,
        pytest.raises(Away),
    ):
        opens(relay, **client(at))


def test_no_token_and_no_secret_stands_in_a_log() -> None:
    with capture_logs() as told, endpoint() as at, Relay(mechanisms=OAUTH, tokens={"t9"}) as relay:
        feed = Feed(messages(1))
        smtp = Smtp(relay.settings(username="me", **client(at)), "main")
        with pytest.raises(RelayError) as problem:
            asyncio.run(feed.run(smtp, lambda outcome: True, 10))
    text = f"{told} {problem.value} {problem.value.__cause__!r}"
    assert not any(secret in text for secret in ("s3cret", "t1", "t2", "Bearer"))


# ---------------------------------------------------------------------------- the settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"auth": "xoauth2", "token_command": ["x"]}, "needs username"),
        ({"auth": "xoauth2", "username": "me"}, "needs one of token_command and token_url"),
        ({"auth": "xoauth2", "username": "me", "token_command": ["x"], "token_url": "https://a.example", "client_id": "x"},
         "needs one of"),
        ({"auth": "oauthbearer", "username": "me", "token_url": "https://a.example"}, "token_url needs client_id"),
        ({"auth": "xoauth2", "username": "me", "token_url": "http://a.example", "client_id": "x"}, "https://"),
        ({"auth": "xoauth2", "username": "me", "token_url": "http://127.evil.example", "client_id": "x"}, "https://"),
        ({"username": "me", "token_command": ["x"]}, 'is for auth = "xoauth2"'),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_together_are_told(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings(**settings)


def test_a_challenge_that_cannot_be_read_is_left_for_the_next_method() -> None:
    with Relay(mechanisms=("CRAM-MD5", "PLAIN"), password="right", challenge="abc") as relay:
        opens(relay, password="right")


def test_what_a_relay_says_at_the_login_is_shown_without_control_characters() -> None:
    with (
        Relay(
            password="right", script=lambda step, line, to: "535 \x1b[2Jno\x00" if step == "auth" else None
        ) as relay,
        pytest.raises(RelayError) as told,
    ):
        opens(relay, password="right")
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    ("method", "shown", "end"),
    [
        ("xoauth2", "user=a,b=c@example.org\x01auth=Bearer t0ken\x01\x01", b""),
        (
            "oauthbearer",
            "n,a=a=2Cb=3Dc@example.org,\x01host=127.0.0.1\x01port=2525\x01auth=Bearer t0ken\x01\x01",
            b"AQ==",
        ),
    ],
)
def test_each_method_has_its_own_form_and_its_own_answer_to_a_challenge(
    method: str, shown: str, end: bytes
) -> None:
    said: list[tuple[bytes, ...]] = []

    class Client:
        async def execute_command(self, *parts: bytes) -> aiosmtplib.SMTPResponse:
            said.append(parts)
            return aiosmtplib.SMTPResponse(334 if len(said) == 1 else 535, "eyJzdGF0dXMiOiI0MDEifQ==")

    settings = Settings(
        host="127.0.0.1", port=2525, username="a,b=c@example.org", auth="xoauth2", token_command=("x",)
    )
    code, words = asyncio.run(_authenticated(Client(), method, settings, "t0ken"))  # type: ignore[arg-type]
    (auth, name, initial), (last,) = said
    assert (auth, name, base64.b64decode(initial).decode()) == (b"AUTH", method.upper().encode(), shown)
    assert (last, code) == (end, 535)
    assert words.endswith("(status 401)")
