"""What comes back: bounces, complaints and ways out by mail are read by something."""

from collections.abc import Iterator

from digest.app import App
from digest.ops.findings import Finding
from digest.ops.maildir import fault

PLACE = 9


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield whether a mail to a return address is read."""
    mine = app.config.feedback
    ways, posted, folder = mine.readers, mine.posted_by, mine.maildir
    if folder is not None and (problem := fault(folder)):
        yield Finding("what comes back", False, f"{problem}; is feedback.maildir right?")
    elif ways:
        yield Finding("what comes back", True, f"{ways}{f', and {posted}' if posted else ''}")
    else:
        what = "who leaves by mail stays" if posted else "dead addresses and complaints are not heard of"
        words = f"nothing reads the return address of our mails: {what}. Set [feedback]; docs/feedback.md says how"
        yield Finding("what comes back", True, words, note=True)
