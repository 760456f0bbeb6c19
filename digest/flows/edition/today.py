"""Today: all that the desk shows of one newsletter's day, loaded once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import difference, preflight
from digest.editions import occurrences as calendar
from digest.editions.choices import NEEDED, active, approvals, approvers, picture, pictured
from digest.editions.difference import Difference
from digest.editions.occurrences import Occurrence, is_day
from digest.editions.outlook import Outlook, outlook
from digest.editions.preflight import Finding
from digest.editions.revisions import Revisions
from digest.errors import DigestError
from digest.flows.edition.build import proposal
from digest.flows.edition.preflight import proof
from digest.model import BENCH, Article, Choice, Composition, Edition, Picture, Role, StoredVariant
from digest.store import (
    articles,
    choices,
    compositions,
    corrections,
    counts,
    editions,
    occurrences,
    source_health,
    sources,
    variants,
    watching,
)
from digest.store.accounts import users
from digest.store.editions import Line

HOUR = timedelta(hours=1)
SHOWN = 30  # stories of the bench


@dataclass(frozen=True, slots=True)
class Row:
    """A story as the desk lists it: its line, its lead article, those of the others, and the choices about it."""

    line: Line
    article: Article
    others: tuple[Article, ...]
    choices: tuple[Choice, ...]

    @property
    def picture(self) -> Picture | None:
        """The picture that it shows: an editor's, else its lead article's own."""
        members = (self.line.article, *self.line.members)
        return pictured(self.article, picture(members, self.choices), self.others).picture

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that tell it, the lead's first."""
        return tuple(dict.fromkeys([self.article.outlet, *(one.outlet for one in self.others)]))


@dataclass(frozen=True, slots=True)
class Source:
    """What a source did in the last hour: *brought* articles, words on its *trouble*, and what was *mended* in it."""

    name: str
    outlet: str
    brought: int
    read: bool
    trouble: str
    mended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """A newsletter's day."""

    name: str
    newsletter: Newsletter
    edition: Edition
    kept: StoredVariant
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...]  # all that were made, oldest first
    readers: int
    occurrence: Occurrence | None
    due: datetime
    deadline: datetime
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]
    reach: Revisions  # who has which revision, as the ledger says
    scheduled: bool  # the newsletter comes out on that day
    approvers: frozenset[str] = frozenset()  # whose approval of this revision counts
    waiting: tuple[Article, ...] = ()  # own articles that their publisher dated ahead

    @property
    def last(self) -> int:
        """The id of the newest choice: what a page has seen."""
        return self.choices[-1].id if self.choices else 0

    @property
    def placed(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.line.section != BENCH)

    @property
    def bench(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.line.section == BENCH)

    @property
    def approvals(self) -> tuple[Choice, ...]:
        """Who approves the revision that stands."""
        return tuple(
            one for one in approvals(self.choices, self.edition.revision) if one.by in self.approvers
        )

    def outlook(self, now: datetime) -> Outlook:
        """Return how the edition stands to its hour."""
        return outlook(
            self.edition.state,
            self.occurrence.state if self.occurrence else None,
            begun=self.edition.started_at is not None,
            scheduled=self.scheduled,
            due=self.due,
            deadline=self.deadline,
            now=now,
        )

    @property
    def needed(self) -> int:
        """How many people must approve."""
        return NEEDED[self.newsletter.schedule.approval]


def today(app: App, name: str, day: date) -> Today:
    """Return the day of newsletter *name*; raise EditionError when there is no edition yet."""
    newsletter = app.newsletter(name)
    edition = app.edition(name, day)
    with app.db.read() as connection:
        kept = variants.existing(connection, edition)
        occurrence = occurrences.get(connection, name, day)
        due, deadline = calendar.hours(newsletter.schedule, day, occurrence)
        lines = editions.lines(connection, edition.id, edition.revision)
        lines = [line for line in lines if line.section != BENCH] + [
            line for line in lines if line.section == BENCH
        ][:SHOWN]
        known = articles.by_ids(connection, {one for line in lines for one in (line.article, *line.members)})
        made = choices.of(connection, edition.id)
        checked = proof(app, connection, edition, newsletter)
        return Today(
            name=name,
            newsletter=newsletter,
            edition=edition,
            kept=kept,
            rows=_rows(lines, known, made),
            choices=made,
            readers=counts.readers(connection, name),
            occurrence=occurrence,
            due=due,
            deadline=deadline,
            sources=_sources(app, newsletter, connection),
            waiting=tuple(articles.waiting(connection, newsletter.sources, app.now())),
            findings=tuple(one for one in preflight.checklist(checked) if one.level != "ok"),
            reach=corrections.revisions_of(connection, edition),
            scheduled=is_day(newsletter.schedule, day),
            approvers=frozenset(
                approvers(approvals(made, edition.revision), users.able(connection, "editor"))
            ),
        )


def _rows(lines: Sequence[Line], known: dict[int, Article], made: Sequence[Choice]) -> tuple[Row, ...]:
    held = [choice for choice in active(made) if choice.article]
    return tuple(
        Row(
            line,
            known[line.article],
            tuple(known[one] for one in line.members if one in known and one != line.article),
            tuple(one for one in held if one.article in line.members or one.article == line.article),
        )
        for line in lines
    )


def _sources(app: App, newsletter: Newsletter, connection: Connection) -> tuple[Source, ...]:
    names = (*newsletter.sources, *newsletter.witnesses)
    since = app.now() - HOUR
    fresh = watching.brought(connection, names, since)
    return tuple(
        Source(
            state.name,
            app.config.sources[state.name].outlet or state.name,
            fresh.get(state.name, 0),
            state.last_ok is not None and state.last_ok >= since,
            _trouble(state) or _odd(connection, state, app.now()),
            state.said,
        )
        for state in sources.states(connection, names)
    )


def _odd(connection: Connection, state: sources.SourceState, now: datetime) -> str:
    """Return what is wrong with a source that can be read: it is empty, silent, or not what it was."""
    found = source_health.troubles(connection, state.id, source_health.of(connection, state.id), now)
    return "; ".join(trouble.words for trouble in found)


def _trouble(state: sources.SourceState) -> str:
    if state.retired_at:
        return "its publisher has taken it away for good"
    if not state.failures:
        return ""
    return (
        f"failed {state.failures} times in a row: {state.last_error}"
        if state.failures > 1
        else state.last_error
    )


@dataclass(frozen=True, slots=True)
class News:
    """What a build at this moment would change: *new* own articles since the draft's clock, and the differences."""

    new: int
    entering: int
    differences: tuple[Difference, ...]


def news(app: App, name: str, day: date) -> News:
    """Return what has come in since the draft (or the approved edition) was built."""
    newsletter = app.newsletter(name)
    edition = app.edition(name, day)
    with app.db.read() as connection:
        before = compositions.of(connection, edition, newsletter)
    built = proposal(app, name, day)
    fresh = [
        story.article
        for story in (*built.edition.stories, *built.edition.bench)
        if story.article.role is Role.OWN and story.article.first_seen > edition.now
    ]
    entering = difference.entering_top(before, built.edition)
    return News(len(fresh), entering, difference.between(before, built.edition))


def stamp(app: App, name: str, day: date) -> tuple[Edition, int, int]:
    """Return the edition, the newest choice's id and the newest article's id: what `news` depends on."""
    edition = app.edition(name, day)
    with app.db.read() as connection:
        return edition, choices.last(connection, edition.id), watching.newest_article(connection)


def titles_of(app: App, ids: Collection[int]) -> dict[int, str]:
    """Return the titles of articles, by their ids."""
    with app.db.read() as connection:
        return {number: one.title for number, one in articles.by_ids(connection, ids).items()}


def at_revision(app: App, edition: Edition, revision: int) -> Composition | None:
    """Return the edition as it was at an earlier *revision*, None where it was never rendered."""
    newsletter = app.newsletter(edition.newsletter)
    with app.db.read() as connection:
        kept = variants.of(connection, edition.id, revision)
        if kept is None:
            return None
        then = replace(edition, revision=revision, subject=kept.subject, preheader=kept.preheader)
        return compositions.of(connection, then, newsletter)


def changes(app: App, edition: Edition, since: int) -> tuple[Difference, ...]:
    """Return what differs between revision *since* of *edition* and now."""
    before, after = at_revision(app, edition, since), at_revision(app, edition, edition.revision)
    if before is None or after is None:
        raise DigestError(
            "is not kept any more", where=f"revision {since} of {edition.newsletter} {edition.date}"
        )
    return difference.between(before, after)
