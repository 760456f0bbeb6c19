"""The subject and the preheader: what a reader sees before opening, and that it is not yesterday's again."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "Subject and preheader fit, and are not yesterday’s."

LONGEST, SHORTEST = 120, 10
PREHEADER = (30, 250)  # characters: less leaves room that a program fills with whatever comes first


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding when either is empty, of a length that inboxes do not show, or the same as the last time."""
    subject, preheader = proof.rendered.subject.strip(), proof.rendered.preheader.strip()
    before = proof.facts.before or ("", "")
    if not subject:
        yield Finding(
            "stop", "the subject is empty.", "Write one, or mend the newsletter's subject template."
        )
        return
    if len(subject) > LONGEST:
        what = f"the subject has {len(subject)} characters; most programs show 40 to 70."
        yield Finding("warn", what, "Put what matters first, or shorten it.")
    elif len(subject) < SHORTEST:
        yield Finding("warn", f"the subject has only {len(subject)} characters.", "Say more.")
    again = subject.casefold() == before[0].strip().casefold()
    if again and preheader and preheader.casefold() == before[1].strip().casefold():
        what = "subject and preheader are those of the edition before: Gmail makes one conversation of both, and hides"
        yield Finding("warn", f"{what} what is the same.", "Write another subject, or another preheader.")
        return
    if again:
        yield Finding("warn", "the subject is the same as that of the edition before.", "Write another.")
    if not preheader:
        yield Finding(
            "warn", "the preheader is empty, so the inbox shows whatever text comes first.", "Write one."
        )
    elif not PREHEADER[0] <= len(preheader) <= PREHEADER[1]:
        what = f"the preheader has {len(preheader)} characters; inboxes show 35 to 130."
        yield Finding("warn", what, "Say more." if len(preheader) < PREHEADER[0] else "Shorten it.")
    elif preheader.casefold() == before[1].strip().casefold():
        yield Finding("warn", "the preheader is the same as that of the edition before.", "Write another.")
    elif preheader.casefold() == subject.casefold():
        yield Finding("warn", "the preheader says the same as the subject.", "Write another.")
