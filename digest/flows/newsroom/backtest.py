"""Backtest: past days ranked once more with the present weights, beside what was sent."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from digest.app import App
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.editions import choices as wishes
from digest.editions.compose import Carried, composed, links
from digest.editions.memory import MEMORY, THREAD, news
from digest.errors import EditionError
from digest.flows.memory import learnt
from digest.model import BENCH, Article, Edition, Ranked, Role
from digest.model.choice import Drop, Placing
from digest.store import articles, choices, editions
from digest.store.editions import Line
from digest.stories import cluster, rank
from digest.stories.ndcg import DEPTH, ndcg, of_place

HAND = Placing | Drop  # acts by which an editor says what stands where


@dataclass(frozen=True, slots=True)
class Moved:
    """A story that stands elsewhere: its place when sent and its place now, from 1, 0 where it has none."""

    title: str
    sent: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A past edition, tried: NDCG@10 against what was sent, how many of the first ten agree, and what moved."""

    edition: Edition
    by_hand: bool
    ndcg: float
    overlap: int
    of: int
    moved: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look back has for one past edition: the own stories that it could place, ranked, and what was sent."""

    edition: Edition
    newsletter: Newsletter
    ranked: tuple[Ranked, ...]
    carried: Carried
    sent: tuple[Line, ...]
    by_hand: bool

    @property
    def places(self) -> tuple[int, ...]:
        """The place of each ranked story when it was sent, from 1; 0 where it was not."""
        return _places([{one.id for one in each.story.articles} for each in self.ranked], self.sent)


def backtest(app: App, name: str, *, days: int = 30) -> list[Tried]:
    """Return how the present weights would have ranked the editions of the last *days*, the newest first."""
    return [_tried(each) for each in tried_again(app, name, days=days)]


def tried_again(
    app: App, name: str, *, days: int, weights: Mapping[str, float] | None = None, by_hand: bool = False
) -> Iterator[Looked]:
    """Give the editions of the last *days* that went to readers, ranked anew, the newest first.

    Each is ranked from what was known at the moment when it was built: articles first seen by then, in the
    versions of then, with the memory of then. What a publisher took away since is missing unless it was
    placed; the place in a feed is the last one seen.
    """
    newsletter = app.newsletter(name)
    first = app.now().date() - timedelta(days=days)
    with app.db.read() as connection:
        sent = editions.went(connection, name, first)
    if not sent:
        raise EditionError(
            f"no edition went out in the last {days} days", where=name, do="Look further back with --days."
        )
    for saved in sent:
        with app.db.read() as connection:
            made = _looked(app, connection, newsletter, saved, weights, by_hand)
        if made is not None:
            yield made


def _looked(
    app: App,
    connection: Connection,
    newsletter: Newsletter,
    saved: Edition,
    weights: Mapping[str, float] | None,
    by_hand: bool,
) -> Looked | None:
    said = choices.of(connection, saved.id)
    handled = any(isinstance(choice.act, HAND) for choice in wishes.active(said))
    if by_hand and not handled:
        return None
    lines = editions.lines(connection, saved.id, saved.revision)
    sent = tuple(line for line in lines if line.section != BENCH)
    carried = editions.carried(connection, saved.newsletter, saved.date - MEMORY, saved.date)
    lately = [number for number, seen in carried.items() if seen.date >= saved.date - THREAD]
    must, cannot = links(said)
    known = _known(connection, newsletter, saved, sent)
    memory, keeps = learnt.of_moment(connection, newsletter.name, saved.now)
    grouped = cluster.stories(
        known,
        must=must,
        cannot=cannot,
        before=[one for _, one in sorted(articles.by_ids(connection, lately).items())],
        now=saved.now,
        memory=memory,
    )
    trust = {name: source.trust for name, source in app.config.sources.items()}
    context = rank.Context(
        now=saved.now,
        newsletter=newsletter,
        carried=carried,
        trust=trust,
        earlier=articles.own_week(connection, newsletter.sources, known, saved.since),
        memory=memory,
        keeps=keeps,
    )
    had = {number for line in sent for number in (line.article, *line.members)}
    order = [
        each
        for each in rank.ranked(grouped, context, weights)
        if each.story.lead.role is Role.OWN
        and (
            news(each.story, each.story.lead, carried).article
            or had & {one.id for one in each.story.articles}
        )
    ]
    return Looked(
        edition=saved, newsletter=newsletter, ranked=tuple(order), carried=carried, sent=sent, by_hand=handled
    )


def _known(
    connection: Connection, newsletter: Newsletter, saved: Edition, sent: Sequence[Line]
) -> list[Article]:
    """Return the articles that the build of *saved* could know, as they were then, and those that it placed."""
    wanted = (*newsletter.sources, *newsletter.witnesses)
    found = {one.id: one for one in articles.window(connection, wanted, saved.since, saved.now)}
    missing = {number for line in sent for number in (line.article, *line.members)} - set(found)
    found |= articles.by_ids(connection, missing)
    _, added = wishes.wanted(choices.of(connection, saved.id))
    then = articles.as_of(connection, [found[number] for number in sorted(found)], saved.now)
    seen = [as_seen_by(newsletter, one) for one in then]
    return [replace(one, role=Role.OWN) if one.id in added else one for one in seen]


def _places(stories: Sequence[Set[int]], sent: Sequence[Line]) -> tuple[int, ...]:
    """Return at which place each story, by its articles, was sent; what was sent counts once, for the first match."""
    free = {line.place + 1: {line.article, *line.members} for line in sent}
    leads = {line.article: line.place + 1 for line in sent}
    found = []
    for ids in stories:
        near = [leads[number] for number in sorted(ids & set(leads)) if leads[number] in free]
        near += [place for place, members in free.items() if members & ids]
        found.append(near[0] if near else 0)
        free.pop(found[-1], None)
    return tuple(found)


def _tried(past: Looked) -> Tried:
    saved = past.edition
    made = composed(
        past.ranked,
        past.newsletter,
        date=saved.date,
        now=saved.now,
        carried=past.carried,
    )
    order = [*made.stories, *made.bench]
    places = _places([{one.article.id, *one.members} for one in order], past.sent)
    gains = [of_place(place) if place else 0.0 for place in places]
    gains += [
        of_place(line.place + 1) for line in past.sent if line.place + 1 not in places
    ]  # lost: behind all
    depth = min(DEPTH, len(past.sent))
    now = {place: at for at, place in enumerate(places, 1) if place}
    moved = [
        Moved(line.title, line.place + 1, now.get(line.place + 1, 0))
        for line in past.sent[:depth]
        if now.get(line.place + 1, 0) != line.place + 1
    ]
    moved += [
        Moved(one.title, place, at)
        for at, (one, place) in enumerate(zip(order[:depth], places, strict=False), 1)
        if not place or place > depth
    ]
    return Tried(
        edition=saved,
        by_hand=past.by_hand,
        ndcg=ndcg(gains) or 0.0,
        overlap=sum(0 < place <= depth for place in places[:depth]),
        of=depth,
        moved=tuple(moved),
    )
