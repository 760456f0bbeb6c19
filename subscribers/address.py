"""A mail address, checked and put into one form; whether two are the same is asked of their keys.

The domain becomes lower-case A-labels (IDNA). The local part is kept as the reader wrote it and is sent to
so; but two spellings that differ only by case are one reader, as every large provider treats them, or the
same person would get an edition twice. Whether a domain receives mail is not asked here: no network.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets
_PLAIN = re.compile(r"([A-Za-z0-9_+\-]+(?:\.[A-Za-z0-9_+\-]+)*)@([A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+)")


class Address(NamedTuple):
    """A good address, as a tuple: an import makes millions.

    *smtputf8* says that only a server with that extension can be given it (RFC 6531).
    """

    text: str
    key: str
    domain: str
    smtputf8: bool = False


@dataclass(frozen=True, slots=True)
class InvalidAddress:
    """Why a text is no address, in a sentence."""

    why: str


def parse_address(text: str, *, test_domains: bool = False) -> Address | InvalidAddress:
    """Return the address that *text* is, or why it is none; blanks around it are the caller's to take off.

    *test_domains* lets names under `.test` pass, which no real list may hold. Comments, quoted local parts
    and address literals (RFC 5322 has them, newsletters do not) are refused.
    """
    plain = _PLAIN.fullmatch(text)
    if plain and len(plain[1]) <= 64 and len(text) <= LONGEST:
        domain = _domain(plain[2].lower(), test_domains)
        if isinstance(domain, InvalidAddress):
            return domain
        good = f"{plain[1]}@{domain}"
        return Address(good, good if good.islower() else good.lower(), domain)
    return _careful(text, test_domains)


def _careful(text: str, test_domains: bool) -> Address | InvalidAddress:
    if len(text) > 1000:  # the validator is not asked about novels
        return InvalidAddress("it is too long")
    try:
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=test_domains)
    except EmailNotValidError as problem:
        return InvalidAddress(str(problem))
    domain = found.ascii_domain.lower()
    address = f"{found.local_part}@{domain}"
    return Address(address, address.lower(), domain, smtputf8=not found.local_part.isascii())


@lru_cache(maxsize=50_000)
def _domain(domain: str, test_domains: bool) -> str | InvalidAddress:
    found = _careful(f"a@{domain}", test_domains)
    return found if isinstance(found, InvalidAddress) else found.domain


def mask_address(address: str) -> str:
    """Return *address* so that its owner knows it and a stranger does not: `d***@e***.org`."""
    local, _, domain = address.rpartition("@")
    host, dot, rest = domain.rpartition(".")
    return f"{local[:1]}***@{host[:1]}***{dot}{rest}"
