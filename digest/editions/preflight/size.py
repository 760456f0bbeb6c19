"""The size of the HTML: Gmail cuts a mail at about 102,000 bytes, and with it the way out."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "The mail is well under the size at which Gmail cuts."

WARN, STOP = 85_000, 100_000


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding when the decoded HTML, every link filled, is near the limit or over it."""
    size = proof.rendered.size
    if size > WARN:
        what = f"the mail has {size:,} bytes of HTML, and Gmail cuts it at about 102,000."
        yield Finding(
            "stop" if size > STOP else "warn", what, "Take out stories, or shorten deks and addresses."
        )
    if proof.edition.shed:
        titles = "; ".join(proof.edition.shed)
        yield Finding("warn", f"left out to keep the mail under its size: {titles}.")
