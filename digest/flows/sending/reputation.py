"""How we stand with the providers: shares of complaints and bounces, who sends in our name, and how TLS fares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from digest.app import App
from digest.store import auth_reports
from digest.store.auth_reports import Sessions, Source
from digest.store.feedback import Rates, rates

WEEK, MONTH = timedelta(days=7), timedelta(days=30)


__all__ = ["Provider", "Rates", "Sessions", "Source", "bounces", "by_provider", "complaints", "reported"]


@dataclass(frozen=True, slots=True)
class Provider:
    """Mails to one provider, of all newsletters, of the editions of the last 7 and 30 days."""

    name: str
    week: Rates
    month: Rates


def complaints(found: Rates) -> float:
    """Return the share of delivered mails that were called spam."""
    return found.complaints / found.delivered if found.delivered else 0.0


def bounces(found: Rates) -> float:
    """Return the share of tried mails whose address is dead."""
    return found.hard / found.tried if found.tried else 0.0


def by_provider(app: App) -> list[Provider]:
    """Return the rates of each provider, the one with the most mails first. It reads each row of a month's editions."""
    now = app.now()
    with app.db.read() as connection:
        week, month = (_summed(rates(connection, now - span)) for span in (WEEK, MONTH))
    found = [Provider(name, week.get(name, Rates()), month[name]) for name in month]
    return sorted(found, key=lambda one: (-one.month.tried, one.name))


def reported(app: App) -> tuple[list[Source], list[Sessions]]:
    """Return who sends in our name, and how TLS fares, by the reports of a month."""
    since = app.now() - MONTH
    with app.db.read() as connection:
        return auth_reports.sources(connection, since), auth_reports.sessions(connection, since)


def _summed(found: Mapping[tuple[str, str], Rates]) -> dict[str, Rates]:
    """Return the rates by provider, those of all newsletters added up; a row without a provider was a single mail."""
    summed: dict[str, Rates] = {}
    for (_, provider), one in found.items():
        if not provider:
            continue
        before = summed.get(provider, Rates())
        summed[provider] = Rates(
            delivered=before.delivered + one.delivered,
            hard=before.hard + one.hard,
            soft=before.soft + one.soft,
            refused=before.refused + one.refused,
            complaints=before.complaints + one.complaints,
        )
    return summed
