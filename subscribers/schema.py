"""The tables that hold personal data and its promises. One chain of migrations covers these and `digest`'s.

Nothing here references a table of `digest`. Times are UTC. An id is never used twice: a signed link names a
subscriber by its id and never expires, so an erased reader's link must not fall to a newcomer.
"""

from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)

from subscribers.model import State

# A query and a row of it, where the columns are known by their names
Query: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; SQLite has no zone of its own, so it is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Not by IN: SQLite would make a table of the list for every row it writes.
_STATES = " OR ".join(f"state = '{state}'" for state in State)
BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only for INTEGER keys

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("address", Text, nullable=False),  # as it is written to: the domain in A-labels
    Column("address_key", Text, nullable=False, unique=True),  # the same, without regard to case
    Column("domain", Text, nullable=False),
    Column("name", Text, nullable=False, default="", server_default=""),
    Column("language", String(16), nullable=False, default="", server_default=""),  # "" is the newsletter's
    Column("zone", String(40), nullable=False, default="", server_default=""),
    Column("created_at", UTCDateTime, nullable=False),
    Column("suppressed", Boolean, nullable=False, default=False, server_default=false()),  # kept in step
    sqlite_autoincrement=True,
)

# For searches by the beginning of an address; SQLite's unique index compares bytes as it is.
Index("ix_subscribers_address_bytes", subscribers.c.address_key.collate("C")).ddl_if(dialect="postgresql")

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("newsletter", String(40), primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id"), primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),
    Column("sections", Text, nullable=False, default="", server_default=""),  # "" is all; else comma-joined
    Column("asked_at", UTCDateTime),  # when it was asked for last, by a form
    Column("confirmed_at", UTCDateTime),  # when consent was given; it stays after the end, for an undo
    Column("paused_until", UTCDateTime),
    Column("changed_at", UTCDateTime, nullable=False),
    CheckConstraint(_STATES, name="state"),
    CheckConstraint("state <> 'paused' OR paused_until IS NOT NULL", name="pause"),
    Index("ix_subscriptions_subscriber_id", "subscriber_id"),
    sqlite_with_rowid=False,  # the key is the order in which an audience is read
)

forms = Table(
    "forms",  # what stood before the reader's eyes when a consent was given
    metadata,
    Column("version", String(16), primary_key=True),  # of the text: its hash
    Column("text", Text, nullable=False),
    Column("first_used", UTCDateTime, nullable=False),
)

consents = Table(
    "consents",  # append-only: how each subscription came about
    metadata,
    Column("id", BigId, primary_key=True),
    Column("subscriber_id", BigInteger, nullable=False, index=True),
    Column("newsletter", String(40), nullable=False),  # "" where it is about all of them
    Column("act", String(12), nullable=False),
    Column("state", String(8), nullable=False),  # the state it led to
    Column("at", UTCDateTime, nullable=False),
    Column("source", Text, nullable=False),  # "form", "link", "import 12", an operator's note
    Column("form", String(16), nullable=False, default="", server_default=""),
    Column("network", String(32), nullable=False, default="", server_default=""),  # a keyed hash
)

suppressions = Table(
    "suppressions",  # addresses we must not write to; outlives the subscriber
    metadata,
    Column("id", BigId, primary_key=True),
    Column("address_hmac", LargeBinary(32), unique=True),  # NULL until an act that has the keys
    Column("subscriber_id", BigInteger, unique=True),
    Column("reason", String(16), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column(
        "words", Text, nullable=False, default="", server_default=""
    ),  # what was said; only beside a reader
)

imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String(40), nullable=False),
    Column("file", Text, nullable=False),
    Column("provider", String(20), nullable=False),
    Column("source", Text, nullable=False),  # where the consent of these readers comes from, in words
    Column("started_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("counts", JSON, nullable=False, default=dict),
    sqlite_autoincrement=True,
)

limits = Table(
    "limits",  # how often something was asked for in a window of time
    metadata,
    Column("kind", String(12), primary_key=True),  # network, address, domain
    Column("key", String(64), primary_key=True),
    Column("window", UTCDateTime, primary_key=True),  # when it ends
    Column("count", Integer, nullable=False),
    Index("ix_limits_window", "window"),
    sqlite_with_rowid=False,
)

moves = Table(
    "moves",  # a change of address that waits for its confirmation at the new one
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id"), primary_key=True, autoincrement=False),
    Column("address", Text, nullable=False),
    Column("asked_at", UTCDateTime, nullable=False),
)

renames = Table(
    "renames",  # newsletters that go by another name now: links with the old one never expire
    metadata,
    Column("old", String(40), primary_key=True),
    Column("new", String(40), nullable=False),
    Column("at", UTCDateTime, nullable=False),
)
