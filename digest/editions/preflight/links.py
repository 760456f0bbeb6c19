"""The links: each address that the mail leads to answers. A flow has asked them; see `flows/edition/preflight.py`."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from digest.editions.preflight import RUN, Finding, Link, Proof
from digest.editions.preflight._page import links

OWNER = "editor"
GOOD = "Every link answers."
NEEDS = "links"

GONE = frozenset({404, 410})
SHY = frozenset({401, 403, 405, 406, 429, 451, 503})  # what a site says to a program, and not to a reader


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each link that is gone (stop) or has not answered well (warn)."""
    asked = proof.facts.links or {}
    stories = {placed.article.url.rstrip("/"): placed for placed in proof.edition.stories}
    for url in links(proof.rendered.html):
        if url not in asked or 200 <= asked[url].status < 400 or asked[url].status in SHY:
            continue
        placed = stories.get(url.partition("?")[0].rstrip("/")) or stories.get(url.rstrip("/"))
        name = f"“{placed.title}”" if placed else f"the link to {_short(url)}"
        do = "Drop the story, or choose another lead article." if placed else "Mend or remove the link."
        article = placed.article.id if placed else 0
        if asked[url].private and proof.facts.local and _is_here(asked[url].why):
            what = f"{name} leads to this machine, as the site does: only readers on it can follow."
            yield Finding(
                "warn", what, "Set site.url and the sources’ addresses before you mail others.", article
            )
            continue
        yield _finding(asked[url], name, do, article)
    if asked and proof.facts.unasked:
        missing = len(proof.facts.unasked)
        what = f"Not asked yet: {missing} of {missing + len(asked)} links."
        yield Finding("warn", what, RUN, unrun=True)


def _finding(link: Link, name: str, do: str, article: int) -> Finding:
    if link.status in GONE:
        return Finding("stop", f"{name} leads to a page that is gone ({link.status}).", do, article)
    if link.private:
        what = f"{name} leads into a private network, where no reader can follow."
        return Finding("stop", what, do, article)
    said = f"answers {link.status}" if link.status else f"does not answer ({link.why})"
    return Finding("warn", f"{name} {said}.", "Open it once, and decide.", article)


def _is_here(why: str) -> bool:
    """Return whether the private address that a link led to, the last word of *why*, is this machine's own."""
    try:
        return ip_address(why.rsplit(maxsplit=1)[-1]).is_loopback
    except (ValueError, IndexError):
        return False


def _short(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"[:80]
