"""What comes back: somebody reads the return address of our mails, and the one that ends a subscription by mail."""

from collections.abc import Iterator
from functools import partial

from digest.ops.doctor import Grade, Line, Setup

PLACE = 5
_line = partial(Line, "what comes back")
_SET = 'Set [feedback] listen, maildir or imap: docs/feedback.md says which. For Postfix: listen = "127.0.0.1:2424"'


def look(setup: Setup) -> Iterator[Line]:
    """Yield whether what comes back is read; a bounce of our own shows it, where it can be sent."""
    domain = setup.bounces
    if not setup.reads_mail:
        yield _line(domain, Grade.RED, _unread(setup), _SET)
        return
    hosts = [text.split()[-1] for text in sorted(setup.names.ask(domain, "MX").records, key=_preference)]
    if setup.bounce is None or not hosts or hosts == ["."]:
        yield _line(domain, Grade.GREEN, f"is read by {setup.reads_mail}; no bounce was sent to try it")
        return
    try:
        seconds = setup.bounce(hosts[0], domain)
    except OSError as problem:
        words = f"no bounce could be sent to try it: {problem}; many networks let nobody out on port 25"
        yield _line(domain, Grade.AMBER, words)
        return
    if seconds is None:
        words = f"a bounce that was sent to d+...@{domain} did not come back by {setup.reads_mail} in time"
        do = "Is digest serve running? Does the mail server hand the whole domain over? Its log says where the mail is."
        yield _line(domain, Grade.RED, words, do)
    else:
        yield _line(
            domain, Grade.GREEN, f"a bounce of our own came back by {setup.reads_mail} in {seconds:.0f} s"
        )


def _unread(setup: Setup) -> str:
    if setup.posted:
        return (
            f"bounces are posted by {setup.posted}, but nothing reads u+...@{setup.bounces}, which our mails name: "
            "readers who leave by mail stay"
        )
    return (
        f"nothing reads what comes to b+...@{setup.bounces} and u+...@{setup.bounces}, which our mails name: dead "
        "addresses stay on the list, complaints are not heard, and readers who leave by mail stay"
    )


def _preference(text: str) -> int:
    return int(text.split(maxsplit=1)[0])
