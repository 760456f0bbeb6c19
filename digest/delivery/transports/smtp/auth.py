"""Logs in at a relay: by a password (PLAIN, LOGIN, CRAM-MD5) or by an access token (XOAUTH2, OAUTHBEARER: RFC 7628).

Whether an answer needs a person is told by its code: 5xx does, 4xx passes (RFC 4954, 4).
"""

import base64
import json

import aiosmtplib

from digest.config.schema import Relay
from digest.delivery.transports.smtp.commands import words
from digest.delivery.transports.smtp.tokens import forget, token
from digest.errors import RelayError
from digest.hosts import canonical, is_loopback

TOKENS = ("xoauth2", "oauthbearer")
GOOD, MORE = 235, 334
OFFERED = 200  # characters of what a relay offers: enough for every method there is


async def log_in(client: aiosmtplib.SMTP, relay: Relay, name: str) -> None:
    """Log in as the settings say; without a user name nothing is to do.

    Raises RelayError where a person has to do something, `tokens.Away` where no token is to be had just now.
    """
    if not relay.username:
        return
    where = f"relays.{name} ({relay.host}:{relay.port})"
    if relay.security == "none" and not is_loopback(canonical(relay.host)):
        told = f"a {'password' if relay.auth == 'password' else 'token'} would go out in clear text"
        raise RelayError(told, where=f"relays.{name}", do='Set security = "starttls" or "tls".')
    if not client.server_auth_methods:
        raise RelayError(
            "offers no AUTH, and the settings have a user name",
            where=where,
            do="Try the port for submission (587 or 465), or take username out if it knows us by our address.",
        )
    if relay.auth == "password":
        await _by_password(client, relay, where)
    else:
        await _by_token(client, relay, name, where)


async def _by_password(client: aiosmtplib.SMTP, relay: Relay, where: str) -> None:
    """Try what both sides know, in turn: some relays offer what they then refuse."""
    methods = client.supported_auth_methods
    if not methods:
        tokens = [one for one in TOKENS if one in client.server_auth_methods]
        do = (
            f'Set auth = "{tokens[0]}" with a token.'
            if tokens
            else "Ask whoever runs it to offer one of these."
        )
        told = f"offers AUTH {_offered(client)} only, and a password needs PLAIN, LOGIN or CRAM-MD5"
        raise RelayError(told, where=where, do=do)
    refusal: aiosmtplib.SMTPAuthenticationError | None = None
    for method in methods:
        try:
            log_in = getattr(client, f"auth_{method.replace('-', '')}")
            await log_in(relay.username, relay.password.get_secret_value())
            return
        except aiosmtplib.SMTPAuthenticationError as problem:
            refusal = problem
            if problem.code == MORE:  # its challenge cannot be read: we do not go on with it (RFC 4954, 4)
                await client.execute_command(b"*")
            elif problem.code < 500:
                raise
        except aiosmtplib.SMTPServerDisconnected:
            if refusal is None:
                raise
            break  # it closes after its no
    said = f"{refusal.code} {words(refusal.message)}" if refusal else "it tried none of its methods"
    raise RelayError(
        f"refuses our user name or password: {said}",
        where=where,
        do="Set username and password of this relay right, then resume.",
    )


async def _by_token(client: aiosmtplib.SMTP, relay: Relay, name: str, where: str) -> None:
    """Try the token that is kept, and once a new one: it may have been revoked, or the clocks differ."""
    wanted = sorted(TOKENS, key=lambda one: one != relay.auth)
    method = next((one for one in wanted if one in client.server_auth_methods), "")
    if not method:
        told = f"offers AUTH {_offered(client)} only, and a token needs XOAUTH2 or OAUTHBEARER"
        do = 'Set auth = "password", or have OAuth allowed for SMTP there.'
        raise RelayError(told, where=where, do=do)
    refusal, proven = "", False
    for fresh in (False, True):
        mine = await token(relay, name, fresh=fresh)
        try:
            code, text = await _authenticated(client, method, relay, mine.text)
        except aiosmtplib.SMTPServerDisconnected:
            if not refusal or proven:
                raise
            break  # it closes after its no
        if code == GOOD:
            mine.proven = True
            return
        if code < 500:
            raise aiosmtplib.SMTPAuthenticationError(code, text)
        refusal, proven = refusal or f"{code} {text}", mine.proven
    forget(relay)  # who resumes has mended something
    raise RelayError(
        f"refuses our token for {relay.username}: {refusal}",
        where=where,
        do="See whether username is the mailbox that the token is for, its scope, and whether SMTP is allowed to it.",
    )


async def _authenticated(client: aiosmtplib.SMTP, method: str, relay: Relay, text: str) -> tuple[int, str]:
    """Return the relay's answer to the token; a challenge that tells why not is answered, and told with it."""
    if method == "xoauth2":
        initial, end = f"user={relay.username}\x01auth=Bearer {text}\x01\x01", b""
    else:
        name = relay.username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, 4
        asked = f"host={relay.host}\x01port={relay.port}\x01auth=Bearer {text}\x01\x01"
        initial, end = f"n,a={name},\x01{asked}", base64.b64encode(b"\x01")
    encoded = base64.b64encode(initial.encode())
    response = await client.execute_command(b"AUTH", method.upper().encode(), encoded)
    why = ""
    if response.code == MORE:
        why = _why(response.message)
        response = await client.execute_command(end)
    return response.code, words(f"{response.message} {why}")


def _why(challenge: str) -> str:
    """Return what a challenge says of a refused token, in words: `(status 401)`."""
    try:
        said = json.loads(base64.b64decode(challenge))
    except (ValueError, RecursionError):
        return ""
    status = said.get("status", "") if isinstance(said, dict) else ""
    return f"(status {str(status)[:40]})" if status else ""


def _offered(client: aiosmtplib.SMTP) -> str:
    """Return what the relay offers after AUTH; whatever bytes it said there, they can be kept and shown."""
    return words(", ".join(one.upper() for one in client.server_auth_methods))[:OFFERED]
