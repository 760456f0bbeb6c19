"""The lists of readers: pages for the desk, import and export, a newsletter's new name, what a journal gives back."""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TextIO

from digest.app import FALLS, App
from digest.errors import DigestError, UsageError
from digest.flows.readers.readers import caused
from digest.store import erasure
from digest.store.accounts import audit
from subscribers.api import (
    CsvError,
    Evidence,
    ImportReport,
    ImportStatus,
    ImportTask,
    NewsletterInfo,
    Reason,
    SubscriptionCounts,
    Suppression,
    count_subscriptions,
    current_name,
    export_csv,
    find_suppressions,
    import_list,
    list_subscriptions,
    move_subscriptions,
    read_journal,
    rename_newsletter,
    replay_journal,
    search_people,
    signup_form,
    unsubscribe_by_mail,
)

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One reader of the list: *wishes* are newsletters with their states."""

    id: int
    address: str
    name: str
    since: datetime
    suppressed: bool
    wishes: Mapping[str, str]
    cause: str = ""  # what it is suppressed for, and since when


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; *after* is the id that the next one begins behind, 0 at the end."""

    lines: tuple[Line, ...]
    after: int


def page(app: App, *, prefix: str = "", newsletter: str = "", after: int = 0, limit: int = A_PAGE) -> Page:
    """Return a page of readers whose address begins with *prefix* and who have a wish for *newsletter*."""
    with app.db.read() as connection:
        found = search_people(
            connection, prefix=prefix.strip(), newsletter=newsletter, after=after, limit=limit + 1
        )
        out = [one.subscriber.id for one in found if one.subscriber.suppressed]
        causes = find_suppressions(connection, out) if out else {}
    lines = tuple(
        Line(
            one.subscriber.id,
            one.subscriber.address,
            one.subscriber.name,
            one.subscriber.created_at,
            one.subscriber.suppressed,
            {wish.newsletter: str(wish.state) for wish in one.subscriptions},
            _cause(causes.get(one.subscriber.id)),
        )
        for one in found[:limit]
    )
    return Page(lines, lines[-1].id if len(found) > limit else 0)


def export(app: App, newsletter: str, *, by: str) -> IO[bytes]:
    """Return the list as a CSV file in UTF-8 that exists nowhere but in this handle, at its beginning."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller streams it and closes it
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    count = export_list(app, text, newsletter)
    text.detach()
    with app.db.write() as connection:
        audit.record(
            connection, app.now(), by, "export readers", f"{newsletter or 'every newsletter'}, {count:,} rows"
        )
    file.seek(0)
    return file


def cause(app: App, subscriber: int) -> str:
    """Return what a reader is suppressed for, and since when; "" where it is not."""
    with app.db.read() as connection:
        found = find_suppressions(connection, [subscriber])
    return _cause(found.get(subscriber))


def _cause(found: Suppression | None) -> str:
    return f"{caused(found)} ({found.at:%-d %b %Y})" if found else ""


@dataclass(frozen=True, slots=True)
class Reader:
    """One wish of one reader, as a line of a list."""

    id: int
    address: str
    name: str
    newsletter: str
    state: str
    sections: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListImport:
    """A list that is to be imported, and how it is to be read; *source* says where the readers agreed.

    *suppressions* takes it as a list of addresses that must never be written to, *unsubscribed* as one of people
    who left. *columns* says what columns are ("email=Work address"), *statuses* what words mean ("VIP=active").
    """

    newsletter: str
    file: Path
    source: str
    dry_run: bool = False
    suppressions: bool = False
    unsubscribed: bool = False
    columns: Sequence[str] = ()
    statuses: Sequence[str] = ()
    rejected: Path | None = None


def import_readers(
    app: App, wanted: ListImport, progress: Callable[[int, int], None] | None = None
) -> ImportReport:
    """Import a list and return what became of its rows; a file that cannot be read changes nothing."""
    settings = app.newsletter(wanted.newsletter)
    if wanted.suppressions and wanted.unsubscribed:
        raise UsageError("a list is of suppressions or of people who left", do="Give one of the two.")
    means = {word: _meaning(word, what) for word, what in _pairs(wanted.statuses, "--status", "VIP=active")}
    risen = ", ".join(f'"{word}"' for word, status in means.items() if status is ImportStatus.SUBSCRIBED)
    source = f"{wanted.source} ({risen} taken as active)" if risen else wanted.source
    task = ImportTask(
        path=wanted.file,
        newsletter=wanted.newsletter,
        source=source,
        keys=app.links.keys,
        now=app.now(),
        mapping={column: field for field, column in _pairs(wanted.columns, "--map", "email=COLUMN")},
        statuses=means,
        everyone=Reason.IMPORT if wanted.suppressions else None,
        gone=wanted.unsubscribed,
        sections=tuple(rule.name for rule in settings.sections),
        dry_run=wanted.dry_run,
        rejected=wanted.rejected,
        test_domains=app.config.readers.test_domains,
    )
    try:
        return import_list(task, app.db.write, progress=progress)
    except CsvError as problem:
        kind = UsageError if problem.usage else DigestError
        raise kind(str(problem), where=str(wanted.file)) from None


MEANINGS: Mapping[str, ImportStatus] = {
    "active": ImportStatus.SUBSCRIBED,
    "subscribed": ImportStatus.SUBSCRIBED,
    "unsubscribed": ImportStatus.UNSUBSCRIBED,
    "ended": ImportStatus.UNSUBSCRIBED,
    "pending": ImportStatus.PENDING,
    "bounced": ImportStatus.BOUNCED,
    "complained": ImportStatus.COMPLAINED,
    "suppressed": ImportStatus.SUPPRESSED,
    "skip": ImportStatus.UNKNOWN,
}
"""What a word of a list's status can be said to mean."""


def _pairs(texts: Sequence[str], option: str, example: str) -> list[tuple[str, str]]:
    """Return what stands before and behind the equals sign of each of *texts*."""
    found = []
    for text in texts:
        before, sign, behind = (part.strip() for part in text.partition("="))
        if not (before and sign and behind):
            raise UsageError(f"{option} {text!r} says nothing", do=f"Write it as {option} {example}.")
        found.append((before, behind))
    return found


def _meaning(word: str, what: str) -> ImportStatus:
    if what.lower() not in MEANINGS:
        do = f"It can be {', '.join(MEANINGS)}."
        raise UsageError(f"--status {word}={what}: {what!r} is no standing of a reader", do=do)
    return MEANINGS[what.lower()]


def export_list(app: App, file: TextIO, newsletter: str = "") -> int:
    """Write the readers as CSV; return how many rows there were."""
    with app.db.read() as connection:
        return export_csv(connection, file, newsletter=newsletter)


def leave_by_mail(app: App, message: bytes, recipients: Sequence[str] = ()) -> int:
    """End what a mail to a List-Unsubscribe address is about; return how many subscriptions that ended.

    Only the address it came to counts, never its From line: nobody can unsubscribe another by forging it.
    """
    with app.db.write() as connection:
        return len(
            unsubscribe_by_mail(connection, app.links, message, Evidence(app.now(), "mail"), recipients)
        )


def replay(app: App, files: Sequence[Path] = ()) -> Counter[str]:
    """Lower again what fell since a backup that was restored; return how much was new.

    The *files* are those that this site, or each machine of it, kept beside the database; without any, our own.
    """
    paths = list(files) or [app.data / FALLS]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise DigestError(
            "there is no such file", where=str(missing[0]), do="Name the file that was kept aside."
        )
    lines = list(read_journal(paths))
    with app.db.write() as connection:
        return replay_journal(connection, lines, app.links.keys, app.now(), forget=erasure.forget)


def form(app: App, newsletter: str, *, back: str = "") -> str:
    """Return the sign-up form to paste into a page; *back* is that site's own thank-you page."""
    settings = app.newsletter(newsletter)
    shown = NewsletterInfo(name=newsletter, title=settings.title, language=settings.language)
    return signup_form(shown, app.config.site.url, back=back)


def move_list(app: App, old: str, new: str) -> str:
    """Make the readers of *old* readers of *new*, which it is called now; return what was done, in words.

    It goes in chunks: one that was stopped in the middle is finished by the same call.
    """
    app.newsletter(new)
    if old in app.config.newsletters:
        raise DigestError(
            f"{old} is in the configuration, and its readers get it",
            do=f"Rename [newsletters.{old}] there first.",
        )
    with app.db.write() as connection:
        known = any(count.newsletter == old for count in count_subscriptions(connection, at=app.now()))
        if not known and current_name(connection, old) != new:
            raise DigestError(
                f"nobody ever had {old}", do="`digest check` names the lists that are left behind."
            )
        rename_newsletter(connection, old, new, app.now())
    moved = merged = after = 0
    while True:
        with app.db.write() as connection:
            chunk = move_subscriptions(connection, old, new, app.now(), after=after)
        moved, merged, after = moved + chunk.moved, merged + chunk.merged, chunk.last
        if not chunk.last:
            break
    both = f"; {merged:,} had both, and keep what they said of {new}" if merged else ""
    return f"{moved:,} readers of {old} are readers of {new} now{both}. Their old links lead there"


def subscriptions(app: App, newsletter: str = "", *, search: str = "", limit: int = 100) -> list[Reader]:
    """Return up to *limit* readers' wishes, by id."""
    if newsletter:
        app.newsletter(newsletter)
    with app.db.read() as connection:
        found = list_subscriptions(connection, newsletter=newsletter, text=search, limit=limit)
    return [
        Reader(
            person.id,
            person.address,
            person.name,
            wish.newsletter,
            _state(person.suppressed, wish.state),
            wish.sections,
        )
        for person, wish in found
    ]


def totals(app: App) -> list[SubscriptionCounts]:
    """Return how many readers of each newsletter are in each state."""
    with app.db.read() as connection:
        return count_subscriptions(connection, at=app.now())


def _state(suppressed: bool, state: str) -> str:
    return "suppressed" if suppressed else str(state)
