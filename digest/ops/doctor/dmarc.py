"""DMARC (RFC 9989): a policy is found by the tree walk, and From is aligned with signature and envelope."""

from collections.abc import Iterator
from functools import partial

from digest.ops import records
from digest.ops.doctor import Grade, Line, Setup
from digest.ops.doctor._tree import Policy, aligned, organisation, policies, policy_for

PLACE = 3
REMOVED = ("pct", "rf", "ri")
POLICIES = ("none", "quarantine", "reject")
_line = partial(Line, "dmarc")


def look(setup: Setup) -> Iterator[Line]:
    """Yield whether there is a policy, and whether our mails would pass it."""
    found = setup.names.ask(f"_dmarc.{setup.sender}", "TXT")
    if found.fault:
        yield _line(setup.sender, Grade.AMBER, f"the DNS could not be asked: {found.fault}")
        return
    several = policies(setup.names, setup.sender)
    if len(several) > 1:
        words = f"has {len(several)} DMARC records: receivers take none of them"
        yield _line(setup.sender, Grade.RED, words, several[0].text)
        return
    policy = policy_for(setup.names, setup.sender)
    if policy is None:
        top = organisation(setup.names, setup.sender)
        text = f"v=DMARC1; p=none; rua=mailto:dmarc@{top}"
        words = "has no DMARC policy, here or above: the big mailbox providers refuse bulk mail without one"
        yield _line(setup.sender, Grade.RED, words, records.txt(f"_dmarc.{top}", text))
        return
    yield _policy(setup, policy)
    yield from _alignment(setup, policy)


def _policy(setup: Setup, policy: Policy) -> Line:
    name, p = f"_dmarc.{policy.domain}", policy.tags.get("p", "").lower()
    if p not in POLICIES:
        words = f"p={p} is no policy" if p else "says no p=, which the mailbox providers ask for"
        return _line(name, Grade.RED, words, records.txt(name, _mended(policy, p="none")))
    old = [tag for tag in REMOVED if tag in policy.tags]
    if old:
        words = f"p={p}; {', '.join(old)} {'is' if len(old) == 1 else 'are'} no longer DMARC (RFC 9989): take it out"
        return _line(name, Grade.AMBER, words, records.txt(name, _mended(policy)))
    above = "" if policy.domain == setup.sender else f", found above {setup.sender}"
    held = p if policy.domain == setup.sender else policy.tags.get("sp", p)
    return _line(name, Grade.GREEN, f"p={held}{above}")


def _mended(policy: Policy, **more: str) -> str:
    kept = {name: value for name, value in policy.tags.items() if name not in (*REMOVED, *more, "v")}
    return "; ".join(f"{name}={value}" for name, value in {"v": "DMARC1", **more, **kept}.items())


def _alignment(setup: Setup, policy: Policy) -> Iterator[Line]:
    """Yield whether d= and the envelope's domain are From's own; one of the two has to be."""
    ways = (("d=", setup.signing, "adkim"), ("MAIL FROM", setup.bounces, "aspf"))
    for what, domain, tag in ways:
        mode = policy.tags.get(tag, "r").lower()
        if aligned(setup.names, setup.sender, domain, mode):
            yield _line(f"{what} {domain}", Grade.GREEN, f"aligned with From ({setup.sender})")
        else:
            how = f"{tag}=s wants them to be equal" if mode == "s" else "they are of two organisations"
            grade = Grade.RED if tag == "adkim" else Grade.AMBER
            yield _line(f"{what} {domain}", grade, f"not aligned with From ({setup.sender}): {how}")
