"""The tables of a newsroom's memory."""

from sqlalchemy import JSON, Column, Date, Float, Index, Integer, String, Table, Text

from digest.store.schema import UTCDateTime, metadata

memory_record = Table(
    "memory_record",  # what an article was worth to a newsletter's house, by who says so
    metadata,
    Column("newsletter", String(64), primary_key=True),
    Column("kind", String(12), primary_key=True),  # views: the site's own counts
    Column("key", String(64), primary_key=True),  # of the article's canonical address
    Column("day", Date, nullable=False),  # on which the article came out
    Column("title", Text, nullable=False),
    Column("dek", Text, nullable=False, default=""),
    Column("section", Text, nullable=False, default=""),
    Column("gain", Float, nullable=False),
    Index("ix_memory_record_day", "newsletter", "kind", "day"),
)

memories = Table(
    "memories",  # what was learnt, each time that it was; an edition goes by the newest one of its moment
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String(64), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("body", JSON, nullable=False),  # digest/stories/memory.py
    Index("ix_memories_newsletter", "newsletter", "at"),
)

memory_off = Table(
    "memory_off",  # what an editor told the memory not to go by
    metadata,
    Column("newsletter", String(64), primary_key=True),
    Column("kind", String(12), primary_key=True),  # section or word; all: the whole memory
    Column("name", String(200), primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
)
