"""Out by mail: any message to `u+<token>@` ends the subscription that its token names (RFC 2369, mailto).

Whom it ends is read from the address it came to, never from its From line, which anybody can forge.
"""

import re
from collections.abc import Iterable
from email import policy
from email.parser import BytesHeaderParser

from sqlalchemy import Connection

from subscribers.links import Links, Purpose, newsletter_mark
from subscribers.model import Evidence, Transition
from subscribers.store.renames import current_names_by_mark
from subscribers.store.subscriptions import unsubscribe

_MAILBOX = re.compile(r"(?<![^\s<,;:\"'])u\+([a-z2-7]{16,60})@", re.IGNORECASE)
_HEADERS = ("X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc")
_MOST_BYTES = 1_000_000


def mail_tokens(message: bytes, recipients: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the tokens that *message* came to: by its envelope's *recipients*, else by its headers."""
    named = [each for each in recipients if each]
    if not named:
        headers = BytesHeaderParser(policy=policy.compat32).parsebytes(message[:_MOST_BYTES])
        named = [str(value) for name in _HEADERS for value in headers.get_all(name, [])]
    return tuple(dict.fromkeys(token.lower() for each in named for token in _MAILBOX.findall(each)))


def unsubscribe_by_mail(
    connection: Connection, links: Links, message: bytes, evidence: Evidence, recipients: Iterable[str] = ()
) -> list[Transition]:
    """End what the message is about and return it: nothing where no token of ours is in its address."""
    done = []
    for token in mail_tokens(message, recipients):
        target = links.target(Purpose.UNSUBSCRIBE, token)
        moved = unsubscribe(connection, target.subscriber_id, target.mark, evidence) if target else None
        if target and moved is None and (new := current_names_by_mark(connection).get(target.mark)):
            moved = unsubscribe(connection, target.subscriber_id, newsletter_mark(new), evidence)
        if moved is not None:
            done.append(moved)
    return done
