"""The domain that the newsletter comes from: what the doctor says about its records."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "admin"
GOOD = "The sender’s domain is in order."
NEEDS = "domain"


def check(proof: Proof) -> Iterator[Finding]:
    """Yield the doctor's complaints."""
    for verdict in proof.facts.domain or ():
        if verdict.level != "ok":
            yield Finding(verdict.level, verdict.what, verdict.do or "See: digest doctor")
    if proof.facts.domain is None and proof.facts.local:
        what = "The sender’s domain is not looked at: the site’s address is of this machine only."
        yield Finding("warn", what, "Set site.url to the public address.", unrun=True)
