"""Domains and web addresses as they go over the wire: in ASCII, whatever letters the configuration writes. Pure.

Why: docs/design-notes.md, "Domains and addresses are put into ASCII".
"""

import re
from ipaddress import ip_address
from urllib.parse import quote, urlsplit, urlunsplit

import idna

_KEPT = "/%:@!$&'()*+,;=-._~"  # of an address's path and query; what is encoded already stays so
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?")


def ascii_domain(text: str) -> str:
    """Return the mail domain *text* in lower case and A-labels (RFC 5890); raise ValueError where it is none."""
    try:
        found = idna.encode(text, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError) as problem:
        raise ValueError(f"{text!r} is no domain: {problem}") from None
    if found.endswith("."):
        raise ValueError(f"{text!r} is no domain: leave out the dot at its end")
    return found


def ascii_address(text: str) -> str:
    """Return the mail address *text* with its domain in A-labels; raise ValueError where it is none."""
    if not re.fullmatch(r"[^@\s<>\x00-\x1f\x7f]+@[^@\s<>\x00-\x1f\x7f]+", text):
        raise ValueError("is no mail address")
    local, _, domain = text.rpartition("@")
    try:
        return f"{local}@{ascii_domain(domain)}"
    except ValueError as problem:
        raise ValueError(f"is no mail address: {problem}") from None


def ascii_host(text: str) -> str:
    """Return the host *text*, a name or an IP address, in ASCII; raise ValueError where it is neither."""
    bare = text.removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(bare))
    except ValueError:
        pass
    if not text.isascii():
        return ascii_domain(text)
    if not _HOST.fullmatch(text):  # names of a local network may have an underscore
        raise ValueError(f"{text!r} is no host: write its name or its IP address, without a scheme or a port")
    return text


def ascii_web(text: str) -> str:
    """Return the http or https address *text* in ASCII, without a slash at its end; raise ValueError if it is none."""
    if not re.match(r"https?://[^/\s?#]+", text, re.IGNORECASE):
        raise ValueError("must begin with http:// or https://")
    if re.search(r"\s", text):
        raise ValueError("must have no blanks")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as problem:
        raise ValueError(f"is no web address: {problem}") from None
    host = ascii_host(host)
    place = f"[{host}]" if ":" in host else host
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    place = f"{user}{place}" if port is None else f"{user}{place}:{port}"
    path, query, end = (quote(part, safe=_KEPT + "?") for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme.lower(), place, path, query, end)).rstrip("/")
