"""How editions fare with each provider: what was accepted, what failed, and who complained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, select

from digest.delivery.consequences import mistrusted
from digest.delivery.halts import RELAY, ProviderAnswers
from digest.model import DeliveryState
from digest.store import halts
from digest.store.deliveries.mark import in_state
from digest.store.feedback.tables import soft_bounces
from digest.store.schema import deliveries, editions

_ACCEPTED = (DeliveryState.SENT, DeliveryState.COMPLAINED)
_FAILED = (DeliveryState.FAILED, DeliveryState.BOUNCED)
_FINAL = (*_ACCEPTED, *_FAILED, DeliveryState.REFUSED)
_SOFT = soft_bounces.c.delivery_id.is_not(None)
_WITH_SOFT = deliveries.outerjoin(soft_bounces, soft_bounces.c.delivery_id == deliveries.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Mails of some editions at one provider. *delivered* are accepted and have not come back."""

    delivered: int = 0
    hard: int = 0  # said of the address: it is dead
    soft: int = 0
    refused: int = 0  # said of us
    complaints: int = 0

    @property
    def tried(self) -> int:
        """All of them that have an answer."""
        return self.delivered + self.hard + self.soft + self.refused


def rates(connection: Connection, since: datetime) -> dict[tuple[str, str], Rates]:
    """Return the rates by (newsletter, provider) of the editions that began to be sent after *since*.

    It reads every row of those editions: a second for a million. A complaint is counted among the delivered, too.
    """
    query = (
        select(editions.c.newsletter, deliveries.c.provider, *_sums())
        .select_from(_WITH_SOFT.join(editions, editions.c.id == deliveries.c.edition_id))
        .where(editions.c.started_at > since)
        .group_by(editions.c.newsletter, deliveries.c.provider)
    )
    return {(row[0], row[1]): _rates(row[2:]) for row in connection.execute(query)}


def of_edition(connection: Connection, edition: int) -> dict[str, Rates]:
    """Return the rates of one edition by provider."""
    query = (
        select(deliveries.c.provider, *_sums())
        .select_from(_WITH_SOFT)
        .where(deliveries.c.edition_id == edition)
        .group_by(deliveries.c.provider)
    )
    return {row[0]: _rates(row[1:]) for row in connection.execute(query)}


def of_provider(
    connection: Connection, edition: int, provider: str, *, since: datetime | None = None
) -> Rates:
    """Return the rates of one edition at *provider*, by all final answers since *since*, late ones included."""
    query = select(*_sums()).select_from(_WITH_SOFT)
    own = (deliveries.c.edition_id == edition, deliveries.c.provider == provider, in_state(*_FINAL))
    recent = (deliveries.c.at > since,) if since is not None else ()
    return _rates(connection.execute(query.where(*own, *recent)).one())


def answers_of(
    connection: Connection, edition: int, provider: str, *, since: datetime | None = None
) -> ProviderAnswers:
    """Return how we stand with *provider* in *edition*, by all final answers since *since*, late ones included."""
    found = of_provider(connection, edition, provider, since=since)
    return ProviderAnswers(
        answers=found.tried, refused=found.refused, dead=found.hard, accepted=found.delivered
    )


def _sums() -> tuple[ColumnElement[int], ...]:
    def many(where: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((where, 1), else_=0)), 0)

    failed = in_state(*_FAILED)
    return (
        many(in_state(*_ACCEPTED)),
        many(failed & ~_SOFT),
        many(failed & _SOFT),
        many(in_state(DeliveryState.REFUSED)),
        many(in_state(DeliveryState.COMPLAINED)),
    )


def _rates(row: Sequence[int]) -> Rates:
    delivered, hard, soft, refused, complaints = (int(value) for value in row)
    return Rates(delivered=delivered, hard=hard, soft=soft, refused=refused, complaints=complaints)


def believed(connection: Connection, edition: int, provider: str, relay: str) -> bool:
    """Return whether what *provider* says of addresses is believed: not while it, or *relay*, is halted for the edition
    and fewer than half of its mails arrive."""
    halted = halts.of(connection, edition)
    if provider not in halted and f"{RELAY}{relay}" not in halted:
        return True
    return not mistrusted(answers_of(connection, edition, provider))
