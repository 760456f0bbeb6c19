"""The embargo at the door: whoever lets an edition go, no placed story leaves before its time."""

from datetime import datetime

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions.choices import active, acts
from digest.model import BENCH, Edition
from digest.model.choice import Hold
from digest.store import choices, editions


def held_until(app: App, edition: Edition, newsletter: Newsletter) -> str:
    """Return which placed story of *edition* is held until later than now, in words; "" when none is."""
    with app.db.read() as connection:
        return embargoed(connection, edition, newsletter, app.now())


def embargoed(connection: Connection, edition: Edition, newsletter: Newsletter, now: datetime) -> str:
    """Return which placed story of *edition* is held until later than *now*, in words; "" when none is."""
    held = [hold for _, hold in acts(active(choices.of(connection, edition.id)), Hold)]
    if not held:
        return ""
    for line in editions.lines(connection, edition.id, edition.revision):
        about = [one for one in held if one.article in (line.article, *line.members)]
        moment = about[-1].until if about and line.section != BENCH else None
        if moment is not None and moment > now:
            there = moment.astimezone(newsletter.schedule.tz)
            return f"“{line.title}” is held until {there:%H:%M} on {there:%d %B}: it cannot go before that"
    return ""
