"""Bounces: their domain has an MX that takes mail for the addresses that our mails name."""

from collections.abc import Iterator
from functools import partial

from digest.ops.doctor import Grade, Line, Setup

PLACE = 4
_line = partial(Line, "bounces")


def look(setup: Setup) -> Iterator[Line]:
    """Yield whether a bounce would reach us."""
    domain = setup.bounces
    paste = f"{domain}. IN MX 10 <the host that takes your bounces>."
    found = setup.names.ask(domain, "MX")
    if found.fault:
        yield _line(domain, Grade.AMBER, f"the DNS could not be asked: {found.fault}")
        return
    hosts = [text.split()[1] for text in sorted(found.records, key=_preference) if len(text.split()) == 2]
    if found.records and not hosts:
        yield _line(domain, Grade.RED, "has a null MX: it says that it takes no mail", paste)
        return
    if not hosts:
        grade = Grade.RED if _nowhere(setup, domain) else Grade.AMBER
        words = "has no MX" + ("" if grade is Grade.RED else ", only an address: say so by an MX")
        yield _line(domain, grade, words, paste)
        return
    lost = [host for host in hosts if _nowhere(setup, host)]
    if lost:
        yield _line(domain, Grade.RED, f"its MX {', '.join(lost)} has no address", paste)
    elif alias := [host for host in hosts if setup.names.ask(host, "CNAME").records]:
        yield _line(domain, Grade.AMBER, f"its MX {alias[0]} is an alias, which RFC 5321 (5.1) forbids")
    else:
        yield _line(domain, Grade.GREEN, f"MX {', '.join(hosts)}")
        yield from _knocked(setup, hosts[0])


def _knocked(setup: Setup, host: str) -> Iterator[Line]:
    """Yield what the host says to an address of the kind that bounces come to."""
    if setup.knock is None:
        return
    address = f"b+doctor@{setup.bounces}"
    try:
        code, reply = setup.knock(host, address)
    except OSError as problem:
        words = f"could not be tried from here ({problem}); many networks let nobody out on port 25"
        yield _line(host, Grade.AMBER, words)
        return
    if 200 <= code < 300:
        yield _line(host, Grade.GREEN, f"takes mail for {address}")
    else:
        grade = Grade.RED if code >= 500 else Grade.AMBER
        yield _line(host, grade, f"does not take mail for {address}: {code} {reply}; let it take b+anything")


def _preference(text: str) -> int:
    return int(text.split(maxsplit=1)[0])


def _nowhere(setup: Setup, host: str) -> bool:
    return setup.names.ask(host, "A").void and setup.names.ask(host, "AAAA").void
