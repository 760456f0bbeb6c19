"""DMARC aggregate reports (RFC 7489, 9990) and TLS reports (RFC 8460): who sends in our name, and what fails.

Pure. The bytes are strangers': every size is bounded before it is unpacked, no entity is resolved, and what cannot be
read is no report. What senders of reports get wrong in practice is read all the same: a wrong content type, a
missing field, a namespace, a report that is not packed.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from hashlib import sha256
from ipaddress import ip_address
from typing import Final, Literal

from lxml import etree

from digest.config.schema import Config

PACKED: Final = 10_000_000  # bytes of a mail, and of what one part of it unpacks to
PARTS: Final = 20  # of a mail that are looked at
MEMBERS: Final = 5  # of an archive
ENCRYPTED: Final = 1  # the flag of such a member
ROWS: Final = 5_000  # of a report
MOST: Final = 10**12  # mails in a row: more is no number that anybody counted
TEXT: Final = 255
_SCHEMA = re.compile(rb"</?xs:schema[^<>]{0,300}>")
_EPOCH = datetime(2010, 1, 1, tzinfo=UTC)
_FAR = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """Mails that one server sent in our name. *source* is its address; *spf* and *dkim*: "pass" where they are aligned.

    Of a TLS report: sessions of *source* ("" where it is not told), and in *result* what went wrong.
    """

    source: str
    domain: str
    count: int
    spf: str = ""
    dkim: str = ""
    result: str = ""  # what the receiver did: none, quarantine, reject
    sender: str = ""  # the domains that SPF and DKIM were looked at for, where they are told
    signer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthReport:
    """One report: *reporter* says what it saw of mails from *domain* between *begin* and *end*."""

    kind: Literal["dmarc", "tls"]
    reporter: str
    report_id: str
    domain: str
    begin: datetime
    end: datetime
    rows: tuple[ReportRow, ...]


def read(raw: bytes) -> tuple[AuthReport, ...]:
    """Return the reports that the mail *raw* brings; none where it brings none that can be read. Never raises."""
    if len(raw) > PACKED:
        return ()
    found: list[AuthReport] = []
    with suppress(
        Exception
    ):  # the parsers of mail, archives and XML each have faults of their own on hostile bytes
        for data in _payloads(raw):
            with suppress(Exception):  # a part that cannot be read costs no other
                found += _reports(data)
    return tuple(found)


def _payloads(raw: bytes) -> Iterator[bytes]:
    """Yield the parts of a mail that may be a report."""
    whole = message_from_bytes(raw)
    for number, part in enumerate(whole.walk()):
        if number >= PARTS:
            return
        data = part.get_payload(decode=True)  # None where it only holds other parts
        if isinstance(data, bytes) and part.get_content_type() != "text/html":
            yield data


def _reports(data: bytes) -> Iterator[AuthReport]:
    for text in _unpacked(data):
        start = text.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        report = _dmarc(text) if start == b"<" else _tls(text) if start == b"{" else None
        if report is not None:
            yield report


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield what *data* holds, whatever it is called: the first bytes say what it is."""
    if data.startswith(b"\x1f\x8b"):
        gzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        text = gzip.decompress(data, PACKED)
        if gzip.eof:
            yield text
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist()[:MEMBERS]:
                if member.flag_bits & ENCRYPTED or member.file_size > PACKED:
                    continue
                with archive.open(member) as file:
                    yield file.read(PACKED)  # it is never more than the size that the archive names
    else:
        yield data


# ---------------------------------------------------------------------------- DMARC


def _dmarc(text: bytes) -> AuthReport | None:
    root = _xml(text)
    if root is None or etree.QName(root).localname != "feedback":
        return None
    meta, policy = root.find("{*}report_metadata"), root.find("{*}policy_published")
    if meta is None or policy is None:
        return None
    begin, end = _moment(_text(meta, "date_range/begin")), _moment(_text(meta, "date_range/end"))
    domain = _domain(_text(policy, "domain"))
    if begin is None or end is None or not domain:
        return None
    rows = (_row(record, domain) for record in root.findall("{*}record")[:ROWS])
    return AuthReport(
        kind="dmarc",
        reporter=_text(meta, "org_name") or _text(meta, "email"),
        report_id=_text(meta, "report_id") or sha256(text).hexdigest(),
        domain=domain,
        begin=begin,
        end=end,
        rows=tuple(row for row in rows if row is not None),
    )


def _xml(text: bytes) -> "etree._Element | None":
    """Return the root; None where entities are declared. What is not well formed is read as far as it goes."""
    if b"<!DOCTYPE" in text or text.startswith(b"<\0"):
        return None  # in UTF-16 a declaration is spelt in other bytes; reports are UTF-8
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    try:
        return etree.fromstring(text, etree.XMLParser(**safe))
    except etree.XMLSyntaxError:
        if b"</feedback" not in text[-200:]:
            return None  # it is cut: the whole of it may come yet
        plain = _SCHEMA.sub(b"", text)  # opened inside the report by some senders, and never closed
        return etree.fromstring(plain, etree.XMLParser(recover=True, **safe))


def _row(record: "etree._Element", domain: str) -> ReportRow | None:
    source = _address(_text(record, "row/source_ip"))
    count = _number(_text(record, "row/count"))
    if not source or count is None:
        return None
    return ReportRow(
        source=source,
        domain=_domain(_text(record, "identifiers/header_from")) or domain,
        count=count,
        spf=_word(_text(record, "row/policy_evaluated/spf")),
        dkim=_word(_text(record, "row/policy_evaluated/dkim")),
        result=_word(_text(record, "row/policy_evaluated/disposition")),
        sender=_domain(_text(record, "auth_results/spf/domain")),
        signer=_domain(_text(record, "auth_results/dkim/domain")),
    )


def _text(element: "etree._Element", path: str) -> str:
    found = element.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return _line(found.text) if found is not None else ""


# ---------------------------------------------------------------------------- TLS


def _tls(text: bytes) -> AuthReport | None:
    whole = json.loads(text)
    if not isinstance(whole, dict) or not isinstance(whole.get("policies"), list):
        return None
    period = whole.get("date-range")
    period = period if isinstance(period, dict) else {}
    begin, end = _moment(period.get("start-datetime")), _moment(period.get("end-datetime"))
    rows = [row for one in whole["policies"][:ROWS] for row in _policy(one)][:ROWS]
    domain = next((row.domain for row in rows if row.domain), "")
    if begin is None or end is None or not domain:
        return None
    return AuthReport(
        kind="tls",
        reporter=_line(whole.get("organization-name")) or _line(whole.get("contact-info")),
        report_id=_line(whole.get("report-id")) or sha256(text).hexdigest(),
        domain=domain,
        begin=begin,
        end=end,
        rows=tuple(rows),
    )


def _policy(one: object) -> Iterator[ReportRow]:
    if not isinstance(one, dict):
        return
    policy, summary = one.get("policy"), one.get("summary")
    policy, summary = (each if isinstance(each, dict) else {} for each in (policy, summary))
    domain = _domain(_line(policy.get("policy-domain")))
    good = _number(summary.get("total-successful-session-count"))
    bad = _number(summary.get("total-failure-session-count")) or 0
    if good:
        yield ReportRow(source="", domain=domain, count=good, result="success")
    details = one.get("failure-details")
    told = 0
    for detail in details[:ROWS] if isinstance(details, list) else ():
        count = _number(detail.get("failed-session-count")) if isinstance(detail, dict) else None
        if count:
            told += count
            source = _address(_line(detail.get("sending-mta-ip")))
            result = _line(detail.get("result-type"))[:40] or "failure"
            yield ReportRow(source=source, domain=domain, count=count, result=result)
    if bad > told:
        yield ReportRow(source="", domain=domain, count=bad - told, result="failure")


# ---------------------------------------------------------------------------- values


def _line(value: object) -> str:
    """Return *value* as one line of text, cut; what is no text is empty."""
    if not isinstance(value, str):
        return ""
    return "".join(mark if mark.isprintable() else " " for mark in value).strip()[:TEXT]


def _word(text: str) -> str:
    return text.lower()[:20]


def _domain(text: str) -> str:
    return text.lower().rstrip(".")


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str) and not (
        value.isascii() and value.isdecimal() and len(value) <= len(str(MOST))
    ):
        return None
    number = int(value)
    return number if 0 <= number <= MOST else None


def _moment(value: object) -> datetime | None:
    """Return the time that *value* is: seconds since 1970, or as RFC 3339 writes it."""
    number = _number(value)
    try:
        found = (
            datetime.fromisoformat(_line(value)) if number is None else datetime.fromtimestamp(number, UTC)
        )
    except (ValueError, OverflowError, OSError):
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if _EPOCH <= found <= _FAR else None


def is_ours(config: Config, domain: str) -> bool:
    """Return whether mails from *domain* may be ours: one that we send from or to, or one above or below it."""
    senders = (newsletter.sender for newsletter in config.newsletters.values())
    own = {name for sender in senders for name in (sender.domain, sender.bounce_domain)}
    return "." in domain and any(
        domain == one or one.endswith(f".{domain}") or domain.endswith(f".{one}") for one in own
    )
