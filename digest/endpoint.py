"""Where a request may go: host and port of an address in one spelling, and which IP addresses are public hosts'."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import idna

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {"http": 80, "https": 443}
USUAL = frozenset(PORTS.values())  # the ports that every source may be read from

# What `is_global` lets through, in this Python or an older one, although an IPv4 address from inside can hide
# in it, or no public host has it.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "::/96",  # IPv4-compatible (RFC 4291, 2.5.5.1)
        "::ffff:0:0:0/96",  # IPv4-translated, SIIT (RFC 2765)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 for local use (RFC 8215)
        "100::/64",  # discarded (RFC 6666)
        "2001::/23",  # Teredo, benchmarks, ORCHID (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing inside a network (RFC 9602)
        "fec0::/10",  # site-local (RFC 3879)
        "192.0.0.0/24",  # a protocol's own (RFC 6890); a cloud's metadata is here, too
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "168.63.129.16/32",  # Azure: the host answers a virtual machine here
    )
)
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # an IPv4 address follows in the low half (RFC 5214, 6.1)


def of_url(url: str) -> str:
    """Return "host:port" of an http(s) address, in lower case; raise ValueError where it has none."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not parts.hostname:
        raise ValueError("is no http:// or https:// address")
    return f"{_host(parts.hostname)}:{parts.port or PORTS[scheme]}"


def written(text: str) -> str:
    """Return *text* ("cms.internal:8080", "[fd00::5]:80") in the spelling of `of_url`; raise ValueError."""
    advice = f'{text!r} names no host with its port: write "cms.internal:8080" or "[fd00::5]:8080"'
    if not re.fullmatch(r"[^\s/@?#*]+:\d{1,5}", text.strip()):
        raise ValueError(advice)
    try:
        parts = urlsplit(f"//{text.strip()}")
        if not parts.hostname or not parts.port:
            raise ValueError(advice)
        return f"{_host(parts.hostname)}:{parts.port}"
    except ValueError:
        raise ValueError(advice) from None


def port(endpoint: str) -> int:
    """Return the port of what `of_url` or `written` gave."""
    return int(endpoint.rpartition(":")[2])


def _host(host: str) -> str:
    host = host.lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return f"[{address}]" if address.version == 6 else str(address)
    try:
        return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


def networks(listed: Iterable[str]) -> tuple[Network, ...]:
    """Return *listed* ("10.0.0.0/8", "127.0.0.1") as networks; raise ValueError for what is none."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in listed)


def public(address: Address, denied: Iterable[Network] = ()) -> bool:
    """Say whether *address* is a public host's, and in none of the networks that are *denied*."""
    if within(address, denied) or within(address, _NOT_PUBLIC):
        return False
    address = _unmapped(address)
    if isinstance(address, ipaddress.IPv6Address) and int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return False
    return address.is_global and not address.is_multicast


def _unmapped(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def within(address: Address, listed: Iterable[Network]) -> bool:
    """Say whether *address*, or the IPv4 address that it maps, is in a network of *listed*."""
    address = _unmapped(address)
    return any(address in network for network in listed if network.version == address.version)
