"""The embargoes: nothing goes out before the time until which it is held."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "No story goes out before its time."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each placed story that is held, or dated, beyond the moment of sending."""
    out = proof.facts.due or proof.edition.now
    zone = proof.newsletter.schedule.tz
    for placed in proof.edition.stories:
        about = dict.fromkeys((placed.article.id, *placed.members))
        held = max(
            (proof.facts.embargoes[one] for one in about if one in proof.facts.embargoes), default=None
        )
        if held is not None and held > out:
            what = f"“{placed.title}” is held until {held.astimezone(zone):%d %B, %H:%M}, after the sending."
            yield Finding("stop", what, "Drop it from this edition, or lift the embargo.", placed.article.id)
        elif placed.article.published > out:
            when = placed.article.published.astimezone(zone)
            what = f"“{placed.title}” is dated {when:%d %B, %H:%M}, after the sending."
            yield Finding("warn", what, "Ask whether it is public by then.", placed.article.id)
