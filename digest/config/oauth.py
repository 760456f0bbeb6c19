"""Whether a relay's settings for access tokens fit together. Pure."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit


class SignIn(Protocol):
    """How a relay's settings say to log in (`schema.Relay`)."""

    @property
    def auth(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def token_command(self) -> Sequence[str]: ...
    @property
    def token_url(self) -> str | None: ...
    @property
    def client_id(self) -> str: ...


def wrong(relay: SignIn) -> str:
    """Return what is wrong with how *relay* says to log in, "" where nothing is."""
    named = [name for name in ("token_command", "token_url") if getattr(relay, name)]
    if relay.auth == "password":
        return f'{named[0]} is for auth = "xoauth2" or "oauthbearer"' if named else ""
    if not relay.username:
        return f'auth = "{relay.auth}" needs username, the mailbox that the token is for'
    if len(named) != 1:
        return f'auth = "{relay.auth}" needs one of token_command and token_url'
    if relay.token_url:
        if not relay.client_id:
            return "token_url needs client_id"
        if not _private(relay.token_url):
            return "token_url must begin with https://: a secret is sent there"
    return ""


def _private(url: str) -> bool:
    """Return whether nobody reads on the way to *url*: by TLS, or because it does not leave this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
