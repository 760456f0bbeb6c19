"""The tables of what comes back."""

from sqlalchemy import BigInteger, Column, Date, Integer, LargeBinary, String, Table, Text

from digest.store.schema import BigId, UTCDateTime, metadata

feedback = Table(
    "feedback",  # mails that came back: bounces, complaints, ways out by mail, and what is none of these
    metadata,
    Column("id", BigId, primary_key=True),
    Column("replay", String(120), nullable=False, unique=True),  # of the webhook, or the hash of the mail
    Column("at", UTCDateTime, nullable=False, index=True),
    Column("source", String(20), nullable=False),  # the intake: lmtp, maildir, imap, file, ses ...
    Column("kind", String(12), nullable=False),
    Column("effect", String(14), nullable=False),
    Column("verdict", String(8), nullable=False, default=""),
    Column("delivery_id", BigInteger, index=True),  # none where no token of ours was read
    Column("subscriber_id", BigInteger, index=True),
    Column("sent_at", UTCDateTime),  # the mail that it is about
    Column("status", String(20), nullable=False, default=""),
    Column("code", Integer, nullable=False, default=0),
    Column("words", Text, nullable=False, default=""),  # what the other side said
    Column("why", Text, nullable=False, default=""),  # why it has the effect, or none
    Column("raw", LargeBinary, nullable=False),  # the mail, its first 64 KB, for 30 days
)

soft_bounces = Table(
    "soft_bounces",  # mails that failed for a reason that may pass: full, disabled
    metadata,
    Column("delivery_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subscriber_id", BigInteger, nullable=False, index=True),
    Column("sent_at", UTCDateTime, nullable=False),
    Column("at", UTCDateTime, nullable=False, index=True),  # when it was heard of
)

feedback_counts = Table(
    "feedback_counts",  # what came back of each edition, by the day and who receives for the reader
    metadata,
    Column("day", Date, primary_key=True),
    Column("edition_id", Integer, primary_key=True, autoincrement=False),  # 0: of no edition that is known
    Column("provider", String(80), primary_key=True),
    Column("what", String(14), primary_key=True),
    Column("count", Integer, nullable=False),
)
