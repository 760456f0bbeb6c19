"""Readers by hand: what `digest subscribers` asks of the readers' package."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection

from digest.app import FALLS, App
from digest.errors import DigestError, UsageError
from digest.flows.feedback import shown
from digest.store import erasure
from subscribers.api import (
    Address,
    CsvError,
    Evidence,
    ImportReport,
    ImportStatus,
    ImportTask,
    InvalidAddress,
    NewsletterInfo,
    Reason,
    SignUp,
    SubscriptionCounts,
    Suppression,
    add_subscriber,
    count_subscriptions,
    current_name,
    encode_sections,
    erase_person,
    export_csv,
    export_person,
    find_suppression,
    import_list,
    lift_suppression,
    list_subscriptions,
    move_subscriptions,
    parse_address,
    read_journal,
    rename_newsletter,
    replay_journal,
    signup_form,
    subscriber_by_key,
    unsubscribe_by_mail,
)
from subscribers.api import suppress as suppress_address

CAUSES = {
    Reason.BOUNCE: "the address bounced",
    Reason.COMPLAINT: "a complaint",
    Reason.MANUAL: "by hand",
    Reason.IMPORT: "an imported list of addresses not to write to",
    Reason.ERASED: "everything was deleted at the reader's wish",
}
forget = erasure.forget  # what the pages of the readers call when one has everything erased


@dataclass(frozen=True, slots=True)
class Did:
    """Whether it was done, and what to say about it; *asks* says that it is done once somebody confirms the words."""

    done: bool
    words: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """One wish of one reader, as a line of a list."""

    id: int
    address: str
    name: str
    newsletter: str
    state: str
    sections: str


def add(app: App, newsletter: str, address: str, *, source: str, name: str = "", sections: str = "") -> Did:
    """Subscribe *address* on the operator's word that it agreed to that; *source* says where."""
    rules = app.newsletter(newsletter).sections
    known = [rule.name for rule in rules]
    chosen = [part.strip() for part in sections.split(",") if part.strip()]
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise DigestError(
            f"{newsletter} has no section {unknown[0]!r}", do=f"There are: {', '.join(known) or 'none'}."
        )
    wanted = SignUp(
        _parsed(app, address), newsletter, name, sections=encode_sections(chosen, known) if chosen else ""
    )
    with app.db.write() as connection:
        made = add_subscriber(connection, app.links.keys, wanted, Evidence(app.now(), f"operator: {source}"))
    match made.outcome:
        case "added":
            return Did(True, f"{address} gets {newsletter} from now on")
        case "already":
            return Did(True, f"{address} is {made.why} already; nothing was changed")
    return Did(False, f"{address} was not added: {made.why}; only the reader can change that, by signing up")


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


def person(app: App, address: str) -> dict[str, Any]:
    """Return everything that is held about *address*; raise DigestError where that is nothing."""
    with app.db.read() as connection:
        known = subscriber_by_key(connection, _parsed(app, address).key)
        held = export_person(connection, known.id) if known else None
    if held is None or known is None:
        raise DigestError(f"nothing is held about {address}")
    return held | {"came_back": [_came_back(app, one) for one in shown.of_reader(app, known.id)]}


def _came_back(app: App, one: shown.Report) -> dict[str, Any]:
    found = shown.mail(app, one.id)
    return {
        "at": one.at.isoformat(timespec="seconds"),
        "kind": one.kind,
        "effect": one.effect,
        "words": f"{one.code or ''} {one.words}".strip(),
        "mail": found[1] if found else "",
    }


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


def erase(app: App, address: str) -> str:
    """Delete everything that is held about *address* but a keyed hash; return what was done, in words."""
    with app.db.write() as connection:
        known = subscriber_by_key(connection, _parsed(app, address).key)
        keys, now = app.links.keys, app.now()
        if known is None or not erase_person(connection, known.id, keys, now, forget=erasure.forget):
            raise DigestError(f"nothing is held about {address}")
    app.db.checkpoint()
    return f"{address} is erased; a keyed hash stays, so that no list brings it back"


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


def listed(app: App, newsletter: str = "", *, search: str = "", limit: int = 100) -> list[Reader]:
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


def suppress(app: App, address: str) -> str:
    """Suppress *address* for good, known or not; return what was done, in words."""
    found = _parsed(app, address)
    with app.db.write() as connection:
        suppress_address(
            connection, reason=Reason.MANUAL, at=app.now(), address=found.text, keys=app.links.keys
        )
    return f"{address} gets nothing from us any more"


def lift(
    app: App, connection: Connection, address: str, *, why: str, by: str, asked: bool = False
) -> tuple[Did, Suppression | None]:
    """Let *address* be written to again, for a reason; return what was done, and what it had been suppressed for.

    Of one that complained, only where somebody says that they have *asked* for mail since.
    Wishes stay as they are. Only a reader who had everything deleted can change that alone, by signing up.
    """
    if not why.strip():
        raise DigestError("say why the address may be written to again", do="The audit keeps the reason.")
    key, now = _parsed(app, address).key, app.now()
    held = find_suppression(connection, key, app.links.keys)
    if held is not None and held.reason is Reason.COMPLAINT and not asked:
        return Did(False, complained_of(address, held), asks=True), None
    found = lift_suppression(connection, key, app.links.keys, Evidence(now, f"{by}: {why.strip()}"))
    if found is None:
        return Did(False, f"{address} is not suppressed"), None
    if found.reason is Reason.ERASED:
        return Did(False, f"{address} had everything deleted: only a sign-up of their own changes that"), None
    words = f"{address} may be written to again. Suppressed {found.at:%-d %b %Y}: {caused(found)}"
    return Did(True, words), found


def complained_of(address: str, found: Suppression) -> str:
    """Return the warning before a complainant is written to again."""
    return (
        f"{address} called a mail spam on {found.at:%-d %b %Y}. One more complaint harms every other reader's mail: "
        "lift this only if they have asked for it since, and say so"
    )


def caused(found: Suppression) -> str:
    """Return what caused a suppression, in words."""
    return f"{CAUSES[found.reason]}: {found.words}" if found.words else CAUSES[found.reason]


def _parsed(app: App, address: str) -> Address:
    found = parse_address(address, test_domains=app.config.readers.test_domains)
    if isinstance(found, InvalidAddress):
        raise DigestError(f"{address!r} is no mail address: {found.why}")
    return found


def _state(suppressed: bool, state: str) -> str:
    return "suppressed" if suppressed else str(state)
