"""SPF (RFC 7208): exactly one record at the domain of the envelope sender, and few enough look-ups."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address, ip_network

from digest.config.schema import Relay
from digest.ops import records
from digest.ops.doctor import Grade, Line, Setup
from digest.ops.names import Names

PLACE = 1
LOOKUPS, VOIDS, EXCHANGERS = 10, 2, 10  # RFC 7208, 4.6.4
INCLUDES = {
    "amazonaws.com": "amazonses.com",
    "gmail.com": "_spf.google.com",
    "mailgun.org": "mailgun.org",
    "mtasv.net": "spf.mtasv.net",
    "office365.com": "spf.protection.outlook.com",
    "postmarkapp.com": "spf.mtasv.net",
    "sendgrid.net": "sendgrid.net",
}
PUBLIC = "ip4:THE-PUBLIC-ADDRESS-OF-YOUR-RELAY"
_TERM = re.compile(r"([-+?~]?)([a-z0-9]+)(?::([^/]*))?(/.*)?", re.IGNORECASE)
_line = partial(Line, "spf")


def look(setup: Setup) -> Iterator[Line]:
    """Yield what the SPF record at the bounce domain is worth."""
    domain, paste = setup.bounces, records.txt(setup.bounces, suggested(setup))
    found = setup.names.ask(domain, "TXT")
    if found.fault:
        yield _line(domain, Grade.AMBER, f"the DNS could not be asked: {found.fault}")
        return
    texts = [text for text in found.records if _is_spf(text)]
    if len(texts) != 1:
        words = f"has {len(texts)} SPF records: receivers take none of them" if texts else "has no SPF record"
        yield _line(domain, Grade.RED, words, paste)
        return
    walk = Walk(setup.names)
    walk.record(domain, texts[0])
    if walk.faults:
        yield _line(domain, Grade.RED, f"is not valid: {'; '.join(walk.faults)}", paste)
    elif walk.lookups > LOOKUPS:
        words = f"needs {walk.lookups} look-ups, receivers stop at {LOOKUPS}; drop an include you do not use"
        yield _line(domain, Grade.RED, words, texts[0])
    elif walk.voids > VOIDS:
        words = f"has {walk.voids} look-ups that find nothing, receivers stop at {VOIDS}"
        yield _line(domain, Grade.RED, f"{words}: {', '.join(walk.empty)}", texts[0])
    elif walk.all == "+":
        yield _line(domain, Grade.RED, "ends in +all: anybody may send in your name", paste)
    elif not walk.all:
        yield _line(domain, Grade.AMBER, "has no `all` at its end, so it forbids nobody anything", paste)
    elif walk.notes:
        yield _line(domain, Grade.AMBER, "; ".join(walk.notes), texts[0])
    else:
        yield _line(domain, Grade.GREEN, f"one record, {walk.lookups} look-ups, {walk.voids} of them void")


def suggested(setup: Setup) -> str:
    """Return a record that lets our relays send."""
    terms = [_lets(relay) for relay in setup.relays.values() if relay.transport == "smtp"]
    return " ".join(["v=spf1", *dict.fromkeys(terms), "~all"])


def _lets(relay: Relay) -> str:
    """Return the term that lets *relay* send: its provider's include, its address, or its name.

    A relay on this machine or in a private network is seen by its public address, which we do not know: its name
    says it where it is one, else a word stands in its place.
    """
    known = [to for host, to in INCLUDES.items() if relay.host == host or relay.host.endswith(f".{host}")]
    if known:
        return f"include:{known[0]}"
    try:
        address = ip_address(relay.host)
    except ValueError:
        inside = "." not in relay.host or relay.host.endswith(
            (".local", ".internal", ".localdomain", ".localhost")
        )
        if not inside:
            return f"a:{relay.host}"
    else:
        if address.is_global:
            return f"ip{address.version}:{address}"
    return f"a:{relay.helo}" if "." in relay.helo and relay.helo[:1] != "[" else PUBLIC


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


@dataclass(slots=True)
class Walk:
    """A record read as a receiver does at worst: every term, every include, until the end."""

    names: Names
    lookups: int = 0
    voids: int = 0
    all: str = ""
    empty: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def record(self, domain: str, text: str, *, top: bool = True) -> None:
        """Count what *text*, the record of *domain*, asks for; the `all` of an include means nothing here."""
        redirect, ended = "", False
        for term in text.split()[1:]:
            if re.match(r"[a-z][\w.-]*=", term, re.IGNORECASE):
                name, _, value = term.partition("=")
                redirect = value if name.lower() == "redirect" else redirect
                continue
            parts = _TERM.fullmatch(term)
            if parts is None:
                self.faults.append(f"{term!r} is no term")
                continue
            sign, name, value, size = parts.groups(default="")
            if name.lower() == "all":
                ended = True
                self.all = (sign or "+") if top else self.all
                break
            self._term(domain, name.lower(), value, size, term)
        if redirect and not ended:
            self._other(redirect, f"redirect={redirect}", top=top)

    def _term(self, domain: str, name: str, value: str, size: str, term: str) -> None:
        if name in ("ip4", "ip6"):
            try:
                ip_network(term.partition(":")[2], strict=False)
            except ValueError:
                self.faults.append(f"{term!r} is no address")
        elif name == "include":
            self._other(value, term, top=False)
        elif name in ("a", "mx", "exists", "ptr"):
            self.lookups += 1
            if name == "ptr":
                self.notes.append(f"{term!r}: ptr is slow and not to be used (RFC 7208, 5.5)")
            elif "%" not in value:
                self._addresses(name, value or domain)
        else:
            self.faults.append(f"{term!r} is no term")

    def _addresses(self, name: str, target: str) -> None:
        if name == "mx":
            hosts = self.names.ask(target, "MX")
            if len(hosts.records) > EXCHANGERS:
                self.faults.append(f"mx of {target} names {len(hosts.records)} hosts, {EXCHANGERS} at most")
            nothing = hosts.void
        else:
            nothing = self.names.ask(target, "A").void and (
                name == "exists" or self.names.ask(target, "AAAA").void
            )
        self._void(f"{name}:{target}", nothing)

    def _other(self, target: str, term: str, *, top: bool) -> None:
        self.lookups += 1
        if "%" in target or self.lookups > 3 * LOOKUPS:  # a loop is over the limit long before
            return
        found = self.names.ask(target, "TXT")
        self._void(term, found.void)
        texts = [text for text in found.records if _is_spf(text)]
        if len(texts) == 1:
            self.record(target, texts[0], top=top)
        elif not found.fault:
            self.faults.append(f"{term} leads to {'two SPF records' if texts else 'no SPF record'}")

    def _void(self, term: str, nothing: bool) -> None:
        if nothing:
            self.voids += 1
            self.empty.append(term)
