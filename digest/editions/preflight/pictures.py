"""The pictures: light enough for a phone, over HTTPS, and each with a text for those who do not see it."""

from collections.abc import Collection, Iterator

from digest.editions.preflight import Finding, Proof
from digest.editions.preflight._page import tree
from digest.model import Picture

OWNER = "editor"
GOOD = "Every picture has a description, and those that we host are light."

HEAVY, ALL = 300_000, 1_500_000  # bytes of one picture, and of all


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for pictures without a description, with an address no mailbox can open, or too heavy."""
    pictures = list(tree(proof.rendered.html).iter("img"))
    shown = {str(picture.get("src") or "") for picture in pictures}
    for placed in proof.edition.stories:
        one = placed.article.picture
        if one is not None and not one.alt.strip() and _is_shown(one, shown):
            what = f"the picture of “{placed.title}” has no description."
            yield Finding("warn", what, "Choose another, or ask its publisher for one.", placed.article.id)
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


def _is_shown(picture: Picture, shown: Collection[str]) -> bool:
    """Return whether one of the addresses *shown* is of *picture*: the original's, or that of a crop of ours."""
    crops = [f"/{crop}.jpg" for crop in (picture.wide, picture.square) if crop]
    return picture.url in shown or any(src.endswith(crop) for src in shown for crop in crops)
