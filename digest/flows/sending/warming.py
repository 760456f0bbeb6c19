"""The readers of an edition whose From domain is new: so many a day, who has consented longest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.delivery.warm_up import WarmUp, cap, in_shares
from digest.model import Edition
from digest.store import providers
from digest.store.deliveries import plan as plans
from digest.store.deliveries import warm_up
from subscribers.api import by_consent


@dataclass(slots=True, kw_only=True)
class Warming:
    """Who may get an edition today: *order* are all its readers, and *one* says what the day has room for."""

    one: WarmUp
    order: Sequence[int]
    _at: int = 0
    _planned: int = field(default=0)

    @property
    def begun(self) -> bool:
        """Whether readers of it are planned already, as far as was seen."""
        return self._planned > 0

    def chosen(self, connection: Connection, edition: int, most: int) -> Sequence[int]:
        """Return the next readers to plan, at most *most*; none when the day has no room, or nobody is left."""
        known = warm_up.of(connection, edition)
        if (
            known is None or known.planned != self._planned
        ):  # another run planned some, or a try of ours was undone
            self._at, self._planned = 0, known.planned if known else 0
        room = warm_up.room(connection, self.one)
        if not room:
            return ()
        some = self.order[self._at : self._at + min(most, room)]
        self._at += len(some)
        return some

    def took(self, connection: Connection, edition: int, rows: int) -> None:
        """Note that *rows* were planned."""
        warm_up.take(connection, edition, rows)
        self._planned += rows


def warming_of(app: App, connection: Connection, edition: Edition, newsletter: Newsletter) -> Warming | None:
    """Return who may get *edition* today; None where its domain is warm, and for a correction mail.

    The day is that on which it began, in the newsletter's zone. An edition that was being planned already goes on by
    what its row says.
    """
    begun = warm_up.of(connection, edition.id)
    rule = app.config.warm_up.get(newsletter.sender.domain)
    if rule is None or edition.corrects or edition.planned or edition.started_at is None:
        return None
    if begun is None and not plans.untouched(connection, edition.id):
        return None
    day = edition.started_at.astimezone(newsletter.schedule.tz).date()
    most = begun.cap if begun else cap(day, rule.start, rule.first, rule.last, rule.days)
    if most is None:
        return None
    readers = by_consent(connection, edition.newsletter, newest=rule.order == "newest")
    receives = _providers(connection, {domain for _, domain in readers})
    order = in_shares((number, receives.get(domain, domain)) for number, domain in readers)
    one = WarmUp(domain=newsletter.sender.domain, day=day, cap=most, planned=0, readers=len(order))
    return Warming(one=begun or one, order=order)


def _providers(connection: Connection, domains: Collection[str]) -> dict[str, str]:
    every, found = sorted(domains), dict[str, str]()
    for at in range(0, len(every), 500):
        found |= providers.known(connection, every[at : at + 500])
    return found
