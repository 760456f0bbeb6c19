"""DMARC's tree walk (RFC 9989, 4.10): whose policy holds for a domain, and which domain is its organisation's."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from digest.ops.names import Names

DEEPEST = 8  # labels; above them the walk jumps down to seven


@dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record: where it stands, its tags in order, and how it is written."""

    domain: str
    tags: dict[str, str]
    text: str


def tags(text: str) -> dict[str, str]:
    """Return the tags of a record such as "v=DKIM1; k=rsa; p=..." in their order, names in lower case."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def policies(names: Names, domain: str) -> list[Policy]:
    """Return the DMARC records that stand at `_dmarc.<domain>`; there may be one at most."""
    found = names.ask(f"_dmarc.{domain}", "TXT").records
    read = [Policy(domain, tags(text), text) for text in found]
    return [one for one in read if next(iter(one.tags.items()), None) == ("v", "DMARC1")]


def steps(domain: str) -> Iterator[str]:
    """Yield the domains that the walk from *domain* asks, itself first."""
    labels = domain.split(".")
    yield domain
    if len(labels) > DEEPEST:
        labels = labels[-DEEPEST:]
    for start in range(1, len(labels)):
        yield ".".join(labels[start:])


def walked(names: Names, domain: str) -> list[Policy]:
    """Return the policies on the way up from *domain*, until one says that the walk ends there."""
    found: list[Policy] = []
    for step in steps(domain):
        there = policies(names, step)
        if len(there) != 1:
            continue
        found += there
        if there[0].tags.get("psd") in ("n", "y"):
            break
    return found


def organisation(names: Names, domain: str) -> str:
    """Return the organisational domain of *domain*: that of the highest policy, unless one marks it."""
    found = walked(names, domain)
    for one in found:
        if one.tags.get("psd") == "n":
            return one.domain
        if one.tags.get("psd") == "y" and one.domain != domain:
            return ".".join(domain.split(".")[-(one.domain.count(".") + 2) :])
    if not found:
        return domain
    return reduce(
        lambda high, one: one if one.domain.count(".") < high.domain.count(".") else high, found
    ).domain


def policy_for(names: Names, domain: str) -> Policy | None:
    """Return whose policy holds for *domain*: its own, else its organisation's, else that of the suffix above."""
    found = {one.domain: one for one in walked(names, domain)}
    suffix = next((one for one in found.values() if one.tags.get("psd") == "y"), None)
    return found.get(domain) or found.get(organisation(names, domain)) or suffix


def aligned(names: Names, sender: str, other: str, mode: str) -> bool:
    """Return whether *other* is aligned with the From domain *sender*: equal, or of one organisation."""
    sender, other = sender.lower(), other.lower()
    if mode == "s" or sender == other:
        return sender == other
    return organisation(names, sender) == organisation(names, other)
