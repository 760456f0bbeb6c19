"""Names of web hosts, as URLs and Host headers write them, in one spelling; and which of them are this machine."""

import ipaddress
import re
from urllib.parse import urlsplit

import idna

LOOPBACK = "127.0.0.1"
_HOST = re.compile(
    r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]:/?#@\\,%]+)(?::\d{0,5})?"
)  # RFC 9110, 7.2: uri-host [":" port]


def name_of(url: str) -> str:
    """Return the host of *url* without its port, in the spelling of `canonical`; "" where there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return canonical(f"[{host}]" if ":" in host else host)


def canonical(host: str) -> str:
    """Return what a Host header or a setting names, without its port: in lower case, IDNA's ASCII form, no last dot.

    "" where it is no host at all. An IPv6 address is written without brackets, in its shortest form.
    """
    found = _HOST.fullmatch(host.strip())
    if found is None:
        return ""
    name = found[1].strip("[]").lower().removesuffix(".")
    address = address_of(name)
    if address is not None:
        return str(address)
    try:
        return name if name.isascii() else idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return ""


def is_loopback(name: str) -> bool:
    """Return whether *name*, a host in the spelling of `canonical`, is this machine's own (RFC 6761, 6.3)."""
    address = address_of(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return *text* as an address, None where it is none; an IPv4 address in IPv6's clothes is that IPv4 address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
