"""An edition's one advertisement: the sponsor's name, the line and the address, and why they will not do."""

from urllib.parse import urlsplit

from digest.editions.subject import one_line
from digest.model import Sponsor

NAME, TEXT, URL = 60, 200, 2000  # the most characters of each
PARTS = ("name", "text", "url")

_NOT_IN_AN_ADDRESS = frozenset('<>"\\^`{|}')


def sponsor(name: str, text: str, url: str) -> Sponsor | None:
    """Return the advertisement of these parts, each made one line, as it is; None when all are empty."""
    found = Sponsor(one_line(name), one_line(text), one_line(url))
    return found if found.name or found.text or found.url else None


def fault(found: Sponsor) -> str:
    """Return in words why *found* is no advertisement, "" where it is one."""
    lengths = (("name", found.name, NAME), ("line", found.text, TEXT), ("address", found.url, URL))
    for what, said, most in lengths:
        if not said:
            return f"The sponsor’s {what} is missing. Fill in all three, or empty all three to take the block away."
        if len(said) > most:
            return f"A sponsor’s {what} may have {most:,} characters; yours has {len(said):,}."
    return _fault_of_address(found.url)


def _fault_of_address(url: str) -> str:
    try:
        address = urlsplit(url)
        host, _ = address.hostname or "", address.port
    except ValueError:
        return "The sponsor’s address cannot be read. Write it as https://example.com/page."
    if address.scheme == "http":
        return "The sponsor’s address begins with http://. It must be https://, so that nobody can change the page."
    if address.scheme != "https" or not host:
        return "The sponsor’s address must be a web address that begins with https://."
    if "@" in address.netloc:
        return "The sponsor’s address has a name before an @, which hides where it leads. Write it without."
    if any(mark.isspace() or not mark.isprintable() or mark in _NOT_IN_AN_ADDRESS for mark in url):
        return "The sponsor’s address has a blank or a sign that no address has. Copy it once more."
    return ""
