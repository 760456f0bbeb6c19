"""DMARC and TLS reports as the world sends them, and as somebody who means us harm would."""

import gzip
import io
import json
import time
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.auth_reports import PACKED, read

ROW = (
    "<record><row><source_ip>192.0.2.{n}</source_ip><count>{n}</count><policy_evaluated>"
    "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>"
    "<identifiers><header_from>News.Example.org</header_from></identifiers>"
    "<auth_results><spf><domain>bounce.example.org</domain><result>pass</result></spf></auth_results></record>"
)
XML = (
    '<?xml version="1.0"?><feedback{attributes}><report_metadata><org_name>Receiver</org_name>'
    "<report_id>r-1</report_id><date_range><begin>1790000000</begin><end>1790086399</end></date_range>"
    "</report_metadata><policy_published><domain>news.example.org</domain><p>none</p></policy_published>"
    "{rows}</feedback>"
)
PLAIN = XML.format(attributes="", rows=ROW.format(n=1) + ROW.format(n=2)).encode()
TLS = {
    "organization-name": "Receiver",
    "date-range": {"start-datetime": "2026-03-04T00:00:00Z", "end-datetime": "2026-03-04T23:59:59Z"},
    "report-id": "t-1",
    "policies": [
        {
            "policy": {"policy-type": "sts", "policy-domain": "bounce.example.org"},
            "summary": {"total-successful-session-count": 90, "total-failure-session-count": 5},
            "failure-details": [{"result-type": "certificate-expired", "failed-session-count": 3}],
        }
    ],
}


def mail(data: bytes, kind: str = "application/gzip", name: str = "report.xml.gz") -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "noreply@receiver.example", "dmarc@example.org"
    made["Subject"] = "Report Domain: news.example.org Submitter: receiver.example Report-ID: r-1"
    made.set_content("This is an aggregate report.")
    main, sub = kind.split("/")
    made.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        mail(gzip.compress(PLAIN)),
        mail(zipped(report=PLAIN), "application/zip", "report.zip"),
        mail(gzip.compress(PLAIN), "application/zip", "report.zip"),  # called what it is not
        mail(zipped(report=PLAIN), "application/gzip"),
        mail(PLAIN, "application/xml", "report.xml"),  # not packed
        mail(b"\xef\xbb\xbf" + PLAIN + b"\r\n", "application/octet-stream", "report"),
        mail(gzip.compress(XML.format(attributes=' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"', rows=ROW.format(n=1) + ROW.format(n=2)).encode())),
        mail(gzip.compress(PLAIN.replace(b"<report_metadata>", b'<xs:schema xmlns:xs="http://x.example/s"><report_metadata>'))),
    ],
)  # fmt: skip
def test_a_report_is_read_however_it_is_packed_and_called(raw: bytes) -> None:
    reports = read(raw)
    if not reports:
        pytest.fail("no report was read")
    (one,) = reports
    assert (one.kind, one.reporter, one.report_id, one.domain) == (
        "dmarc",
        "Receiver",
        "r-1",
        "news.example.org",
    )
    assert [(row.source, row.count, row.spf, row.dkim, row.result) for row in one.rows] == [
        ("192.0.2.1", 1, "fail", "pass", "none"),
        ("192.0.2.2", 2, "fail", "pass", "none"),
    ]
    assert one.rows[0].domain == "news.example.org"
    assert one.rows[0].sender == "bounce.example.org"
    assert f"{one.begin:%Y-%m-%d}" == "2026-09-21"


def test_what_is_missing_in_a_row_is_empty_and_a_row_without_address_is_none() -> None:
    bare = "<record><row><source_ip>2001:DB8::1</source_ip><count>7</count></row></record>"
    broken = "<record><row><source_ip>somewhere</source_ip><count>7</count></row></record>"
    many = "<record><row><source_ip>192.0.2.9</source_ip><count>-3</count></row></record>"
    (one,) = read(mail(gzip.compress(XML.format(attributes="", rows=bare + broken + many).encode())))
    assert [(row.source, row.count, row.spf, row.domain) for row in one.rows] == [
        ("2001:db8::1", 7, "", "news.example.org")
    ]


def test_a_tls_report_counts_what_went_well_and_what_failed() -> None:
    raw = mail(gzip.compress(json.dumps(TLS).encode()), "application/tlsrpt+gzip", "report.json.gz")
    (one,) = read(raw)
    assert (one.kind, one.domain, one.report_id) == ("tls", "bounce.example.org", "t-1")
    assert [(row.result, row.count, row.source) for row in one.rows] == [
        ("success", 90, ""),
        ("certificate-expired", 3, ""),
        ("failure", 2, ""),
    ]


def test_a_tls_report_without_contact_address_or_domain_of_one_policy() -> None:
    odd = TLS | {"contact-info": None}
    odd["policies"] = [
        {"policy": {"policy-type": "no-policy-found"}, "summary": None},
        *TLS["policies"],
        None,
    ]  # type: ignore[misc]
    (one,) = read(mail(gzip.compress(json.dumps(odd).encode()), "application/tlsrpt+gzip"))
    assert sum(row.count for row in one.rows) == 95


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"unused"),
        gzip.compress(PLAIN)[:-20],  # cut on the way
        gzip.compress(PLAIN[:-40]),
        gzip.compress(b"<feedback/>"),
        gzip.compress(b"[1, 2]"),
        gzip.compress(b'{"policies": 3}'),
        b"PK\x03\x04 no archive",
        gzip.compress(b'<!DOCTYPE feedback [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + PLAIN[21:]),
        gzip.compress(b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feedback>&x;</feedback>'),
        b"",
    ],
)
def test_what_is_no_report_is_none(data: bytes) -> None:
    assert read(mail(data)) == ()


def test_a_bomb_is_not_unpacked() -> None:
    began = time.monotonic()
    big = gzip.compress(PLAIN[:-11] + b" " * (20 * PACKED) + b"</feedback>")
    assert len(big) < PACKED
    assert read(mail(big)) == ()
    assert read(mail(zipped(a=b" " * (20 * PACKED)), "application/zip")) == ()
    assert read(b"x" * (PACKED + 1)) == ()
    assert time.monotonic() - began < 20


@given(st.binary(max_size=300), st.integers(0, 400), st.booleans())
def test_no_bytes_make_it_fail(noise: bytes, at: int, packed: bool) -> None:
    data = PLAIN[:at] + noise + PLAIN[at + len(noise) :]
    read(mail(gzip.compress(data) if packed else data, "application/xml"))
    whole = mail(gzip.compress(PLAIN))
    read(whole[:at] + noise + whole[at:])
    read(noise)
