"""Providers that sign nothing: a secret that both sides know, by basic authentication, a bearer token or a header."""

import base64
import binascii
import hmac
from ipaddress import ip_address, ip_network

from digest.config.feedback import Shared
from digest.delivery.feedback.providers import Post, Refused

HEADER = "x-feedback-token"


def verify(post: Post, settings: Shared) -> None:
    """Raise Refused where *post* does not bring the secret of *settings*, or comes from elsewhere."""
    if settings.networks and not _within(post.peer, settings.networks):
        raise Refused(f"{post.peer or 'its address'} is in none of the networks that are set")
    scheme, _, rest = post.headers.get("authorization", "").strip().partition(" ")
    token = settings.token.get_secret_value()
    password = settings.password.get_secret_value()
    given = post.headers.get(HEADER, "") or (rest.strip() if scheme.lower() == "bearer" else "")
    if token and _same(given, token):
        return
    if settings.username and password and scheme.lower() == "basic":
        if _same(_plain(rest.strip()), f"{settings.username}:{password}"):
            return
        raise Refused("the username or the password is wrong")
    raise Refused("the token is wrong" if given else "it brings no secret")


def _plain(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode("utf-8", "replace"))


def _within(peer: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in ip_network(one) for one in networks)
