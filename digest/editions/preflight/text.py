"""The text part: it says what the HTML says, each story with its headline and its address."""

from collections.abc import Iterator
from unicodedata import category

from digest.editions.preflight import Finding, Proof
from digest.editions.preflight._page import tree

OWNER = "admin"
GOOD = "The text part has every story of the HTML."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each story that stands in only one of the two parts, or without its link."""
    text, page = _bare(proof.rendered.text), _bare(tree(proof.rendered.html).text_content())
    do = "The look's .txt and .mjml must show the same stories."
    for placed in proof.edition.stories:
        title = _bare(placed.title)
        if title and (title in page) != (title in text):
            where = "text part" if title in page else "HTML"
            yield Finding("stop", f"“{placed.title}” is missing in the {where}.", do, placed.article.id)
        elif (
            title in text
            and placed.article.url.partition("#")[0].partition("?")[0] not in proof.rendered.text
        ):
            yield Finding("warn", f"“{placed.title}” has no link in the text part.", do, placed.article.id)


def _bare(text: str) -> str:
    """Return *text* without blanks and marks of direction: lines are broken where they must be."""
    return "".join(mark for mark in text if not mark.isspace() and category(mark) != "Cf")
