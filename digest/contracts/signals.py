"""The contract of a signal: a value from LEAST to MOST with its reason in one line, the same whenever it is asked.

They are 0 and 1 where a signal does not say.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta

from digest.config.schema import Newsletter, Schedule, Sender
from digest.contracts import Broken, attempt, shown
from digest.extensions import Plugin
from digest.model import Article, Role, Sighting, Story
from digest.stories.cluster import story
from digest.stories.context import Context, listings
from digest.stories.rank import bounds

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)


def broken(name: str, signal: Plugin) -> Iterator[Broken]:
    """Yield what the signal *signal*, whose name is *name*, does not keep."""
    if not (signal.__doc__ or "").startswith(f"{name}: "):
        yield Broken(f'must begin with a docstring """{name}: what it looks at."""')
    weight = signal.DEFAULT_WEIGHT
    if not isinstance(weight, float) or not math.isfinite(weight):
        yield Broken(f"DEFAULT_WEIGHT must be a number with a point, such as 0.05 (it is {shown(weight)})")
    context = day()
    for which, one in stories().items():
        yield from _of_story(signal, which, one, context)


def _of_story(signal: Plugin, which: str, one: Story, context: Context) -> Iterator[Broken]:
    for_it = f"for a story {which}"
    answer, faults = attempt(for_it, signal.score, one, context)
    yield from faults
    if faults:
        return
    if not (isinstance(answer, tuple) and len(answer) == 2):
        yield Broken(f"must return (value, reason) {for_it} (it returns {shown(answer)})")
        return
    value, reason = answer
    least, most = bounds(signal)
    if not isinstance(value, int | float) or not least <= value <= most:
        yield Broken(f"must give a value from {least:g} to {most:g} {for_it} (it gives {shown(value)})")
    if not isinstance(reason, str) or "\n" in reason:
        yield Broken(f"must give its reason as one line of text {for_it} (it gives {shown(reason)})")
    again, faults = attempt(f"{for_it}, asked again", signal.score, one, context)
    yield from faults
    if not faults and again != answer:
        yield Broken(
            f"must answer the same when asked again {for_it} (first {shown(answer)}, then {shown(again)})"
        )


def day() -> Context:
    """Return a day with the sample stories."""
    sender = Sender(address="morning@news.herald.example")
    newsletter = Newsletter(
        title="The Morning Herald",
        sources=("herald",),
        schedule=Schedule(time=time(6, 0), zone="Europe/London"),
        sender=sender,
    ).named("morning")
    return Context(now=NOW, newsletter=newsletter, listings=listings(stories().values()))


def stories() -> Mapping[str, Story]:
    """Return stories at the edges of what a day brings, by what each is."""
    bare = _article(1, "", outlet="")
    three = [
        _article(4, "Quake shakes the islands", outlet="Paper 0", place=0),
        _article(5, "Strong quake felt on the islands", outlet="Paper 1", place=1, own=False),
        _article(6, "Islands: quake of 5.1, no damage", outlet="Paper 2", place=2, own=False),
    ]
    return {
        "without any words": Story(bare, (bare,)),
        "of the future": story([_article(2, "Tomorrow", old=timedelta(days=-400))]),
        "of 1970": story([_article(3, "Long ago", old=timedelta(days=20_000))]),
        "of three outlets": story(three),
        "without members": Story(bare, ()),
    }


def _article(
    number: int,
    title: str,
    *,
    outlet: str = "Herald",
    old: timedelta = timedelta(hours=1),
    place: int | None = None,
    own: bool = True,
) -> Article:
    at, source = NOW - old, outlet.lower().replace(" ", "-")
    return Article(
        id=number,
        source=source,
        outlet=outlet,
        url=f"https://{source}.example/{number}",
        title=title,
        role=Role.OWN if own else Role.WITNESS,
        published=at,
        first_seen=at,
        sightings=() if place is None else (Sighting(source, place, NOW, at),),
    )
