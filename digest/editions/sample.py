"""An edition made of nothing, with a story in each section, to try templates and texts with. Pure."""

from datetime import datetime

from digest.config.schema import Newsletter
from digest.editions import subject
from digest.model import Article, Composition, Placed, Section


def sample(newsletter: Newsletter, now: datetime) -> Composition:
    """Return an edition of *newsletter* with one story in each of its sections.

    Raises TemplateError where subject or preheader fail.
    """
    rules = [("top", ""), *((rule.name, rule.title) for rule in newsletter.sections), ("brief", "")]
    placed = stories([section for section, _ in rules], now)
    day = now.astimezone(newsletter.schedule.tz).date()
    return Composition(
        newsletter=newsletter.name,
        title=newsletter.title,
        date=day,
        now=now,
        language=newsletter.language,
        direction=newsletter.direction,
        subject=subject.subject(newsletter, placed, day),
        preheader=subject.preheader(newsletter, placed, day),
        sections=tuple(Section(*rule, (story,)) for rule, story in zip(rules, placed, strict=True)),
    )


def stories(sections: list[str], now: datetime) -> list[Placed]:
    """Return a story for each of *sections*."""
    return [
        Placed(
            place=place,
            section=section,
            article=_article(place, now),
            title=f"Headline {place}",
            dek="A dek.",
        )
        for place, section in enumerate(sections, 1)
    ]


def _article(number: int, now: datetime) -> Article:
    return Article(
        id=number,
        source="sample",
        outlet="Sample",
        url=f"https://example.org/{number}",
        title=f"Headline {number}",
        published=now,
        first_seen=now,
    )
