"""The tables of the people of the newsroom: who they are, where they are signed in, and what they did."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from digest.store.schema import BigId, UTCDateTime, metadata

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("password", Text, nullable=False),  # argon2id, with its parameters
    Column("role", String(8), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("disabled_at", UTCDateTime),  # kept out, but not gone: the audit has their names as text
    CheckConstraint("role IN ('viewer', 'editor', 'admin')", name="role"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column(
        "key", String(64), nullable=False, unique=True
    ),  # SHA-256 of the cookie: a copy of the table opens nothing
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", UTCDateTime, nullable=False),
    Column("last_seen", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False, index=True),
    Column("network", String(32), nullable=False, default=""),  # a keyed hash
    Column("agent", String(200), nullable=False, default=""),
    Column("ended_at", UTCDateTime),
    Column("confirmed_at", UTCDateTime),  # when the password was last asked for again
)

failures = Table(
    "failures",  # of signing in, by account and network and by network alone: they delay, they never lock
    metadata,
    Column("key", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", UTCDateTime, nullable=False, index=True),
)

audit = Table(
    "audit",  # append-only: who did what
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("user", String(40), nullable=False),
    Column("act", String(40), nullable=False),
    Column("edition_id", Integer, nullable=False, default=0),
    Column("what", Text, nullable=False, default=""),
    Index("ix_audit_user", "user", "id"),
    Index("ix_audit_edition", "edition_id", "id"),
)
