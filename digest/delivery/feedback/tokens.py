"""Addresses of ours that say what a mail to them is: those that end a subscription, and that of the doctor's probe."""

import re
from collections.abc import Iterable

from digest.model.feedback import PROBE
from subscribers.api import Links, mail_tokens

MOST = 20  # addresses and Message-IDs of one report that are tried
_OUT = re.compile(r"(?<![a-z0-9])u\+[a-z2-7]{16,80}(?=@)", re.IGNORECASE)
_PROBE = re.compile(r"(?<![a-z0-9])d\+([a-z2-7]{16,80})(?![a-z0-9])", re.IGNORECASE)


def way_out(address: str) -> bool:
    """Return whether *address* is one of those that end a subscription."""
    return _OUT.search(address) is not None


def ways_out(raw: bytes) -> bool:
    """Return whether the headers of the mail *raw* say that it came to an address that ends a subscription."""
    return bool(mail_tokens(raw))


def probe(links: Links, addressed: Iterable[str]) -> str:
    """Return the token that `digest doctor` put into one of *addressed*; "" where there is none of ours."""
    for address in list(addressed)[:MOST]:
        for token in _PROBE.findall(address):
            if links.read(PROBE, token) is not None:
                return str(token).lower()
    return ""
