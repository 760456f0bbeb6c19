"""Compose: claimed rows and the edition's compiled variant become messages, ready for the wire."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain

from digest.app import App
from digest.config.schema import Newsletter
from digest.delivery.settle import Claimed
from digest.errors import EditionError
from digest.flows.letters import links_of, mail_values
from digest.flows.signing import signer
from digest.messages import compile, headers, personal
from digest.model import Edition, Message, Variant
from digest.outcomes import Undeliverable
from digest.store import editions, variants
from digest.store.editions import Saved
from subscribers.links import Links

BOUNCE = "bounce"  # the purpose of a VERP token
Composer = Callable[[Sequence[Claimed]], list[Message | Undeliverable]]


def composer(app: App, saved: Saved, *, relay: str = "") -> Composer:
    """Return what makes the messages of *saved*, byte for byte from the variant that was approved.

    With *relay* they are signed as it wants them; without, so that they hold behind any of them.

    A correction may give the edition another revision while a run goes on, so each batch asks which it is:
    a row's claim and its revision are given in one transaction, and `flows/correct.py` voids the claims that
    are older than its own.
    """
    made = {saved.revision: _composer(app, saved, relay)}

    def compose(rows: Sequence[Claimed]) -> list[Message | Undeliverable]:
        with app.db.read() as connection:
            now = editions.by_id(connection, saved.id) or saved
        if now.revision not in made:
            made.clear()
            made[now.revision] = _composer(app, now, relay)
        return made[now.revision](rows)

    return compose


def _composer(app: App, saved: Saved, relay: str) -> Composer:
    """Return what makes the messages of one revision.

    Where we sign, a batch is shared out to all cores: nearly all its time is RSA, which runs side by side.
    """
    variant = variant_of(app, saved)
    newsletter = app.config.newsletters[saved.newsletter]
    links = links_of(app)
    prepared = personal.Prepared(variant, edition_of(saved, newsletter), headers.domain_of(newsletter))
    domain = bounce_domain(newsletter)
    seals = signer(app, newsletter, static=prepared.lines, relay=relay)

    def one(row: Claimed, date: datetime, sign: personal.Signer | None = None) -> Message | Undeliverable:
        reader = max(row.recipient.subscriber, 0)  # a seed of our own is no reader: its links open nothing
        values = mail_values(links, saved, reader, domain)
        try:
            return personal.message(
                prepared, row.recipient, delivery=row.id, sender=f"{verp(links, row.id)}@{domain}",
                date=date, links=values, sign=sign,
            )  # fmt: skip
        except ValueError as problem:
            return Undeliverable(str(problem))

    def unsigned(rows: Sequence[Claimed]) -> list[Message | Undeliverable]:
        date = app.now().replace(microsecond=0)
        return [one(row, date) for row in rows]

    if seals is None:
        return unsigned
    cores = os.cpu_count() or 1
    pool = ThreadPoolExecutor(cores, thread_name_prefix="sign")

    def signed(rows: Sequence[Claimed]) -> list[Message | Undeliverable]:
        date = app.now().replace(microsecond=0)
        sign, share = seals.at(date), max(1, -(-len(rows) // cores))
        parts = [rows[at : at + share] for at in range(0, len(rows), share)]
        return list(chain.from_iterable(pool.map(lambda part: [one(row, date, sign) for row in part], parts)))

    return signed


def variant_of(app: App, saved: Saved) -> Variant:
    """Return the compiled variant of *saved*; raise EditionError when nothing was rendered."""
    with app.db.read() as connection:
        kept = variants.of(connection, saved.id, saved.revision)
    if kept is None:
        raise EditionError("was never rendered", where=f"{saved.newsletter} {saved.date}")
    return compile.unpacked(kept.compiled)


def edition_of(saved: Saved, newsletter: Newsletter) -> Edition:
    """Return *saved* as the nouns know an edition; its stories are in the variant's bytes already."""
    return Edition(
        newsletter=saved.newsletter,
        title=newsletter.title,
        date=saved.date,
        now=saved.now,
        language=newsletter.language,
        direction=newsletter.direction,
        subject=saved.subject,
        preheader=saved.preheader,
        sections=(),
        id=saved.id,
        revision=saved.revision,
        state=saved.state,
    )


def bounce_domain(newsletter: Newsletter) -> str:
    """Return the domain that bounces come back to."""
    return newsletter.sender.bounces or headers.domain_of(newsletter)


def verp(links: Links, delivery: int) -> str:
    """Return the local part that names a delivery: any bounce to it is about that row, and cannot be forged."""
    payload = delivery.to_bytes(max(4, (delivery.bit_length() + 7) // 8), "big")
    return f"b+{links.token(BOUNCE, payload, lower=True)}"


def delivery_of(links: Links, address: str) -> int | None:
    """Return which delivery the VERP *address* names; None where it is not ours."""
    local = address.rpartition("@")[0]
    payload = links.read(BOUNCE, local[2:]) if local[:2].lower() == "b+" else None
    return int.from_bytes(payload, "big") if payload else None
