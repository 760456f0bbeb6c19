"""The pictures: light enough for a phone, over HTTPS, and each with a text for those who do not see it."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof
from digest.editions.preflight._page import tree

OWNER = "editor"
GOOD = "The pictures are light and have texts."

HEAVY, ALL = 300_000, 1_500_000  # bytes of one picture, and of all


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for pictures without alt, with an address no mailbox can open, or too heavy."""
    pictures = list(tree(proof.rendered.html).iter("img"))
    silent = sum(picture.get("alt") is None for picture in pictures)
    if silent:
        what = (
            f"{silent} picture{'s have' if silent > 1 else ' has'} no alt attribute: screen readers spell it."
        )
        yield Finding("warn", what, "The look must set alt on every picture.", owner="admin")
    addresses = list(dict.fromkeys(str(picture.get("src") or "") for picture in pictures))
    for address in addresses:
        if not address.lower().startswith(("https://", "http://")):
            what = f"a picture has the address {address[:60]!r}, which no mailbox can open."
            yield Finding("stop", what, "The look must give absolute addresses.", owner="admin")
    weights = {address: (proof.facts.weights or {}).get(address, 0) for address in addresses}
    for address, weight in weights.items():
        if weight > HEAVY:
            what = f"the picture {address.rpartition('/')[2][:40]} has {weight / 1000:,.0f} kB."
            yield Finding("warn", what, "Choose another, or a smaller one.")
    if sum(weights.values()) > ALL:
        what = f"all pictures together have {sum(weights.values()) / 1e6:.1f} MB."
        yield Finding("warn", what, "Take out a few: many read on a phone's network.")
