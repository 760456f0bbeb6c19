"""The embargo: whoever lets an edition go, no placed story leaves before its time. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, tzinfo

from digest.editions.choices import active, acts
from digest.model import Choice
from digest.model.choice import Hold


def embargoed(
    placed: Iterable[tuple[str, Collection[int]]], made: Iterable[Choice], now: datetime, zone: tzinfo
) -> str:
    """Return which of the stories *placed* is held until later than *now*, in words; "" when none is.

    Each is its title and the ids of its articles; *made* are the choices about the edition.
    """
    held = [hold for _, hold in acts(active(made), Hold)]
    for title, articles in placed:
        about = [one for one in held if one.article in articles]
        moment = about[-1].until if about else None
        if moment is not None and moment > now:
            there = moment.astimezone(zone)
            return f"“{title}” is held until {there:%H:%M} on {there:%d %B}: it cannot go before that"
    return ""
