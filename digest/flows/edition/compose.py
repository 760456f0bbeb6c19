"""Compose: claimed rows and the edition's compiled variant become messages, ready for the wire."""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from digest.app import App
from digest.delivery.settle import Claimed
from digest.messages import compile, headers, personal
from digest.messages.personal_links import mail_values
from digest.messages.return_path import message_id_key, verp
from digest.messages.signers import Signers
from digest.model import Edition, Message, Recipient
from digest.outcomes import Undeliverable
from digest.signing import signer
from digest.store import compositions, editions, variants

SIGNATURE = 2000  # bytes of our signatures, at most


class Composer:
    """What makes the messages of *saved*, byte for byte from the variant that was approved; `close` it at the end.

    With *relay* they are signed as it wants them; without, so that they hold behind any of them.

    A correction may give the edition another revision while a run goes on, so each batch asks which it is:
    a row's claim and its revision are given in one transaction, and `flows/edition/correct.py` voids the claims that
    are older than its own.
    """

    def __init__(self, app: App, saved: Edition, *, relay: str = "") -> None:
        self._app, self._saved, self._relay = app, saved, relay
        self._lock = Lock()
        self._made = _Revision(app, saved, relay)

    def __call__(self, rows: Sequence[Claimed]) -> list[Message | Undeliverable]:
        with self._app.db.read() as connection:
            now = editions.by_id(connection, self._saved.id) or self._saved
        with self._lock:
            if now.revision != self._made.saved.revision:
                self._made.close()
                self._made = _Revision(self._app, now, self._relay)
            made = self._made
        return made.messages(rows)

    @property
    def largest(self) -> int:
        """How many bytes the mail has that goes to a reader who wants every section."""
        return self._made.largest()

    def close(self) -> None:
        """End the processes that sign."""
        self._made.close()


class _Revision:
    """What makes the messages of one revision. Where we sign, that is done on all cores (`messages/signers.py`)."""

    def __init__(self, app: App, saved: Edition, relay: str) -> None:
        newsletter = app.config.newsletters[saved.newsletter]
        with app.db.read() as connection:
            kept = variants.existing(connection, saved)
        self.saved = saved
        self._now = app.now
        self._links = app.links
        self._domain = newsletter.sender.bounce_domain
        self._ways_out = app.config.takes_ways_out(newsletter)
        self._prepared = personal.Prepared(
            compile.unpacked(kept.compiled),
            compositions.heading(saved, newsletter),
            headers.domain_of(newsletter),
            message_id_key(app.links),
            headers.names_of(newsletter),
        )
        seals = signer(app.config.relays, newsletter, static=self._prepared.lines, relay=relay)
        self._signers = Signers(seals) if seals is not None else None

    def messages(self, rows: Sequence[Claimed]) -> list[Message | Undeliverable]:
        """Return the message of each row, signed where we sign."""
        date = self._now().replace(microsecond=0)
        made = [self._one(row, date) for row in rows]
        if self._signers is None:
            return made
        signed = iter(self._signers.signed([one for one in made if isinstance(one, Message)], date))
        return [next(signed) if isinstance(one, Message) else one for one in made]

    def largest(self) -> int:
        """Return how many bytes a mail has at most; 0 where none can be made."""
        reader = Recipient(subscriber=1, address=f"{'x' * 64}@{'x' * 64}.example")
        deadline = self._now()
        row = Claimed(id=2**48, recipient=reader, provider="", deadline=deadline)
        made = self._one(row, deadline.replace(microsecond=0))
        signature = SIGNATURE if self._signers is not None else 0
        return made.size + signature if isinstance(made, Message) else 0

    def close(self) -> None:
        if self._signers is not None:
            self._signers.close()

    def _one(self, row: Claimed, date: datetime) -> Message | Undeliverable:
        links, domain = self._links, self._domain
        reader = max(row.recipient.subscriber, 0)  # a seed of our own is no reader: its links open nothing
        values = mail_values(links, self.saved, reader, domain if self._ways_out else "")
        try:
            return personal.message(
                self._prepared,
                row.recipient,
                delivery=row.id,
                sender=f"{verp(links, row.id)}@{domain}",
                date=date,
                links=values,
            )
        except ValueError as problem:
            return Undeliverable(str(problem))
