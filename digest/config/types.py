"""The types of settings: what a value must be, and what it becomes. Pure."""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from digest import endpoint
from digest.config.domains import ascii_address, ascii_domain, ascii_host, ascii_web

LONGEST = timedelta(days=3660)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    """Return a timedelta for "90s", "15m", "6h" or "2d"; anything else is left for pydantic to refuse."""
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d{1,8})\s*([smhd])\s*", value, re.ASCII)
        if not found:
            raise ValueError('write a duration such as "90s", "15m", "6h" or "2d"')
        made = int(found[1]) * timedelta(**{UNITS[found[2]]: 1})
        if made > LONGEST:
            raise ValueError("is longer than ten years")
        return made
    return value


def _some(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError('must be longer than nothing: write "90s", "15m", "6h" or "2d"')
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f'{value!r} is no time zone; write one such as "Europe/London"')
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", value):
        raise ValueError("use 1 to 40 of a-z, 0-9 and -, not at the ends")
    return value


def _one_line(value: str) -> str:
    if any(ord(mark) < 32 or ord(mark) == 127 for mark in value):
        raise ValueError("must be one line without control characters")
    return value


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError('write a colour as "#0B5FA5"')
    return value


def _helo(value: str) -> str:
    return value if value.startswith("[") and value.isascii() else ascii_host(value)


def _or_none(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return *check* for a setting that may be left empty."""
    return lambda value: check(value) if value else value


def _network(value: str) -> str:
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        raise ValueError(f'{value!r} is no network: write one such as "2001:db8:64::/96"') from None


def _proxy(value: str) -> str:
    try:
        network = ip_network(value.strip(), strict=False)
    except ValueError:
        raise ValueError(
            f'{value!r} is no IP address: write the proxy\'s, such as "127.0.0.1", or its network, "10.0.0.0/24"'
        ) from None
    if network.prefixlen == 0:
        raise ValueError("would believe everybody what they say of themselves: name the proxies' own network")
    return str(network) if network.num_addresses > 1 else str(network.network_address)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Span = Annotated[
    timedelta, BeforeValidator(_duration), AfterValidator(_some)
]  # a duration that is not nothing
Zone = Annotated[str, AfterValidator(_zone)]
Slug = Annotated[str, AfterValidator(_slug)]
Line = Annotated[str, AfterValidator(_one_line)]
Colour = Annotated[str, AfterValidator(_colour)]
Address = Annotated[str, AfterValidator(_one_line), AfterValidator(ascii_address)]
Domain = Annotated[str, AfterValidator(_one_line), AfterValidator(_or_none(ascii_domain))]
Host = Annotated[str, AfterValidator(_one_line), AfterValidator(ascii_host)]
WebAddress = Annotated[str, AfterValidator(_one_line), AfterValidator(ascii_web)]
Network = Annotated[str, AfterValidator(_network)]
Endpoint = Annotated[str, AfterValidator(endpoint.written)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Helo = Annotated[str, AfterValidator(_one_line), AfterValidator(_or_none(_helo))]
Share = Annotated[float, Field(ge=0, le=1)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
