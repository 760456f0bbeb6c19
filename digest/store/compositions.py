"""A stored edition as the composition that it was made of."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from sqlalchemy import Connection

from digest.articles.clean import placed_in
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.editions.choices import active, picture, pictured
from digest.model import BENCH, Article, Composition, Edition, Placed, Role, Section
from digest.store import articles, choices, editions
from digest.store.editions import Line


def heading(saved: Edition, newsletter: Newsletter) -> Composition:
    """Return *saved* without its stories: all that a mail needs whose bytes are made already."""
    return Composition(
        id=saved.id,
        newsletter=saved.newsletter,
        title=newsletter.title,
        date=saved.date,
        issue=saved.issue,
        now=saved.now,
        language=newsletter.language,
        direction=newsletter.direction,
        subject=saved.subject,
        preheader=saved.preheader,
        sections=(),
        revision=saved.revision,
        state=saved.state,
    )


def of(connection: Connection, saved: Edition, newsletter: Newsletter) -> Composition:
    """Return *saved* with the stories of its newest revision, in order, the bench apart.

    The headlines and deks are those that were placed; the articles are as they stand today.
    """
    lines = editions.lines(connection, saved.id, saved.revision)
    wanted = pictures(connection, saved, lines)
    ids = {line.article for line in lines} | {source for source in wanted.values() if source}
    stored = articles.by_ids(connection, ids)
    own = [one for one in stored.values() if as_seen_by(newsletter, one).role is Role.OWN]
    known = {
        line.article: pictured(
            replace(stored[line.article], section=placed_in(stored[line.article], newsletter.sections)),
            wanted[line.article],
            own,
        )
        for line in lines
    }
    titles = {rule.name: rule.title for rule in newsletter.sections}
    placed = [line for line in lines if line.section != BENCH]
    return replace(
        heading(saved, newsletter),
        note=saved.note,
        sponsor=saved.sponsor,
        sections=tuple(
            Section(name, titles.get(name, ""), tuple(_placed(line, known[line.article]) for line in run))
            for name, run in groupby(placed, lambda line: line.section)
        ),
        bench=tuple(_placed(line, known[line.article]) for line in lines if line.section == BENCH),
    )


def pictures(connection: Connection, saved: Edition, lines: Iterable[Line]) -> dict[int, int | None]:
    """Return whose picture the editors give each line, by its article: see `choices.picture`."""
    held = active(choices.of(connection, saved.id))
    return {line.article: picture({line.article, *line.members}, held) for line in lines}


def _placed(line: Line, article: Article) -> Placed:
    return Placed(
        place=line.place + 1,
        section=line.section,
        article=article,
        title=line.title,
        dek=line.dek,
        score=line.score,
        reasons=line.reasons,
        members=line.members,
        update=line.update,
    )
