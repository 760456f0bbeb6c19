"""Users of the desk, their sessions, and how often signing in failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    exists,
    insert,
    literal,
    select,
    update,
)

from digest.store.accounts.tables import failures, sessions, users
from digest.store.statements import Query, insert_new

Role = Literal["viewer", "editor", "admin"]
RANK: dict[Role, int] = {"viewer": 0, "editor": 1, "admin": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as stored; *password* is the hash."""

    id: int
    name: str
    password: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None

    def may(self, role: Role) -> bool:
        """Return whether the user is enabled and may do what *role* may."""
        return self.disabled_at is None and RANK[self.role] >= RANK[role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in that lasts; *user* is the name and *role* what that user may do now."""

    id: int
    user: str
    role: Role
    created_at: datetime
    last_seen: datetime
    expires_at: datetime
    network: str
    agent: str
    confirmed_at: datetime | None = None

    @property
    def proved_at(self) -> datetime:
        """When the user last gave the password."""
        return max(self.created_at, self.confirmed_at or self.created_at)


def add(connection: Connection, *, name: str, password: str, role: Role, at: datetime) -> bool:
    """Store a user; False when the name is taken."""
    row = {"name": name, "password": password, "role": role, "created_at": at}
    return insert_new(connection, users, row) == 1


def by_name(connection: Connection, name: str) -> Account | None:
    """Return the user *name*, disabled or not."""
    row = connection.execute(select(users).where(users.c.name == name)).mappings().one_or_none()
    return _account(row) if row else None


def every(connection: Connection) -> list[Account]:
    """Return all users by name."""
    return [_account(row) for row in connection.execute(select(users).order_by(users.c.name)).mappings()]


def able(connection: Connection, role: Role) -> dict[str, datetime] | None:
    """Return the users who may do what *role* may, each with when it was made; None where there is no user at all."""
    if not exist(connection):
        return None
    return {one.name: one.created_at for one in every(connection) if one.may(role)}


def exist(connection: Connection) -> bool:
    """Return whether there is a user at all; a disabled one counts, or disabling the last would open the desk."""
    return bool(connection.execute(select(exists().where(users.c.id > 0))).scalar_one())


def lock(connection: Connection) -> None:
    """Let nobody else add a user until this transaction ends; SQLite's writers are alone in any case."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")


def changed(
    connection: Connection, name: str, *, role: Role | None = None, password: str | None = None
) -> bool:
    """Give *name* a new role or password hash; return whether there is such a user."""
    values = {key: value for key, value in (("role", role), ("password", password)) if value is not None}
    return connection.execute(update(users).where(users.c.name == name).values(**values)).rowcount == 1


def disabled(connection: Connection, name: str, at: datetime | None) -> bool:
    """Disable *name* from *at* on, or enable again with None; return whether there is such a user."""
    return connection.execute(update(users).where(users.c.name == name).values(disabled_at=at)).rowcount == 1


def remove(connection: Connection, user: int) -> None:
    """Delete a user and every session of theirs."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user))
    connection.execute(delete(users).where(users.c.id == user))


def admins(connection: Connection) -> list[str]:
    """Return the names of the admins who can sign in."""
    query = select(users.c.name).where(users.c.role == "admin", users.c.disabled_at.is_(None))
    return list(connection.execute(query.order_by(users.c.name)).scalars())


# ---------------------------------------------------------------------------- sessions


def begin(
    connection: Connection, user: int, key: str, *, at: datetime, expires: datetime, network: str, agent: str
) -> None:
    """Store a session under *key*, the hash of its cookie."""
    values = {
        "created_at": at,
        "last_seen": at,
        "expires_at": expires,
        "network": network,
        "agent": agent[:200],
    }
    connection.execute(insert(sessions).values(user_id=user, key=key, **values))


def session(connection: Connection, key: str, now: datetime) -> Session | None:
    """Return the session under *key* if it has neither ended nor expired and its user is not disabled."""
    row = connection.execute(_live(now).where(sessions.c.key == key)).mappings().one_or_none()
    return _session(row) if row else None


def live(connection: Connection, now: datetime, *, user: str = "") -> list[Session]:
    """Return the sessions that are open, of *user* or of everybody, the last seen first."""
    query = _live(now).order_by(sessions.c.last_seen.desc())
    if user:
        query = query.where(users.c.name == user)
    return [_session(row) for row in connection.execute(query).mappings()]


def seen(connection: Connection, session_id: int, at: datetime, expires: datetime) -> None:
    """Note that a session was used."""
    connection.execute(
        update(sessions).where(sessions.c.id == session_id).values(last_seen=at, expires_at=expires)
    )


def confirmed(connection: Connection, session_id: int, at: datetime) -> None:
    """Note that the user of a session gave the password again."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(confirmed_at=at))


def end(
    connection: Connection, at: datetime, *, key: str = "", session_id: int = 0, user: str = "", but: int = 0
) -> int:
    """End the session under *key* or with *session_id*, or all of *user*'s but one; return how many."""
    where: list[ColumnElement[bool]] = [sessions.c.ended_at.is_(None)]
    if key:
        where.append(sessions.c.key == key)
    if session_id:
        where.append(sessions.c.id == session_id)
    if user:
        where.append(sessions.c.user_id.in_(select(users.c.id).where(users.c.name == user)))
    if but:
        where.append(sessions.c.id != but)
    if len(where) == 1:
        raise ValueError("say which sessions are to end")
    return connection.execute(update(sessions).where(*where).values(ended_at=at)).rowcount


def forget(connection: Connection, before: datetime) -> None:
    """Delete sessions that expired and failures that happened before *before*: they tell nothing any more."""
    connection.execute(delete(sessions).where(sessions.c.expires_at < before))
    connection.execute(delete(failures).where(failures.c.last_at < before))


# ---------------------------------------------------------------------------- failures


def failed(connection: Connection, key: str, at: datetime) -> None:
    """Count one more failure under *key*."""
    if not insert_new(connection, failures, {"key": key, "count": 1, "last_at": at}):
        values = {"count": failures.c.count + literal(1), "last_at": at}
        connection.execute(update(failures).where(failures.c.key == key).values(**values))


def failures_of(connection: Connection, key: str) -> tuple[int, datetime | None]:
    """Return how often signing in failed under *key* since it last succeeded, and when it did last."""
    row = connection.execute(select(failures).where(failures.c.key == key)).mappings().one_or_none()
    return (row["count"], row["last_at"]) if row else (0, None)


def forgiven(connection: Connection, key: str) -> None:
    """Forget the failures under *key*: signing in succeeded."""
    connection.execute(delete(failures).where(failures.c.key == key))


def forgive_all(connection: Connection, prefix: str) -> None:
    """Forget the failures under every key that begins with *prefix*."""
    connection.execute(delete(failures).where(failures.c.key.startswith(prefix, autoescape=True)))


def _live(now: datetime) -> Query:
    columns = [column for column in sessions.c if column.name != "user_id"]
    return (
        select(*columns, users.c.name, users.c.role)
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(sessions.c.ended_at.is_(None), sessions.c.expires_at > now, users.c.disabled_at.is_(None))
    )


def _session(row: RowMapping) -> Session:
    return Session(
        id=row["id"],
        user=row["name"],
        role=cast(Role, row["role"]),
        created_at=row["created_at"],
        last_seen=row["last_seen"],
        expires_at=row["expires_at"],
        network=row["network"],
        agent=row["agent"],
        confirmed_at=row["confirmed_at"],
    )


def _account(row: RowMapping) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        password=row["password"],
        role=cast(Role, row["role"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )
