"""An article as a newsletter sees it: one newsletter's own is another one's witness."""

from dataclasses import replace

from digest.articles.clean import placed_in
from digest.config.schema import Newsletter
from digest.model import Article, Role


def as_seen_by(newsletter: Newsletter, article: Article) -> Article:
    """Return *article* with the role and the section that it has for *newsletter*."""
    own = (
        any(seen.source in newsletter.sources for seen in article.sightings)
        or article.source in newsletter.sources
    )
    section = placed_in(article, newsletter.sections)
    return replace(article, role=Role.OWN if own else Role.WITNESS, section=section)
