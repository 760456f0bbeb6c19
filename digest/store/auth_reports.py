"""What receivers report of mails in our name: DMARC and TLS reports, once each, for half a year."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    String,
    Table,
    case,
    cast,
    delete,
    func,
    insert,
    select,
)

from digest.delivery.auth_reports import AuthReport
from digest.store.schema import BigId, UTCDateTime, metadata
from digest.store.statements import fitted, insert_new

KEPT = timedelta(days=180)
A_DAY = 500  # reports that are taken within one: a stranger who floods us fills no disk

auth_reports = Table(
    "auth_reports",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(120), nullable=False, unique=True),  # kind, reporter, domain and its own id
    Column("kind", String(5), nullable=False),
    Column("reporter", String(255), nullable=False),
    Column("domain", String(255), nullable=False),
    Column("begins", UTCDateTime, nullable=False),
    Column("ends", UTCDateTime, nullable=False, index=True),
    Column("at", UTCDateTime, nullable=False, index=True),  # when it came
)

auth_report_rows = Table(
    "auth_report_rows",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("report_id", ForeignKey("auth_reports.id"), nullable=False, index=True),
    Column("source", String(45), nullable=False),  # the address that sent; "" where it is not told
    Column("domain", String(255), nullable=False),  # of the From line; of a TLS report the receiving domain
    Column("count", BigInteger, nullable=False),
    Column("spf", String(20), nullable=False),
    Column("dkim", String(20), nullable=False),
    Column("result", String(40), nullable=False),
    Column("sender", String(255), nullable=False),
    Column("signer", String(255), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Mails that a server sent in our name: how many, how many passed DMARC, were turned away, and who says so."""

    domain: str
    source: str
    mails: int
    passed: int
    refused: int  # quarantined or rejected
    spf: int
    dkim: int
    reporters: int
    last: datetime

    @property
    def failed(self) -> int:
        """Mails of which neither SPF nor DKIM was aligned with From."""
        return self.mails - self.passed


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions to a domain, as TLS reports have it."""

    domain: str
    result: str  # "success", or what went wrong
    count: int
    last: datetime


def keep(connection: Connection, report: AuthReport, now: datetime) -> bool:
    """Keep *report*; return whether it is new."""
    key = fitted(f"{report.kind} {report.reporter} {report.domain} {report.report_id}")
    row = {
        "key": key,
        "kind": report.kind,
        "reporter": report.reporter,
        "domain": report.domain,
        "begins": report.begin,
        "ends": report.end,
        "at": now,
    }
    if insert_new(connection, auth_reports, row) != 1:
        return False
    number = connection.execute(select(auth_reports.c.id).where(auth_reports.c.key == key)).scalar_one()
    rows = [
        {
            "report_id": number,
            "source": one.source,
            "domain": one.domain,
            "count": one.count,
            "spf": one.spf,
            "dkim": one.dkim,
            "result": one.result,
            "sender": one.sender,
            "signer": one.signer,
        }
        for one in report.rows
    ]
    if rows:
        connection.execute(insert(auth_report_rows), rows)
    return True


def crowded(connection: Connection, now: datetime) -> bool:
    """Return whether so many reports came within a day that no more are taken."""
    recent = select(func.count()).select_from(auth_reports).where(auth_reports.c.at > now - timedelta(days=1))
    return int(connection.execute(recent).scalar_one()) >= A_DAY


def sources(connection: Connection, since: datetime, limit: int = 200) -> list[Source]:
    """Return who sent mails in our name since *since*, those with the most failures first."""
    row, report = auth_report_rows.c, auth_reports.c

    def many(where: ColumnElement[bool]) -> ColumnElement[int]:
        return cast(func.coalesce(func.sum(case((where, row.count), else_=0)), 0), BigInteger)

    spf, dkim = row.spf == "pass", row.dkim == "pass"
    passed, mails = many(spf | dkim), cast(func.sum(row.count), BigInteger)
    refused = many(row.result.in_(["quarantine", "reject"]))
    seen = (func.count(func.distinct(report.reporter)), func.max(report.ends))
    query = (
        select(row.domain, row.source, mails, passed, refused, many(spf), many(dkim), *seen)
        .join_from(auth_report_rows, auth_reports)
        .where(report.kind == "dmarc", report.ends > since)
        .group_by(row.domain, row.source)
        .order_by((mails - passed).desc(), mails.desc(), row.domain, row.source)
        .limit(limit)
    )
    return [Source(*row) for row in connection.execute(query)]


def sessions(connection: Connection, since: datetime, limit: int = 100) -> list[Sessions]:
    """Return how TLS fared since *since*, by domain and result."""
    row, report = auth_report_rows.c, auth_reports.c
    query = (
        select(row.domain, row.result, func.sum(row.count), func.max(report.ends))
        .join_from(auth_report_rows, auth_reports)
        .where(report.kind == "tls", report.ends > since)
        .group_by(row.domain, row.result)
        .order_by(row.domain, func.sum(row.count).desc())
        .limit(limit)
    )
    return [Sessions(found[0], found[1], int(found[2]), found[3]) for found in connection.execute(query)]


def clear(connection: Connection, now: datetime) -> None:
    """Forget reports after half a year."""
    old = select(auth_reports.c.id).where(auth_reports.c.ends < now - KEPT)
    connection.execute(delete(auth_report_rows).where(auth_report_rows.c.report_id.in_(old)))
    connection.execute(delete(auth_reports).where(auth_reports.c.ends < now - KEPT))
