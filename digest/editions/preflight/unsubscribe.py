"""The way out: a link to unsubscribe stands in the HTML and in the text."""

import re
from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "admin"
GOOD = "The way out stands in both parts."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each part without a link to unsubscribe that a reader can see."""
    mark = f"@@{proof.rendered.nonce}.unsubscribe_url@@"
    link = re.search(rf'<a\b[^>]*href="{re.escape(mark)}"[^>]*>(.*?)</a>', proof.rendered.html, re.DOTALL)
    do = "The look must link page.unsubscribe_url."
    if link is None or not re.sub(r"<[^>]*>|\s|&nbsp;", "", link[1]):
        yield Finding("stop", "the mail has no link to unsubscribe.", do)
    if mark not in proof.rendered.text:
        yield Finding("stop", "the text part has no address to unsubscribe.", do)
