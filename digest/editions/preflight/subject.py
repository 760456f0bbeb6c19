"""The subject and the preheader: what a reader sees before opening."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

LONGEST = 120


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding when the subject is empty or so long that every program cuts it."""
    subject, preheader = proof.rendered.subject, proof.rendered.preheader
    if not subject:
        yield Finding(
            "stop", "the subject is empty.", "Write one, or mend the newsletter's subject template."
        )
    elif len(subject) > LONGEST:
        yield Finding("warn", f"the subject has {len(subject)} characters; most programs show 40 to 70.")
    if subject and not preheader:
        yield Finding("warn", "the preheader is empty, so the inbox shows whatever text comes first.")
