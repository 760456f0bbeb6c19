"""Recall: a stored edition as the nouns that it was made of."""

from dataclasses import replace
from itertools import groupby

from sqlalchemy import Connection

from digest.articles.clean import placed_in
from digest.config.schema import Newsletter
from digest.model import Article, Edition, Placed, Rendered, Section
from digest.store import articles, editions
from digest.store.editions import BENCH, Line, Saved
from digest.store.variants import Kept


def recalled(connection: Connection, saved: Saved, newsletter: Newsletter) -> Edition:
    """Return *saved* with the stories of its newest revision, in order, the bench apart.

    The headlines and deks are those that were placed; the articles are as they stand today.
    """
    lines = editions.lines(connection, saved.id, saved.revision)
    known = {
        number: replace(one, section=placed_in(one, newsletter.sections))
        for number, one in articles.by_ids(connection, [line.article for line in lines]).items()
    }
    titles = {rule.name: rule.title for rule in newsletter.sections}
    placed = [line for line in lines if line.section != BENCH]
    return Edition(
        id=saved.id,
        newsletter=saved.newsletter,
        title=newsletter.title,
        date=saved.date,
        now=saved.now,
        language=newsletter.language,
        direction=newsletter.direction,
        subject=saved.subject,
        preheader=saved.preheader,
        note=saved.note,
        revision=saved.revision,
        state=saved.state,
        sections=tuple(
            Section(name, titles.get(name, ""), tuple(_placed(line, known[line.article]) for line in run))
            for name, run in groupby(placed, lambda line: line.section)
        ),
        bench=tuple(_placed(line, known[line.article]) for line in lines if line.section == BENCH),
    )


def rendered_of(kept: Kept) -> Rendered:
    """Return what was rendered, as it is kept."""
    return Rendered(
        subject=kept.subject,
        preheader=kept.preheader,
        html=kept.html,
        text=kept.text,
        nonce=kept.nonce,
        language=kept.language,
    )


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
