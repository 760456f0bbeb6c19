"""The embargoes: nothing goes out before the time until which it is held."""

from collections.abc import Iterator
from datetime import datetime

from digest.editions.preflight import Finding, Proof
from digest.model import Placed

OWNER = "editor"
GOOD = "No story goes out before its time."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each placed story that is held, or dated, beyond the moment of sending.

    A story that its hold leaves out is told, too: nobody should wonder where it is.
    """
    out = proof.facts.due or proof.edition.now
    zone = proof.newsletter.schedule.tz
    for placed in proof.edition.stories:
        held = _held(proof, placed)
        if held is not None and held > out:
            what = f"“{placed.title}” is held until {held.astimezone(zone):%d %B, %H:%M}, after the sending."
            yield Finding("stop", what, "Drop it from this edition, or lift the embargo.", placed.article.id)
        elif placed.article.published > out:
            when = placed.article.published.astimezone(zone)
            what = f"“{placed.title}” is dated {when:%d %B, %H:%M}, after the sending."
            yield Finding("warn", what, "Ask whether it is public by then.", placed.article.id)
    for waiting in proof.edition.bench:
        held = _held(proof, waiting)
        if held is not None and held > out:
            what = f"“{waiting.title}” is held until {held.astimezone(zone):%d %B, %H:%M}: it is left out."
            yield Finding("warn", what, "Let it go if it may run in this edition.", waiting.article.id)


def _held(proof: Proof, placed: Placed) -> datetime | None:
    about = {placed.article.id, *placed.members}
    return max((until for one, until in proof.facts.embargoes.items() if one in about), default=None)
