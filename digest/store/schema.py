"""The tables of `digest`; those of readers are in `subscribers/schema.py`. One chain of migrations covers both.

Rows point at articles and revisions, never at stories. What was decided is stored; what can be derived is
not. Times are UTC. `deliveries.subscriber_id` has no foreign key: an erased reader's row must stay
accounted for.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from digest.model import MAIN, DeliveryState, EditionState, OccurrenceState
from digest.store.statements import partly

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


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only for INTEGER keys


def states(
    column: str, values: type[DeliveryState] | type[EditionState] | type[OccurrenceState]
) -> CheckConstraint:
    """Return the constraint that holds *column* to the states there are.

    Not by IN: SQLite would make a table of the list for every row it writes, which takes as long as the row.
    """
    return CheckConstraint(" OR ".join(f"{column} = '{value}'" for value in values), name=column)


# ---------------------------------------------------------------------------- collecting

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("url", Text, nullable=False),  # as configured: a change here forgets what was remembered
    Column("moved_to", Text, nullable=False, default=""),  # a 301 that was followed
    Column("etag", Text, nullable=False, default=""),  # validators, verbatim
    Column("last_modified", Text, nullable=False, default=""),
    Column("body_sha256", String(64), nullable=False, default=""),
    Column("next_poll", UTCDateTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("last_error", Text, nullable=False, default=""),
    Column("last_ok", UTCDateTime),
    Column("first_ok", UTCDateTime),  # what came later than this is news even when it is dated a little back
    Column("ttl", Integer, nullable=False, default=0),  # seconds to wait; a 304 says nothing
    Column("retired_at", UTCDateTime),  # a 410
    Column("standing", JSON, nullable=False, default=dict, server_default="{}"),  # words of most items
    Column("said", Text, nullable=False, default="", server_default=""),  # what was dropped or mended
)

items = Table(
    "items",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("identity", String(64), nullable=False),  # of the first rung that was there when first seen
    Column("guid_key", String(64), nullable=False, default=""),
    Column("url_key", String(64), nullable=False, default=""),
    Column("content_key", String(64), nullable=False, default=""),
    Column("title_key", String(64), nullable=False, default=""),  # SHA-256 of the title as last seen
    Column("sha256", String(64), nullable=False, default=""),  # of all that would make a new version
    Column("article_id", ForeignKey("articles.id"), nullable=True),
    Column("first_seen", UTCDateTime, nullable=False),
    Column("last_seen", UTCDateTime, nullable=False),
    UniqueConstraint("source_id", "identity"),
    Index("ix_items_source_guid", "source_id", "guid_key"),
    Index("ix_items_source_url", "source_id", "url_key"),
    Index("ix_items_source_content", "source_id", "content_key"),
)

articles = Table(
    "articles",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("canonical", Text, nullable=False),
    Column("canonical_key", String(64), nullable=False, unique=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),  # where it was seen first
    Column("outlet", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("published", UTCDateTime, nullable=False, index=True),
    Column("first_seen", UTCDateTime, nullable=False, index=True),
    Column("version", Integer, nullable=False, default=1),
    Column("gone_at", UTCDateTime),  # found missing at the publisher
)

article_versions = Table(
    "article_versions",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("seen_at", UTCDateTime, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("dek", Text, nullable=False, default=""),
    Column("byline", Text, nullable=False, default=""),
    Column("body", Text, nullable=False, default=""),
    Column("categories", JSON, nullable=False, default=list),
    Column("tags", JSON, nullable=False, default=list),
    Column("modified", UTCDateTime),
    Column("picture", JSON),  # url, alt, caption, credit
)

sightings = Table(
    "sightings",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("first_at", UTCDateTime, nullable=False),
)

pictures = Table(
    "pictures",
    metadata,
    Column("url_key", String(64), primary_key=True),  # SHA-256 of the picture's address
    Column("url", Text, nullable=False),
    Column("wide", String(64), nullable=False, default=""),  # content hashes of the crops
    Column("square", String(64), nullable=False, default=""),
    Column("problem", Text, nullable=False, default=""),
    Column("at", UTCDateTime, nullable=False),
)

# ---------------------------------------------------------------------------- editions

occurrences = Table(
    "occurrences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String(40), nullable=False),
    Column("date", Date, nullable=False),
    Column("due", UTCDateTime, nullable=False),
    Column("deadline", UTCDateTime, nullable=False),
    Column("state", String(12), nullable=False, default=OccurrenceState.WAITING),
    Column("claimed_until", UTCDateTime),  # a builder's lease, so that two processes do not build at once
    Column("notified", JSON, nullable=False, default=list),  # which mails about it went out
    Column("note", Text, nullable=False, default=""),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),  # tries in a row that failed
    Column("retry_at", UTCDateTime),  # not before this moment, after a failure
    Column(
        "issue", String(40), nullable=False, default=MAIN, server_default=MAIN
    ),  # which of the day's editions
    UniqueConstraint("newsletter", "date", "issue"),
    states("state", OccurrenceState),
)

# When the scheduler last looked at each newsletter: what fell due since then is late, what was due before is not.
clocks = Table(
    "clocks",
    metadata,
    Column("newsletter", String(40), primary_key=True),
    Column("rang_at", UTCDateTime, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String(40), nullable=False),
    Column("date", Date, nullable=False),
    Column("state", String(12), nullable=False, default=EditionState.DRAFT),
    Column("revision", Integer, nullable=False, default=1),
    Column("now", UTCDateTime, nullable=False),  # the clock that the build was given
    Column("since", UTCDateTime, nullable=False),  # where its window began
    Column("config_sha256", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("sponsor", JSON(none_as_null=True)),  # its one advertisement: name, text, url
    Column("approved_at", UTCDateTime),
    Column("planned_to", BigInteger, nullable=False, default=0),  # watermark: subscriber ids planned so far
    Column("planned", Boolean, nullable=False, default=False),
    Column("started_at", UTCDateTime),
    Column("finished_at", UTCDateTime),
    Column("halt", Text, nullable=False, default=""),  # why it was halted
    Column(
        "watched_until", UTCDateTime
    ),  # an editor has it open: until then no scheduler tick builds it anew
    Column("corrects", Integer, nullable=False, default=0),  # a correction mail: the edition that was wrong,
    Column("corrected", Integer, nullable=False, default=0),  # and that edition's first right revision
    Column(
        "issue", String(40), nullable=False, default=MAIN, server_default=MAIN
    ),  # which of the day's editions
    UniqueConstraint("newsletter", "date", "issue", "corrects", "corrected"),
    states("state", EditionState),
)

edition_stories = Table(
    "edition_stories",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),  # 0.. in reading order; the bench goes on behind
    Column("section", String(40), nullable=False),  # "bench" for what was not placed
    Column("article_id", ForeignKey("articles.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("dek", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("members", JSON, nullable=False),  # ids of the articles that were one story then
    Column("updates", Boolean, nullable=False, default=False),
    Column(
        "also", JSON
    ),  # ids of the own articles that are linked below it; NULL in editions of before it was kept
    Index("ix_edition_stories_article_id", "article_id"),
)

choices = Table(
    "choices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition_id", ForeignKey("editions.id"), nullable=False, index=True),
    Column("act", String(12), nullable=False),
    Column("article_id", BigInteger, nullable=False, default=0),
    Column("body", JSON, nullable=False),  # the act's other fields: digest/model/choice.py
    Column("by", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
)

variants = Table(
    "variants",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition_id", ForeignKey("editions.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("nonce", String(32), nullable=False),
    Column("html", Text, nullable=False),  # with open slots: what the preview and "view in browser" show
    Column("text", Text, nullable=False),
    Column("compiled", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    UniqueConstraint("edition_id", "revision", "language"),
)

# ---------------------------------------------------------------------------- delivery

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("edition_id", ForeignKey("editions.id"), nullable=False),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(14), nullable=False, default=DeliveryState.QUEUED),
    Column("provider", String(80), nullable=False, default=""),
    Column("seed", Boolean, nullable=False, default=False),
    Column("due", UTCDateTime, nullable=False),
    Column("deadline", UTCDateTime, nullable=False),
    Column("claim", String(32), nullable=False, default=""),
    Column("lease", UTCDateTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),  # lines lost inside its own body
    Column("code", Integer, nullable=False, default=0),
    Column("reply", Text, nullable=False, default=""),
    Column("relay", String(40), nullable=False, default=""),
    Column("at", UTCDateTime, nullable=False),  # of the last change
    UniqueConstraint("edition_id", "subscriber_id"),
    partly("ix_deliveries_queued", "state = 'queued'", "edition_id", "due"),  # a sent row is in none of them
    partly("ix_deliveries_held", "state IN ('sending', 'handed')", "edition_id"),
    partly(
        "ix_deliveries_ended", "state NOT IN ('queued', 'sending', 'handed', 'sent')", "edition_id", "state"
    ),
    states("state", DeliveryState),
)

delivery_events = Table(
    "delivery_events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("delivery_id", BigInteger, nullable=False, index=True),
    Column("at", UTCDateTime, nullable=False),
    Column("state", String(14), nullable=False),
    Column("code", Integer, nullable=False, default=0),
    Column("text", Text, nullable=False, default=""),
)

halts = Table(
    "halts",  # providers that get no mail of an edition until a person lets it go on
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("provider", String(80), primary_key=True),
    Column("why", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
)

providers = Table(
    "providers",  # who receives for a domain, by its MX: a cache
    metadata,
    Column("domain", String(255), primary_key=True),
    Column("provider", String(80), nullable=False),
    Column("at", UTCDateTime, nullable=False),
)

paces = Table(
    "paces",  # a relay's bucket of tokens, shared by all workers; "all" is that of all relays together
    metadata,
    Column("name", String(40), primary_key=True),
    Column("rate", Float),  # messages a second as a person set it, 0 is no limit; none: as configured
    Column("tokens", Float, nullable=False, default=0.0),
    Column("at", UTCDateTime),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", String(20), nullable=False),  # confirm, test, draft, alarm
    Column("key", String(120), nullable=False, unique=True),  # what makes a second one superfluous
    Column("recipient", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),  # the whole message, ready to send
    Column("state", String(14), nullable=False, default=DeliveryState.QUEUED),
    Column("due", UTCDateTime, nullable=False),
    Column("deadline", UTCDateTime, nullable=False),
    Column("claim", String(32), nullable=False, default=""),
    Column("lease", UTCDateTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("code", Integer, nullable=False, default=0),
    Column("reply", Text, nullable=False, default=""),
    Column("at", UTCDateTime, nullable=False),
    Index("ix_outbox_open", "state", "due"),
)

calls = Table(
    "calls",  # to the alarms' webhook: kept until they are answered or too old to matter
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(120), nullable=False, unique=True),  # what makes a second one superfluous
    Column("body", JSON, nullable=False),
    Column("due", UTCDateTime, nullable=False, index=True),
    Column("deadline", UTCDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("done_at", UTCDateTime),
    Column("problem", Text, nullable=False, default=""),
)

lookups = Table(
    "lookups",  # what a preflight asked the world, and when: a link, the doctor
    metadata,
    Column("key", String(64), primary_key=True),  # SHA-256 of kind and thing
    Column("kind", String(12), nullable=False),
    Column("at", UTCDateTime, nullable=False, index=True),
    Column("said", JSON, nullable=False),
)
