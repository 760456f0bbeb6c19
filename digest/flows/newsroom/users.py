"""Users of the desk: added, changed, signed in. Who guesses passwords waits; nobody is ever locked out.

A failure is counted **before** its password is looked at, so guesses sent side by side wait for each other.
It counts against the account *from that network* (or that browser, if it has signed in before), so whoever
guesses elsewhere does not keep the newsroom out; the longest wait is a minute, and `digest users password`
always works on the machine itself.
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial

import structlog
from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection

from digest import passwords
from digest.app import App
from digest.errors import UserError
from digest.model.account import IDLE, NotSignedIn, SignedIn, Trier
from digest.store.accounts import audit, users
from digest.store.accounts.users import Account, Role

__all__ = [
    "Account",
    "add",
    "confirm",
    "disable",
    "everybody",
    "remove",
    "role_of",
    "set_password",
    "set_role",
    "sign_in",
    "sign_in_check",
]

AT_ONCE, WAITING = 2, 20  # passwords looked at side by side (64 MiB each), and how many may queue for that
AT_ONCE_KNOWN = 1  # and beside them, for browsers that were signed in here before
FORGOTTEN = timedelta(hours=1)
AGAIN = timedelta(hours=12)  # what cannot be taken back asks for the password again after so long
TELL = 5  # failures in a row that the audit names one by one
UNKNOWN = "(unknown)"  # the audit's name for who gave none of ours: it may have been a password

log = structlog.get_logger()
_hasher = PasswordHasher()  # argon2id with RFC 9106's second recommended set


@dataclass(frozen=True, slots=True)
class Allowed:
    """How many failures are free, and how long the wait grows after them."""

    free: int
    longest: int  # seconds

    def wait(self, count: int) -> timedelta:
        """Return how long after the last of *count* failures the next try may come: 1, 2, 4 ... seconds."""
        over = count - self.free
        return timedelta(seconds=min(2 ** min(over, 20), self.longest) if over >= 0 else 0)


ACCOUNT, NETWORK = Allowed(4, 60), Allowed(30, 10)
ACCOUNT_WIDE, NETWORK_WIDE = Allowed(12, 60), Allowed(100, 10)  # households of one provider share a /48


def add(app: App, name: str, password: str, role: Role, *, by: str, first: bool = False) -> None:
    """Add a user; with *first* only while there is none. Raises UserError for a name or password that will not do."""
    name = _name(name)
    hashed = _hashed(app, name, password)
    with app.db.write() as connection:
        users.lock(connection)  # two who are added side by side are not both the first
        if first and users.exist(connection):
            raise UserError("there is a user already", do="Ask an admin to add you.")
        if role != "admin" and not users.exist(connection):
            raise UserError(
                "the first user must be an admin, or nobody could add others", do="Use --role admin."
            )
        if not users.add(connection, name=name, password=hashed, role=role, at=app.now()):
            raise UserError("there is such a user already", where=name)
        audit.record(connection, app.now(), by, "add user", f"{name}, {role}")


def set_role(app: App, name: str, role: Role, *, by: str) -> None:
    """Give *name* another role; it counts from the next click on."""
    with app.db.write() as connection:
        account = _known(connection, name)
        if role != "admin":
            _not_the_last(connection, account)
        users.changed(connection, name, role=role)
        audit.record(connection, app.now(), by, "change role", f"{name}: {account.role} -> {role}")


def set_password(app: App, name: str, password: str, *, by: str, keep: int = 0) -> None:
    """Give *name* a new password; every session of theirs ends but the one with the id *keep*."""
    hashed = _hashed(app, name, password)
    with app.db.write() as connection:
        _known(connection, name)
        users.changed(connection, name, password=hashed)
        users.end(connection, app.now(), user=name, but=keep)
        users.forgive_all(connection, _account_prefix(name))
        audit.record(connection, app.now(), by, "set password", name)


def disable(app: App, name: str, *, by: str, again: bool = False) -> None:
    """Keep *name* out from the next click on; with *again*, let them in again."""
    with app.db.write() as connection:
        account = _known(connection, name)
        if not again:
            _not_the_last(connection, account)
            users.end(connection, app.now(), user=name)
        users.disabled(connection, name, None if again else app.now())
        audit.record(connection, app.now(), by, "enable user" if again else "disable user", name)


def remove(app: App, name: str, *, by: str) -> None:
    """Delete *name* with their sessions; the audit keeps what they did under their name."""
    with app.db.write() as connection:
        account = _known(connection, name)
        _not_the_last(connection, account)
        users.remove(connection, account.id)
        users.forgive_all(connection, _account_prefix(name))
        audit.record(connection, app.now(), by, "remove user", f"{name}, {account.role}")


async def sign_in(
    app: App, name: str, password: str, trier: Trier, *, old_key: str = ""
) -> SignedIn | NotSignedIn:
    """Return a new session's cookie, or why there is none; the same answer, as late, for a name that is nobody's.

    *old_key* is the hash of a session's cookie that this browser still holds: it ends.
    """
    limiter = _limiter(bool(trier.device))
    if limiter.statistics().tasks_waiting >= WAITING:
        return NotSignedIn("busy", 5)
    name = unicodedata.normalize("NFC", name.strip())[:40]
    counted = await to_thread.run_sync(partial(_counted, app, name, trier))
    if isinstance(counted, NotSignedIn):
        return counted
    account = counted
    right = await to_thread.run_sync(
        partial(_verified, account.password if account else "", password), limiter=limiter
    )
    if account is None or account.disabled_at is not None or not right:
        log.info("sign_in.failed", network=trier.network)
        await to_thread.run_sync(partial(_record_failure, app, name, account, trier))
        return NotSignedIn("wrong")
    return await to_thread.run_sync(partial(_begun, app, account, password, trier, old_key))


async def sign_in_check(app: App, name: str, password: str, trier: Trier) -> str:
    """Return "" when *password* is that of the user *name*, who is signed in, else what to tell them.

    Guesses count as at the sign-in: an unlocked browser is no way to find a password out.
    """
    counted = await to_thread.run_sync(partial(_counted, app, name, trier))
    if isinstance(counted, NotSignedIn):
        return f"Too many wrong tries: try again in {counted.wait} s."
    hashed = counted.password if counted else ""
    if not await to_thread.run_sync(partial(_verified, hashed, password), limiter=_limiter(True)):
        await to_thread.run_sync(partial(_record_failure, app, name, counted, trier))
        return "That is not your present password."
    await to_thread.run_sync(partial(_forgiven, app, _account_key(name, trier)))
    return ""


def confirm(app: App, session: int) -> None:
    """Note that the user of *session* gave the password again just now."""
    with app.db.write() as connection:
        users.confirmed(connection, session, app.now())


def _counted(app: App, name: str, trier: Trier) -> Account | NotSignedIn | None:
    """Count the try as a failure and return the account, None for nobody's; or refuse the try, uncounted."""
    now, keys = app.now(), _keys(name, trier)
    with app.db.write() as connection:
        for key, allowed in keys:
            count, last = users.failures_of(connection, key)
            if last is None:
                continue
            if now - last >= FORGOTTEN:
                users.forgiven(connection, key)
            elif now - last < allowed.wait(count):
                left = allowed.wait(count) - (now - last)
                return NotSignedIn("early", int(left.total_seconds()) + 1)
        for key, _ in keys:
            users.failed(connection, key, now)
        return users.by_name(connection, name)


def _keys(name: str, trier: Trier) -> list[tuple[str, Allowed]]:
    """Return under which keys a failure counts; a browser that was in before counts for itself only."""
    keys = [(_account_key(name, trier), ACCOUNT)]
    if trier.device:
        return keys
    if trier.network:  # else it is not known, and everybody would wait for one who guesses
        keys.append((f"network:{trier.network[:32]}", NETWORK))
    if trier.wide:
        keys.append((f"{_account_prefix(name)}:{trier.wide[:32]}", ACCOUNT_WIDE))
        keys.append((f"network:{trier.wide[:32]}", NETWORK_WIDE))
    return keys


def _record_failure(app: App, name: str, account: Account | None, trier: Trier) -> None:
    """Write a failed sign-in into the audit: the first ones in a row, then each tenth, or guessers would fill it."""
    keys = _keys(name, trier)
    with app.db.write() as connection:
        count, _ = users.failures_of(connection, keys[0 if account or len(keys) == 1 else 1][0])
        if count > TELL and count % 10:
            return
        where = "in a browser that was in before" if trier.device else "from one network"
        who = account.name if account else UNKNOWN
        out = ", who is kept out" if account and account.disabled_at else ""
        audit.record(connection, app.now(), who, "failed sign-in", f"{count} in a row {where}{out}")


def _forgiven(app: App, key: str) -> None:
    with app.db.write() as connection:
        users.forgiven(connection, key)


def _begun(app: App, account: Account, password: str, trier: Trier, old_key: str) -> SignedIn:
    now, cookie = app.now(), secrets.token_urlsafe(32)
    with app.db.write() as connection:
        users.forgiven(connection, _account_key(account.name, trier))
        users.forget(connection, now - timedelta(days=90))
        if _hasher.check_needs_rehash(account.password):
            users.changed(connection, account.name, password=_hasher.hash(passwords.normal(password)))
        if old_key:
            users.end(connection, now, key=old_key)
        users.begin(
            connection,
            account.id,
            hashlib.sha256(cookie.encode()).hexdigest(),
            at=now,
            expires=now + IDLE,
            network=trier.network,
            agent=trier.agent,
        )
        audit.record(connection, now, account.name, "sign in")
    return SignedIn(account.name, cookie)


def everybody(app: App) -> list[Account]:
    """Return all users, also those who are kept out."""
    with app.db.read() as connection:
        return users.every(connection)


def role_of(app: App, name: str) -> Role | None:
    """Return the role of the user *name*; None where there is no such user."""
    with app.db.read() as connection:
        known = users.by_name(connection, name)
    return known.role if known is not None else None


def _account_prefix(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:24]


def _account_key(name: str, trier: Trier) -> str:
    return f"{_account_prefix(name)}:{trier.device[:32] or trier.network[:32]}"


def _known(connection: Connection, name: str) -> Account:
    account = users.by_name(connection, name)
    if account is None:
        raise UserError("there is no such user", where=name, do="See: digest users list")
    return account


def _not_the_last(connection: Connection, account: Account) -> None:
    if users.admins(connection) == [account.name]:
        raise UserError("is the last admin", where=account.name, do="Make somebody else an admin first.")


def _name(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip())
    if not 1 <= len(name) <= 40 or not name.isprintable() or name in {"local", "the schedule"}:
        raise UserError(
            f"{name!r} cannot be a user's name", do="Use 1 to 40 letters, digits or signs on one line."
        )
    return name


def _hashed(app: App, name: str, password: str) -> str:
    why = passwords.weakness(password, passwords.known_of(app.config, name))
    if why:
        raise UserError(why, do="Take a few words in a row that have nothing to do with each other.")
    return _hasher.hash(passwords.normal(password))


def _verified(hashed: str, password: str) -> bool:
    nobody = _nobody()  # asked for in any case, since the first time it is made
    try:
        return _hasher.verify(hashed or nobody, passwords.normal(password[: passwords.LONGEST + 1]))
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password fits: looking at it takes as long as at a user's."""
    return _hasher.hash(secrets.token_hex(32))


@cache
def _limiter(known: bool) -> CapacityLimiter:
    """Return the queue for passwords: browsers that were in before do not stand behind guessers."""
    return CapacityLimiter(AT_ONCE_KNOWN if known else AT_ONCE)
