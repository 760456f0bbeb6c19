"""The postal address that the law of many countries wants in every such mail."""

from collections.abc import Iterator
from html import unescape

from digest.editions.preflight import Finding, Proof

OWNER = "admin"
GOOD = "The postal address is shown in both parts."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding when there is no postal address, or the look does not show it."""
    postal = " ".join(proof.newsletter.sender.postal.split())
    if not postal:
        do = "Set sender.postal of the newsletter."
        yield Finding("warn", "the mail has no postal address, which many countries require.", do)
        return
    for part, text in (("mail", unescape(proof.rendered.html)), ("text part", proof.rendered.text)):
        if postal not in " ".join(text.split()):
            yield Finding(
                "stop", f"the {part} does not show the postal address.", "The look must show page.postal."
            )
