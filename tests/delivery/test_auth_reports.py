"""DMARC and TLS reports as the world sends them, and as somebody who means us harm would."""

import gzip
import io
import json
import time
import zipfile
from datetime import UTC, datetime
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
        PLAIN.replace(b"<feedback>", b"<!DOCTYPE feedback><feedback>"),
        PLAIN.decode().encode("utf-16-le"),
        PLAIN.replace(
            b"<report_metadata>", b"<a>" * 300 + b"</a>" * 300 + b"<report_metadata>"
        ),  # nested too deep
        PLAIN.replace(b"feedback", b"comments"),
        PLAIN.replace(b"report_metadata", b"metadata"),
        PLAIN.replace(b"policy_published", b"policy"),
        PLAIN.replace(b"<begin>1790000000</begin>", b""),
        PLAIN.replace(b"<end>1790086399</end>", b""),
        PLAIN.replace(b"<domain>news.example.org</domain>", b""),
        b"",
    ],
)
def test_what_is_no_report_is_none(data: bytes) -> None:
    assert read(mail(data)) == ()


def tls(**changes: object) -> bytes:
    return json.dumps(TLS | changes).encode()


def policies(*some: dict[str, object]) -> bytes:
    return tls(policies=[{"policy": {"policy-domain": "example.org"}} | one for one in some])


def results(data: bytes) -> list[tuple[str, int]]:
    return [(row.result, row.count) for report in read(mail(data)) for row in report.rows]


@pytest.mark.parametrize("missing", ["start-datetime", "end-datetime"])
def test_a_tls_report_without_its_time_is_none(missing: str) -> None:
    assert read(mail(tls(**{"date-range": TLS["date-range"] | {missing: "soon"}}))) == ()  # type: ignore[operator]


@pytest.mark.parametrize(
    "changes", [{"policies": []}, {"policies": [{"policy": {}}]}, {"date-range": "today"}]
)
def test_a_tls_report_that_says_nothing_is_none(changes: dict[str, object]) -> None:
    assert read(mail(tls(**changes))) == ()


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-03-04T02:00:00+02:00", datetime(2026, 3, 4, tzinfo=UTC)),
        ("2026-03-04T00:00:00", datetime(2026, 3, 4, tzinfo=UTC)),
        (1_772_582_400, datetime(2026, 3, 4, tzinfo=UTC)),
        ("1772582400", datetime(2026, 3, 4, tzinfo=UTC)),
        ("2010-01-01T00:00:00Z", datetime(2010, 1, 1, tzinfo=UTC)),
        ("2009-12-31T23:59:59Z", None),
        ("2200-01-01T00:00:00Z", datetime(2200, 1, 1, tzinfo=UTC)),
        ("2200-01-01T00:00:01Z", None),
        (10**12, None),
    ],
)
def test_times_are_read_as_seconds_or_as_text_and_only_where_a_report_can_be_of_them(
    written: object, read_as: datetime | None
) -> None:
    reports = read(mail(tls(**{"date-range": {"start-datetime": written, "end-datetime": written}})))
    assert [(one.begin, one.end) for one in reports] == ([(read_as, read_as)] if read_as else [])


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        (3, 3),
        ("3", 3),
        (10**12, 10**12),
        ("1000000000000", 10**12),
        (1, 1),
        (0, None),
        (10**12 + 1, None),
        ("9" * 5000, None),
        ("-3", None),
        ("\u0663", None),
        ("\u00b2", None),
        ("3.0", None),
        (3.5, None),
        (True, None),
        (None, None),
        (-1, None),
    ],
)
def test_a_count_is_a_whole_number_that_somebody_can_have_counted(
    written: object, counted: int | None
) -> None:
    good = {"summary": {"total-successful-session-count": written, "total-failure-session-count": 1}}
    assert results(policies(good)) == [*([("success", counted)] if counted else []), ("failure", 1)]


def test_a_record_counts_none_or_as_many_as_it_says() -> None:
    rows = "".join(ROW.format(n=1).replace("<count>1<", f"<count>{said}<") for said in ("0", "7", "", "x"))
    assert results(XML.format(attributes="", rows=rows).encode()) == [("none", 0), ("none", 7)]


def test_failures_without_a_detail_are_a_row_of_their_own_and_no_row_is_empty() -> None:
    failed = {"summary": {"total-failure-session-count": 4}}
    details = [
        {"result-type": "sts-webpki-invalid", "failed-session-count": 3, "sending-mta-ip": "192.0.2.1"},
        {"failed-session-count": 1, "sending-mta-ip": "of them"},
        {"result-type": "nothing", "failed-session-count": 0},
        "no detail",
    ]
    both = failed | {"failure-details": details}
    assert results(policies(both)) == [("sts-webpki-invalid", 3), ("failure", 1)]
    assert results(policies(failed | {"failure-details": "none"})) == [("failure", 4)]
    (report,) = read(mail(policies(both)))
    assert [row.source for row in report.rows] == ["192.0.2.1", ""]


def test_names_and_words_are_cut() -> None:
    long = "x" * 300
    (one,) = read(mail(tls(**{"organization-name": f" {long}", "report-id": "a\nb"})))
    assert (one.reporter, one.report_id) == (long[:255], "a b")
    detail = [{"result-type": long, "failed-session-count": 1}]
    assert results(policies({"failure-details": detail})) == [(long[:40], 1)]
    assert results(PLAIN.replace(b">none</disposition>", f">{long.upper()}</disposition>".encode()))[0] == (
        long[:20],
        1,
    )


def test_who_reports_and_under_which_name_is_found_elsewhere_where_it_is_not_said() -> None:
    nameless = PLAIN.replace(b"<org_name>Receiver</org_name>", b"<email>a@receiver.example</email>")
    (one,) = read(mail(nameless.replace(b"<report_id>r-1</report_id>", b"")))
    (two,) = read(
        mail(tls(**{"organization-name": 3, "contact-info": "b@receiver.example", "report-id": ""}))
    )
    assert (one.reporter, two.reporter) == ("a@receiver.example", "b@receiver.example")
    assert len(one.report_id) == len(two.report_id) == 64
    assert one.report_id != two.report_id


def test_domains_are_of_small_letters_without_a_last_dot_and_the_signer_is_kept() -> None:
    signed = b"<auth_results><dkim><domain>Mail.Example.ORG.</domain></dkim>"
    (one,) = read(
        mail(PLAIN.replace(b"<auth_results>", signed).replace(b">news.example.org<", b">NEWS.example.org.<"))
    )
    assert (one.domain, one.rows[0].signer) == ("news.example.org", "mail.example.org")


@pytest.mark.parametrize(("behind", "found"), [(200, 1), (201, 0)])
def test_a_report_that_is_not_well_formed_is_read_where_its_end_is_there(behind: int, found: int) -> None:
    broken = PLAIN.replace(b"<p>none</p>", b"<p>none & more</p>")
    assert len(read(mail(broken))) == 1
    end = len("</feedback")
    assert len(read(mail(broken + b" " * (behind - end - len(">"))))) == found


def test_no_more_rows_are_read_than_anybody_needs() -> None:
    bare = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row></record>"
    assert len(results(XML.format(attributes="", rows=bare * 5_001).encode())) == 5_000
    one = {"failed-session-count": 1}
    assert len(results(policies({"failure-details": [one] * 5_001}))) == 5_000
    assert len(results(policies(*[{"failure-details": [one]}] * 5_001))) == 5_000
    three = {"summary": {"total-successful-session-count": 1}, "failure-details": [one] * 4_999}
    assert len(results(policies(three, three))) == 5_000


def test_of_an_archive_five_members_are_read_and_what_cannot_be_opened_costs_no_other() -> None:
    more = {f"r{number}": PLAIN for number in range(6)}
    assert len(read(mail(zipped(**more), "application/zip"))) == 5
    locked = bytearray(zipped(locked=b"<secret/>", report=PLAIN))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1  # the flag of an encrypted member
    assert len(read(mail(bytes(locked), "application/zip"))) == 1
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as archive:
        archive.mkdir("reports")
        archive.writestr("reports/one.xml", PLAIN)
    assert len(read(mail(folder.getvalue(), "application/zip"))) == 1


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace(b"<feedback>", b"<!DOCTYPE feedback><feedback>"),
        PLAIN.replace(b"report_metadata", b"metadata"),
        PLAIN.replace(b"policy_published", b"policy"),
        PLAIN[:-40],
        b"<feedback/>",
        b"[1, 2]",
        b'{"policies": 3}',
        b"words",
    ],
)
def test_what_is_no_report_costs_none_beside_it(other: bytes) -> None:
    assert len(read(mail(zipped(a=other, b=PLAIN), "application/zip"))) == 1


@pytest.mark.parametrize(
    "broken", [gzip.compress(PLAIN)[:10] + b"x" * 50, b"PK\x03\x04 no archive", b"<a", b"{"]
)
def test_a_part_that_cannot_be_read_costs_no_other(broken: bytes) -> None:
    made = EmailMessage()
    made["From"] = "noreply@receiver.example"
    for data in (broken, PLAIN):
        made.add_attachment(data, maintype="application", subtype="octet-stream")
    assert len(read(made.as_bytes())) == 1


def test_a_record_may_be_of_another_domain_than_the_report() -> None:
    (one,) = read(mail(PLAIN.replace(b"News.Example.org", b"Other.Example.org", 1)))
    assert [row.domain for row in one.rows] == ["other.example.org", "news.example.org"]


def test_of_a_mail_twenty_parts_are_looked_at() -> None:
    def among(others: int) -> bytes:
        made = EmailMessage()
        made["From"] = "noreply@receiver.example"
        for _ in range(others):
            made.add_attachment(b"x", maintype="application", subtype="octet-stream")
        made.add_attachment(PLAIN, maintype="application", subtype="xml")
        return made.as_bytes()

    assert [len(read(among(others))) for others in (18, 19)] == [1, 0]  # the first part is the whole


def test_words_for_people_are_no_report() -> None:
    assert read(mail(PLAIN, "text/html")) == ()


@pytest.mark.parametrize(("more", "found"), [(0, 1), (1, 0)])
def test_ten_megabytes_are_read_packed_or_not_and_no_byte_more(more: int, found: int) -> None:
    whole = PLAIN + b" " * (10_000_000 + more - len(PLAIN))
    assert len(read(mail(gzip.compress(whole, 1)))) == found
    assert len(read(mail(zipped(a=whole)))) == found
    plain = mail(PLAIN)
    assert len(read(plain + b" " * (10_000_000 + more - len(plain)))) == found


def test_a_bomb_is_not_unpacked() -> None:
    began = time.monotonic()
    big = gzip.compress(PLAIN[:-11] + b" " * (3 * PACKED) + b"</feedback>")
    assert len(big) < PACKED
    assert read(mail(big)) == ()
    assert read(mail(zipped(a=b" " * (3 * PACKED)), "application/zip")) == ()
    assert read(b"x" * (PACKED + 1)) == ()
    assert time.monotonic() - began < 20


@given(st.binary(max_size=300), st.integers(0, 400), st.booleans())
def test_no_bytes_make_it_fail(noise: bytes, at: int, packed: bool) -> None:
    data = PLAIN[:at] + noise + PLAIN[at + len(noise) :]
    read(mail(gzip.compress(data) if packed else data, "application/xml"))
    whole = mail(gzip.compress(PLAIN))
    read(whole[:at] + noise + whole[at:])
    read(noise)
