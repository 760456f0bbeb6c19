"""Build: the day's articles become a draft; the same inputs and the same clock give the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from digest.app import App
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.editions import choices as wishes
from digest.editions import compose
from digest.editions import occurrences as calendar
from digest.editions.memory import MEMORY, THREAD
from digest.errors import EditionError
from digest.flows.memory import learnt
from digest.messages import compile, render
from digest.messages.slots import nonce
from digest.model import (
    Article,
    Built,
    Choice,
    Edition,
    Ranked,
    Role,
)
from digest.store import articles as stored_articles
from digest.store import choices as stored_choices
from digest.store import editions as stored_editions
from digest.store import occurrences
from digest.store import variants as stored_variants
from digest.stories import cluster, genre, lumped, rank
from digest.stories.memory import Memory

AGAIN = 5  # times a build begins anew because an editor was faster


def build(app: App, name: str, day: date | None = None, *, now: datetime | None = None) -> Built:
    """Return the draft of newsletter *name* for *day* (today in its zone), stored as its edition's new revision.

    A choice that is made meanwhile is heard: the build begins anew. Raises EditionError when that day's
    edition is no draft any more.
    """
    newsletter = app.newsletter(name)
    now = now or app.now()
    day = day or now.astimezone(newsletter.schedule.tz).date()
    for _ in range(AGAIN):
        built, loaded = _made(app, newsletter, day, now)
        stored = (
            _store(app, newsletter, built, loaded) if built.edition.stories else replace(built, saved=None)
        )
        if stored is not None:
            return stored
    raise EditionError(
        "changes faster than it can be built", where=f"{name} {day}", do="Try again in a moment."
    )


def proposal(app: App, name: str, day: date, *, now: datetime | None = None) -> Built:
    """Return what a build at this moment would place, without rendering or storing anything."""
    newsletter = app.newsletter(name)
    return _made(app, newsletter, day, now or app.now())[0]


def _made(app: App, newsletter: Newsletter, day: date, now: datetime) -> tuple[Built, "_Loaded"]:
    loaded = _load(app, newsletter, day, now)
    ranked = _rank(app, newsletter, now, loaded)
    edition = compose.composed(
        ranked,
        newsletter,
        date=day,
        now=now,
        choices=loaded.choices,
        carried=loaded.carried,
        due=loaded.due,
    )
    built = Built(
        saved=loaded.before,
        edition=replace(edition, number=loaded.number),
        articles=len(loaded.articles),
        own=sum(article.role is Role.OWN for article in loaded.articles),
        stories=len(ranked),
        lumps=lumped.lumps([one.story for one in ranked], loaded.articles),
        since=loaded.since,
    )
    return built, loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    since: datetime
    before: Edition | None
    articles: Sequence[Article]
    choices: tuple[Choice, ...]
    carried: compose.Carried
    known: Sequence[Article]  # what the last editions carried: it ties a story to its thread
    number: int
    due: datetime
    earlier: Sequence[Article]  # the own week before, where no other outlet is heard
    memory: Memory | None  # what the house keeps, and who says so
    keeps: str


def _news(app: App, found: Sequence[Article]) -> list[Article]:
    """Return *found* without puzzles, printables and the like, unless their source has them mailed."""
    kept = {name for name, source in app.config.sources.items() if source.housekeeping}
    return [article for article in found if article.source in kept or not genre.housekeeping(article)]


def _load(app: App, newsletter: Newsletter, day: date, now: datetime) -> _Loaded:
    with app.db.read() as connection:
        before = stored_editions.get(connection, newsletter.name, day)
        last = stored_editions.last_sent(connection, newsletter.name, day)
        since = compose.window(now, last.now if last else None, newsletter)
        wanted = (*newsletter.sources, *newsletter.witnesses)
        found = _news(app, stored_articles.window(connection, wanted, since, now))
        carried = stored_editions.carried(connection, newsletter.name, day - MEMORY, day)
        choices = stored_choices.of(connection, before.id) if before else ()
        number = stored_editions.count_before(connection, newsletter.name, day) + 1
        wanted_ids, added = wishes.wanted(choices)
        found += stored_articles.present(connection, wanted_ids - {article.id for article in found})
        lately = [article for article, seen in carried.items() if seen.date >= day - THREAD]
        known = stored_articles.by_ids(connection, lately)
        day_of = occurrences.get(connection, newsletter.name, day)
        week = stored_articles.own_week(connection, newsletter.sources, found, since)
        memory, keeps = learnt.of_moment(connection, newsletter.name, now)
    articles = [as_seen_by(newsletter, article) for article in found]
    articles = [replace(article, role=Role.OWN) if article.id in added else article for article in articles]
    return _Loaded(
        since=since,
        before=before,
        articles=articles,
        choices=choices,
        carried=carried,
        known=[known[number] for number in sorted(known)],
        number=number,
        due=calendar.hours(newsletter.schedule, day, day_of)[0],
        earlier=week,
        memory=memory,
        keeps=keeps,
    )


def _rank(app: App, newsletter: Newsletter, now: datetime, loaded: _Loaded) -> list[Ranked]:
    must, cannot = compose.links(loaded.choices)
    stories = cluster.stories(
        loaded.articles, must=must, cannot=cannot, before=loaded.known, now=now, memory=loaded.memory
    )
    trust = {name: source.trust for name, source in app.config.sources.items()}
    context = rank.Context(
        now=now,
        newsletter=newsletter,
        carried=loaded.carried,
        trust=trust,
        earlier=loaded.earlier,
        memory=loaded.memory,
        keeps=loaded.keeps,
    )
    return rank.ranked(stories, context)


def _store(app: App, newsletter: Newsletter, built: Built, loaded: _Loaded) -> Built | None:
    """Render, compile and store; None where an editor chose anew meanwhile.

    The revision goes up only when the bytes did change.
    """
    name, edition = built.edition.newsletter, built.edition
    revision = loaded.before.revision if loaded.before else 1
    rendered, edition = render.rendered(
        replace(edition, revision=revision),
        newsletter,
        app.config.site,
        nonce=nonce(app.keys[-1], name, edition.date, edition.issue),
    )
    variant = compile.compiled(rendered, newsletter, edition, app.config.site)
    with app.db.write() as connection:
        if loaded.before and stored_choices.of(connection, loaded.before.id) != loaded.choices:
            return None
        kept = stored_variants.of(connection, loaded.before.id, revision) if loaded.before else None
        if kept is not None and kept.sha256 != variant.sha256:
            revision += 1
        edition = replace(edition, revision=revision)
        saved = stored_editions.save(
            connection, edition, since=loaded.since, config_sha256=newsletter.fingerprint
        )
        stored_variants.keep(connection, compile.to_store(saved.id, revision, rendered, variant))
    return replace(
        built,
        saved=saved,
        edition=replace(edition, id=saved.id),
        size=variant.size,
        sha256=variant.sha256,
        shed=rendered.shed,
    )
