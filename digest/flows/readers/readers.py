"""One reader, by hand: added, looked up, suppressed, let back in, erased. What a person does (*by*) is audited.

The audit names readers by their number: it outlives an erasure, and an address must not.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from digest.app import App
from digest.delivery.late_reports import readable
from digest.errors import DigestError
from digest.store import erasure
from digest.store.accounts import audit
from digest.store.feedback import kept
from subscribers.api import (
    Address,
    Evidence,
    InvalidAddress,
    Json,
    Reason,
    SignUp,
    Suppression,
    add_subscriber,
    encode_sections,
    erase_person,
    export_person,
    find_suppression,
    lift_suppression,
    parse_address,
    subscriber_by_key,
)
from subscribers.api import suppress as suppress_address

CAUSES = {
    Reason.BOUNCE: "the address bounced",
    Reason.COMPLAINT: "a complaint",
    Reason.MANUAL: "by hand",
    Reason.IMPORT: "an imported list of addresses not to write to",
    Reason.ERASED: "everything was deleted at the reader's wish",
}
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
forget = erasure.forget  # what the pages of the readers call when one has everything erased


@dataclass(frozen=True, slots=True)
class Did:
    """Whether it was done, and what to say about it; *asks* says that it is done once somebody confirms the words."""

    done: bool
    words: str
    asks: bool = False


def add(
    app: App, newsletter: str, address: str, *, source: str, name: str = "", sections: str = "", by: str = ""
) -> Did:
    """Subscribe *address* on the word of *by* that it agreed to that; *source* says where."""
    done = _added(app, newsletter, address, source, name, sections)
    _audited(app, by, "add reader", address, f"{newsletter}; consent: {source}; {_short(done, address)}")
    return done


def _added(app: App, newsletter: str, address: str, source: str, name: str, sections: str) -> Did:
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


def person(app: App, address: str, *, by: str = "") -> dict[str, Json]:
    """Return everything that is held about *address*; raise DigestError where that is nothing."""
    with app.db.read() as connection:
        known = subscriber_by_key(connection, _parsed(app, address).key)
        held = export_person(connection, known.id) if known else None
        if held is None or known is None:
            raise DigestError(f"nothing is held about {address}")
        reports = [(one, kept.raw(connection, one.id)) for one in kept.of_subscriber(connection, known.id)]
    _audited(app, by, "look up reader", address, "")
    came_back: list[Json] = [_came_back(*one) for one in reports]
    return held | {"came_back": came_back}


def _came_back(one: kept.Report, raw: bytes | None) -> dict[str, Json]:
    return {
        "at": one.at.isoformat(timespec="seconds"),
        "kind": one.kind,
        "effect": one.effect,
        "words": f"{one.code or ''} {one.words}".strip(),
        "mail": readable(raw) if raw is not None and one.subscriber is not None else "",
    }


def erase(app: App, address: str, *, by: str = "") -> str:
    """Delete everything that is held about *address* but a keyed hash; return what was done, in words."""
    with app.db.write() as connection:
        known = subscriber_by_key(connection, _parsed(app, address).key)
        keys, now = app.links.keys, app.now()
        if known is None or not erase_person(connection, known.id, keys, now, forget=erasure.forget):
            raise DigestError(f"nothing is held about {address}")
    app.db.checkpoint()
    if by:
        with app.db.write() as connection:
            audit.record(connection, app.now(), by, "erase reader", f"reader {known.id}")
    return f"{address} is erased; a keyed hash stays, so that no list brings it back"


def suppress(app: App, address: str, *, by: str = "") -> str:
    """Suppress *address* for good, known or not; return what was done, in words."""
    found = _parsed(app, address)
    with app.db.write() as connection:
        suppress_address(
            connection, reason=Reason.MANUAL, at=app.now(), address=found.text, keys=app.links.keys
        )
    _audited(app, by, "suppress reader", address, "")
    return f"{address} gets nothing from us any more"


def lift(app: App, address: str, *, why: str, by: str, asked: bool = False) -> Did:
    """Let *address* be written to again, for a reason; the act and its row of the audit stand together.

    Of one that complained, only where somebody says that they have *asked* for mail since.
    Wishes stay as they are. Only a reader who had everything deleted can change that alone, by signing up.
    """
    if not why.strip():
        raise DigestError("say why the address may be written to again", do="The audit keeps the reason.")
    with app.db.write() as connection:
        done, found = _lifted(app, connection, address, why, by, asked)
        if found is not None:
            who = f"reader {found.subscriber_id}" if found.subscriber_id else "an address that is no reader's"
            was = f"suppressed {found.at:%Y-%m-%d}, {caused(found)}"
            about = f"{who}; reason: {_nameless(why.strip())}; {_nameless(was)}"
            audit.record(connection, app.now(), by, "lift suppression", about)
    return done


def _lifted(
    app: App, connection: Connection, address: str, why: str, by: str, asked: bool
) -> tuple[Did, Suppression | None]:
    """Return what was done, and what *address* had been suppressed for where it is not any more."""
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


def _nameless(text: str) -> str:
    """Return *text* without addresses: an answer names them nearly always."""
    return ADDRESS.sub("the reader", text)


def _audited(app: App, by: str, act: str, address: str, words: str) -> None:
    if not by:
        return
    good = parse_address(address, test_domains=True)
    with app.db.write() as connection:
        known = None if isinstance(good, InvalidAddress) else subscriber_by_key(connection, good.key)
        who = f"reader {known.id}" if known else "an address that is no reader's"
        audit.record(connection, app.now(), by, act, f"{who}; {words}" if words else who)


def _short(done: Did, address: str) -> str:
    return done.words.replace(address, "the reader")
