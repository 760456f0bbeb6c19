"""Small invented articles for the tests of stories and editions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

from digest.config.schema import Newsletter, Schedule, Sender
from digest.model import Article, Picture, Role, Sighting, Story

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


def article(
    number: int,
    title: str,
    dek: str = "",
    *,
    outlet: str = "Herald",
    own: bool = True,
    old: timedelta = timedelta(hours=1),
    place: int | None = None,
    picture: str = "",
    **more: object,
) -> Article:
    """Return article *number* of *outlet*, published *old* before NOW."""
    at = NOW - old
    source = outlet.lower().replace(" ", "-")
    fields: dict[str, object] = {
        "id": number,
        "source": source,
        "outlet": outlet,
        "url": f"https://{source}.example/{number}",
        "title": title,
        "dek": dek,
        "role": Role.OWN if own else Role.WITNESS,
        "published": at,
        "first_seen": at,
        "sightings": () if place is None else (Sighting(source, place, NOW, at),),
        "picture": Picture(url=picture, wide=_crop("wide", picture), square=_crop("square", picture))
        if picture
        else None,
    }
    return Article(**(fields | more))  # type: ignore[arg-type]


def _crop(shape: str, url: str) -> str:
    """Return the name of the crop that was made of the picture at *url*."""
    return sha256(f"{shape} {url}".encode()).hexdigest()


def newsletter(**changes: object) -> Newsletter:
    """Return a newsletter of the Herald with *changes*."""
    fields: dict[str, object] = {
        "title": "The Morning Herald",
        "sources": ("herald",),
        "schedule": Schedule(time=time(6, 0), zone="Europe/London"),
        "sender": Sender(address="morning@news.herald.example"),
    }
    return Newsletter(**(fields | changes)).named("morning")  # type: ignore[arg-type]


def led_by(story: Story) -> list[Story]:
    """Return *story* once for each of its own articles, led by it: the ways in which we could tell it."""
    return [replace(story, lead=article) for article in story.articles if article.role is Role.OWN]


QUAKE: Sequence[tuple[str, str]] = (
    ("Strong quake shakes northern Chile, tsunami alert lifted", "A 6.8-magnitude earthquake struck off Iquique; no deaths were reported."),
    ("Chile earthquake: magnitude 6.8 tremor hits near Iquique", "Residents of Iquique fled to higher ground after the quake."),
    ("6.8 quake off Iquique rattles northern Chile", "Chile's navy lifted its tsunami alert within the hour of the earthquake."),
)  # fmt: skip
HARBOUR: Sequence[tuple[str, str]] = (
    ("Council votes to close the old harbour bridge to lorries", "Hauliers say the harbour bridge ban adds forty minutes to each trip."),
    ("Lorries banned from harbour bridge after council vote", "The council voted nine to six to keep lorries off the old bridge."),
)  # fmt: skip
FILLER: Sequence[str] = (
    "Orchestra names its first woman conductor",
    "Rail fares to rise by four per cent in June",
    "United held to a draw by bottom club",
    "New vaccine trial for malaria begins in Ghana",
    "Bakery chain recalls almond biscuits",
    "Scientists find water vapour on distant planet",
    "Teachers accept pay offer and call off strike",
    "Film festival opens with a silent comedy",
    "Wheat prices fall as exports resume",
    "Mayor opens the night market in the east quarter",
)
