"""Sessions and the audit as the pages of the desk ask for them: who is signed in where, and who did what."""

from dataclasses import dataclass
from datetime import timedelta

from digest.app import App
from digest.model import Edition
from digest.model.account import lasts
from digest.store import editions
from digest.store.accounts import audit, users
from digest.store.accounts.audit import Entry
from digest.store.accounts.users import RANK, Account, Role, Session

__all__ = ["RANK", "Account", "AuditPage", "Entry", "Role", "Session"]
TOUCH = timedelta(minutes=5)  # how exactly it is known when a session was last used


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries of the audit, the newest first; *about* has the editions that they name, *older* is where to go on."""

    entries: list[Entry]
    about: dict[int, Edition | None]
    people: list[str]
    older: int = 0


def signed_in(app: App, key: str) -> Session | None:
    """Return the open session whose cookie hashes to *key*; None where there is none."""
    with app.db.read() as connection:
        return users.session(connection, key, app.now())


def who(app: App, key: str) -> tuple[Session | None, bool]:
    """Return the session of *key* ("" for none) and whether there is no user at all yet; notes that it was used."""
    now = app.now()
    with app.db.read() as connection:
        session = users.session(connection, key, now) if key else None
        nobody = session is None and not users.exist(connection)
    if session is not None and now - session.last_seen >= TOUCH:
        with app.db.write_if_free() as connection:  # a page is never kept waiting for this
            if connection is not None:
                users.seen(connection, session.id, now, lasts(session.created_at, now))
    return session, nobody


def open_sessions(app: App, user: str = "") -> list[Session]:
    """Return the open sessions of *user*, of everybody without."""
    with app.db.read() as connection:
        return users.live(connection, app.now(), user=user)


def end_others(app: App, user: str, session: int) -> None:
    """End all sessions of *user* but *session*."""
    now = app.now()
    with app.db.write() as connection:
        audit.record(connection, now, user, "end sessions", "all others of their own")
        users.end(connection, now, user=user, but=session)


def end_one(app: App, wanted: str, *, by: str, role: Role) -> bool:
    """End the session with the number *wanted*, *by*'s own or, for an admin, anybody's; return whether it was one."""
    now = app.now()
    with app.db.write() as connection:
        found = [one for one in users.live(connection, now) if str(one.id) == wanted]
        if not found or (found[0].user != by and role != "admin"):
            return False
        audit.record(connection, now, by, "end sessions", f"one of {found[0].user}")
        users.end(connection, now, session_id=found[0].id)
        return True


def sign_out(app: App, user: str, session: int) -> None:
    """End the session in which *user* signs out."""
    with app.db.write() as connection:
        users.end(connection, app.now(), session_id=session)
        audit.record(connection, app.now(), user, "sign out")


def audit_page(app: App, *, user: str, act: str, edition: int, before: int, limit: int) -> AuditPage:
    """Return up to *limit* entries of the audit, filtered, those before the entry *before*."""
    with app.db.read() as connection:
        found = audit.page(connection, user=user, act=act, edition=edition, before=before, limit=limit + 1)
        numbers = {entry.edition for entry in found if entry.edition}
        return AuditPage(
            entries=found[:limit],
            about={number: editions.by_id(connection, number) for number in numbers},
            people=[one.name for one in users.every(connection)],
            older=found[limit - 1].id if len(found) > limit else 0,
        )
