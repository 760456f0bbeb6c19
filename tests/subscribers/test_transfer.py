"""Lists in and out: read whatever wrote them, and never raise what a reader lowered."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from subscribers.api import suppress
from subscribers.model import Act, Evidence, Reason, State
from subscribers.schema import imports, suppressions
from subscribers.store import consents, people
from subscribers.store.subscriptions import transition
from subscribers.transfer import blocks, providers, staging
from subscribers.transfer.columns import Columns, cell, tags
from subscribers.transfer.csv_file import CsvError, open_csv
from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.export import escape_formula, export_csv, export_person
from subscribers.transfer.importing import ImportReport, ImportTask, import_list
from subscribers.transfer.reading import Line, SeenAddresses, interpret, lines
from subscribers.transfer.times import parse_time
from tests.subscribers.conftest import Site

Make = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    def make(text: str | bytes, charset: str = "utf-8") -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(charset))
        return path

    return make


def read(path: Path) -> list[Line]:
    return list(lines(interpret(open_csv(path))))


# ---------------------------------------------------------------------------- reading

HEBREW = "כתובת דוא״ל;שם;תאריך הרשמה\nדנה@דואר.ישראל;דנה לוי;3/4/2024\nron@x.example;רון כהן;5/6/2024\n"
FRENCH = "Adresse e-mail;Prénom;Nom;Date d'inscription\nrene@x.example;René;Lefèvre;03/04/2024\n"


@pytest.mark.parametrize(
    ("text", "charset", "name"),
    [
        (FRENCH, "utf-8", "René Lefèvre"),
        (FRENCH, "utf-8-sig", "René Lefèvre"),
        (FRENCH, "cp1252", "René Lefèvre"),
        (FRENCH, "mac-roman", "René Lefèvre"),
        (FRENCH, "utf-16", "René Lefèvre"),
        (FRENCH, "utf-16-le", "René Lefèvre"),
        (FRENCH, "utf-16-be", "René Lefèvre"),
        (HEBREW.replace("״", '"').replace("דנה@דואר.ישראל", "dana@x.example").replace('דוא"ל', "אימייל"), "cp1255", "דנה לוי"),
        ("почта;имя\nivan@x.example;Иван\n", "cp1251", "Иван"),
    ],
)  # fmt: skip
def test_the_charset_is_found_out(made: Make, text: str, charset: str, name: str) -> None:
    assert read(made(text, charset))[0].entry.name == name


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(made: Make, delimiter: str) -> None:
    rows = [
        ["email", "name", "note"],
        ["a@x.example", "A, the first; of | many", "x"],
        ["b@x.example", "B", "y"],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    assert [line.entry.name for line in read(made(text.getvalue()))] == ["A, the first; of | many", "B"]


@pytest.mark.parametrize(
    "text",
    [
        "email\na@x.example\nb@x.example\n",
        "a@x.example\nb@x.example\n",  # no header
        "sep=;\nemail;name\na@x.example;A\nb@x.example;B\n",  # Excel's own line
        "My list of readers\nemail,name\na@x.example,A\nb@x.example,B\n",  # a title above
        "\n\nemail,name\na@x.example,A\n\n\nb@x.example,B\n",  # blank lines
        "email,name\nemail,name\na@x.example,A\nb@x.example,B\n",  # two header lines
        "Whatever,Kontakt\nx,a@x.example\ny,b@x.example\n",  # only the cells tell
        'email,name\n"A" <a@x.example>,A\nmailto:b@x.example,B\n',
    ],
)
def test_a_header_is_found_wherever_it_is(made: Make, text: str) -> None:
    assert [line.entry.address for line in read(made(text))] == ["a@x.example", "b@x.example"]


def test_each_row_has_its_verdict(made: Make) -> None:
    text = "email,name\na@x.example,A\nA@X.example,again\n,nobody\nno address,B\n"
    assert [line.verdict for line in read(made(text))] == ["valid", "duplicate", "empty", "invalid"]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 0, "empty"),
        ("name,city\nAda,London\n", 0, "No column holds mail addresses"),
        ('email,name\na@x.example,"A\nb@x.example,B\n', 2, "never closes"),
        ('email,name\na@x.example,"A" the great\nb@x.example,"B\nc@x.example,C\n', 3, "never closes"),
        (b"\xff\xfeemail\na@x.example\n\x00\xd8\x00\x00", 0, "not utf-16"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_where_and_what_to_do(
    made: Make, text: str | bytes, line: int, what: str
) -> None:
    with pytest.raises(CsvError, match=what) as told:
        read(made(text))
    assert told.value.line == line
    assert told.value.do


def test_a_stray_quotation_mark_inside_a_field_is_read_as_it_stands(made: Make) -> None:
    found = read(made('email,name\na@x.example,"A" the great\nb@x.example,6" tall\n'))
    assert [line.entry.name for line in found] == ["A the great", '6" tall']


@pytest.mark.parametrize(
    ("header", "row", "provider", "status"),
    [
        (
            "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,UNSUB_TIME",
            "a@x.example,A,2,2020-01-02 03:04:05,2021-01-01 00:00:00",
            "mailchimp",
            ImportStatus.UNSUBSCRIBED,
        ),
        (
            "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CLEAN_TIME",
            "a@x.example,A,2,,2021-01-01 00:00:00",
            "mailchimp",
            ImportStatus.BOUNCED,
        ),
        (
            "email,active_subscription,expiry,email_disabled",
            "a@x.example,true,,true",
            "substack",
            ImportStatus.UNSUBSCRIBED,
        ),
        (
            "email,status,tier,created_at",
            "a@x.example,inactive,free,2020-01-02 03:04:05 UTC",
            "beehiiv",
            ImportStatus.UNSUBSCRIBED,
        ),
        (
            "id,email,name,subscribed_to_emails,deleted_at",
            "1,a@x.example,A,true,2020-01-02T03:04:05.000Z",
            "ghost",
            ImportStatus.DELETED,
        ),
        (
            "uuid,email,name,attributes,status",
            'u,a@x.example,A,"{""a"": 1}",blocklisted',
            "listmonk",
            ImportStatus.SUPPRESSED,
        ),
        (
            "EMAIL,FIRSTNAME,LASTNAME,SMS,EMAIL_BLACKLISTED",
            "a@x.example,A,B,,Yes",
            "brevo",
            ImportStatus.UNSUBSCRIBED,
        ),
        (
            "first_name,email,created_at,status",
            "A,a@x.example,2020-01-02T03:04:05Z,complained",
            "kit",
            ImportStatus.COMPLAINED,
        ),
        (
            "first_name,email,created_at,status",
            "A,a@x.example,2020-01-02T03:04:05Z,inactive",
            "kit",
            ImportStatus.PENDING,
        ),
        ("E-Mail,Name,Status", "a@x.example,A,Unsubscribed", "plain", ImportStatus.UNSUBSCRIBED),
        ("E-Mail,Name,confirmed", "a@x.example,A,no", "plain", ImportStatus.PENDING),
    ],
)
def test_each_systems_export_is_known_by_its_columns(
    made: Make, header: str, row: str, provider: str, status: ImportStatus
) -> None:
    reading = interpret(open_csv(made(f"{header}\n{row}\n")))
    assert reading.provider == provider
    (line,) = lines(reading)
    assert (line.entry.status, line.verdict) == (status, "valid")


@pytest.mark.parametrize("name", providers.names())
def test_a_provider_is_recognised_by_each_of_its_marks(name: str) -> None:
    for marks in providers.load(name).marks:
        assert providers.recognize(marks) == name or name == "plain"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-04 09:12:31", datetime(2024, 3, 4, 9, 12, 31, tzinfo=UTC)),
        ("2024-03-04T09:12:31.250+02:00", datetime(2024, 3, 4, 7, 12, 31, 250000, tzinfo=UTC)),
        ("2024-03-04 09:12:31 UTC", datetime(2024, 3, 4, 9, 12, 31, tzinfo=UTC)),
        ("2024-03-04 09:12:31 +0200", datetime(2024, 3, 4, 7, 12, 31, tzinfo=UTC)),
        ("2024-03-04 9:12 AM", datetime(2024, 3, 4, 9, 12, tzinfo=UTC)),
        ("04-03-2024 09:12", datetime(2024, 3, 4, 9, 12, tzinfo=UTC)),
        ("4/3/2024", datetime(2024, 3, 4, tzinfo=UTC)),
        ("4.3.24 9:12 PM", datetime(2024, 3, 4, 21, 12, tzinfo=UTC)),
        ("04.03.98", datetime(1998, 3, 4, tzinfo=UTC)),
        ("2024/03/04 09:12:31", datetime(2024, 3, 4, 9, 12, 31, tzinfo=UTC)),
        ("2024年3月4日", datetime(2024, 3, 4, tzinfo=UTC)),
        ("20240304", datetime(2024, 3, 4, tzinfo=UTC)),
        ("45355.5", datetime(2024, 3, 4, 12, tzinfo=UTC)),
        ("4 mars 2024", datetime(2024, 3, 4, tzinfo=UTC)),
        ("4. März 2024 um 9:12", datetime(2024, 3, 4, 9, 12, tzinfo=UTC)),
        ("lundi 4 mars 2024", datetime(2024, 3, 4, tzinfo=UTC)),
        ("4 de marzo de 2024", datetime(2024, 3, 4, tzinfo=UTC)),
        ("04-Mar-2024", datetime(2024, 3, 4, tzinfo=UTC)),
        ("March 4th, 2024 9:12 PM", datetime(2024, 3, 4, 21, 12, tzinfo=UTC)),
        ("Mon, 04 Mar 2024 09:12:31 +0200", datetime(2024, 3, 4, 7, 12, 31, tzinfo=UTC)),
        (
            "Mon Mar 04 2024 09:12:31 GMT+0000 (Coordinated Universal Time)",
            datetime(2024, 3, 4, 9, 12, 31, tzinfo=UTC),
        ),
        ("3/25/2024", None),  # the file says elsewhere that its days come first
        ("2024-13-45", None),
        ("1970-01-01 00:00:00", None),
        ("4 mars", None),
        ("4 mars 2024 xyz uvw", None),
        ("Mar 4, 2024", datetime(2024, 3, 4, tzinfo=UTC)),
        ("1709543551", datetime(2024, 3, 4, 9, 12, 31, tzinfo=UTC)),
        ("0000-00-00 00:00:00", None),
        ("31-31-2024", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_read_as_they_are_written(text: str, moment: datetime | None) -> None:
    assert parse_time(text) == moment


def test_a_month_stands_first_where_the_file_says_so() -> None:
    assert parse_time("3/4/2024", month_first=True) == datetime(2024, 3, 4, tzinfo=UTC)
    assert parse_time("3/25/2024 9:12 PM", month_first=True) == datetime(2024, 3, 25, 21, 12, tzinfo=UTC)
    assert parse_time("25/4/2024", month_first=True) is None


def test_a_cell_that_says_nothing_leaves_it_to_the_next() -> None:
    assert cell(["0000-00-00 00:00:00", "NULL", " 2024 "], (0, 1, 2, 7)) == "2024"
    assert cell(["-", ""], (0, 1, 7)) == ""


def test_columns_put_a_name_in_one_line() -> None:
    found = Columns({"address": (0,), "name": (1,)}, ())
    assert found.entry(["a@x.example", "Ada\x00\nLovelace"]).name == "Ada Lovelace"


@pytest.mark.parametrize(
    "text",
    [
        "a@x.example", "mailto:a@x.example", "Ada <a@x.example>", "<mailto:a@x.example>", "a@x.example (Ada)", "a@x.example,",
        '"a@x.example"', "'a@x.example'", '="a@x.example"', "\u200ba@x.example\u00a0", '"Lovelace, Ada" <a@x.example>;',
    ],
)  # fmt: skip
def test_columns_give_the_address_bare(text: str) -> None:
    assert Columns({"address": (0,)}, ()).entry([text]).address == "a@x.example"


def test_columns_do_not_look_for_an_address_in_a_cell_of_a_thousand_letters() -> None:
    long = f"<{'a' * 1_000}@x.example>"
    assert Columns({"address": (0,)}, ()).entry([long]).address == long


@given(st.text(max_size=40))
def test_no_cell_breaks_the_reading_of_times_and_tags(text: str) -> None:
    assert parse_time(text) is None or parse_time(text).tzinfo is not None  # type: ignore[union-attr]
    assert all(tags(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"VIP","Blog"', {"VIP", "Blog"}),
        ("vip, denver", {"vip", "denver"}),
        ("", set()),
        ("[a;b]", {"a", "b"}),
    ],
)
def test_tags_are_a_list_in_a_cell(text: str, found: set[str]) -> None:
    assert set(tags(text)) == found


# ---------------------------------------------------------------------------- importing


def brought(site: Site, path: Path, **more: object) -> ImportReport:
    task = ImportTask(
        path=path, newsletter="daily", source="the old system", keys=site.links.keys, now=site.now, **more
    )  # type: ignore[arg-type]
    return import_list(task, site.database.write)


def states(site: Site) -> dict[str, str]:
    with site.database.read() as connection:
        return {
            reader.address: str(wish.state)
            for reader, wish in people.iterate_subscriptions(connection, newsletter="daily")
        }


LIST = """email,name,status,created_at
new@x.example,New Reader,subscribed,2020-01-02 03:04:05
left@x.example,Left Before,subscribed,2020-01-02 03:04:05
active@x.example,Active,subscribed,2020-01-02 03:04:05
pending@x.example,Pending,subscribed,2020-01-02 03:04:05
dead@x.example,Dead,subscribed,2020-01-02 03:04:05
erased@x.example,Erased,subscribed,2020-01-02 03:04:05
leaves@x.example,Leaves,unsubscribed,2020-01-02 03:04:05
left-there@x.example,Left There,unsubscribed,2020-01-02 03:04:05
bounced@x.example,Bounced,bounced,2020-01-02 03:04:05
asked@x.example,Asked,unconfirmed,2020-01-02 03:04:05
gone@x.example,Gone,deleted,2020-01-02 03:04:05
NEW@x.example,Again,subscribed,2020-01-02 03:04:05
no address,Nobody,subscribed,2020-01-02 03:04:05
"""


def known_readers(site: Site) -> None:
    with site.database.write() as connection:
        from subscribers.store.erasure import erase_person
        from subscribers.store.signup import SignUp, sign_up
        from tests.subscribers.conftest import good

        sign_up(
            connection,
            site.links.keys,
            SignUp(good("pending@x.example"), "daily"),
            Evidence(site.now, "form"),
        )
    left, dead, erased = (site.reader(f"{name}@x.example") for name in ("left", "dead", "erased"))
    site.reader("active@x.example")
    site.reader("leaves@x.example")
    with site.database.write() as connection:
        transition(connection, left, "daily", Act.END, Evidence(site.now, "one-click"))
        suppress(connection, reason="bounce", at=site.now, subscriber_id=dead)
        erase_person(connection, erased, site.links.keys, site.now)


def test_an_import_adds_the_new_lowers_and_never_raises(site: Site, made: Make, tmp_path: Path) -> None:
    known_readers(site)
    done = brought(site, made(LIST), rejected=tmp_path / "rejected.csv")
    assert dict(done.counts) == {
        "added": 1, "already": 1, "never: ended here": 1, "never: pending here": 1, "never: suppressed": 1,
        "never: erased": 1, "lowered": 3, "suppressed": 1, "skipped: not confirmed there": 1,
        "skipped: twice in the file": 1, "rejected: invalid": 1,
    }  # fmt: skip
    assert states(site) == {
        "new@x.example": "active", "left@x.example": "ended", "active@x.example": "active",
        "pending@x.example": "pending", "dead@x.example": "active", "leaves@x.example": "ended",
        "left-there@x.example": "ended", "gone@x.example": "ended",
    }  # fmt: skip
    with site.database.read() as connection:
        new = people.subscriber_by_key(connection, "new@x.example")
        assert new is not None
        assert new.created_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
        (entry,) = consents.consent_history(connection, new.id)
        assert (entry.act, entry.state, entry.source) == ("import", "active", "import 1: the old system")
        (row,) = connection.execute(select(imports)).all()
        assert (row.provider, row.counts["added"], row.finished_at) == ("plain", 1, site.now)
    rejected = list(csv.reader((tmp_path / "rejected.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rejected[0][:3] == ["line", "reason", "email"]
    assert {row[2]: row[1] for row in rejected[1:]}["left@x.example"] == "never: ended here"


def test_a_dry_run_says_the_same_and_changes_nothing(site: Site, made: Make) -> None:
    known_readers(site)
    before = states(site)
    told = brought(site, made(LIST), dry_run=True)
    assert states(site) == before
    with site.database.read() as connection:
        assert connection.execute(select(imports)).all() == []
        assert len(connection.execute(select(suppressions)).all()) == 2
    assert told.counts == brought(site, made(LIST)).counts
    assert told.samples["added"] == ["new@x.example"]


def test_the_same_file_again_adds_nobody(site: Site, made: Make) -> None:
    brought(site, made(LIST))
    again = brought(site, made(LIST))
    assert again.counts["added"] == again.counts["lowered"] == 0


def test_a_list_of_suppressions_keeps_only_hashes_and_stops_who_is_here(site: Site, made: Make) -> None:
    site.reader("here@x.example")
    done = brought(site, made("email\nhere@x.example\nstranger@x.example\n"), everyone=Reason.IMPORT)
    assert dict(done.counts) == {"suppressed": 2}
    with site.database.read() as connection:
        assert people.subscriber_by_key(connection, "stranger@x.example") is None
    assert brought(site, made("email\nstranger@x.example\nhere@x.example\n")).counts == {"never: import": 2}


def test_blocks_are_stored_one_after_the_other(
    site: Site, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscribers.transfer.blocks.BLOCK", 7)
    told: list[tuple[int, int]] = []
    path = made("email\n" + "".join(f"r{number}@x.example\n" for number in range(20)))
    task = ImportTask(path=path, newsletter="daily", source="x", keys=site.links.keys, now=site.now)
    done = import_list(task, site.database.write, progress=lambda rows, of: told.append((rows, of)))
    assert (done.rows, done.counts["added"], told) == (20, 20, [(7, 21), (14, 21), (20, 21)])


def test_a_long_list_is_read_by_a_process_of_its_own_and_comes_in_the_same(
    site: Site, made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_readers(site)
    monkeypatch.setattr(blocks, "ALONE", 2)
    monkeypatch.setattr(blocks, "BLOCK", 5)
    done = brought(site, made(LIST), rejected=tmp_path / "rejected.csv")
    assert (done.rows, done.counts["added"], done.counts["never: ended here"]) == (13, 1, 1)
    assert states(site)["new@x.example"] == "active"
    rejected = list(csv.reader((tmp_path / "rejected.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row[2]: row[3] for row in rejected[1:]}["left@x.example"] == "Left Before"


def test_a_reading_that_dies_is_said_and_the_same_import_finishes_it(
    site: Site, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made("email\n" + "".join(f"r{number}@x.example\n" for number in range(5000)))
    monkeypatch.setattr(blocks, "ALONE", 2)
    monkeypatch.setattr(blocks, "BLOCK", 50)
    started: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*args: Any, **how: Any) -> "subprocess.Popen[bytes]":
        started.append(begin(*args, **how))
        return started[-1]

    def kill(rows: int, of: int) -> None:
        started[0].kill()

    monkeypatch.setattr(subprocess, "Popen", noted)
    task = ImportTask(path=path, newsletter="daily", source="x", keys=site.links.keys, now=site.now)
    with pytest.raises(CsvError, match="Import it once more"):
        import_list(task, site.database.write, progress=kill)
    stored = len(states(site))
    assert 0 < stored < 5000
    assert import_list(task, site.database.write).counts == {"already": stored, "added": 5000 - stored}


def test_who_signs_up_while_a_block_is_stored_keeps_their_id(
    site: Site, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL somebody may come in between the question and the storing: here the question hears of none."""
    here = site.reader("r1@x.example", newsletter="boker")
    monkeypatch.setattr(staging, "known", lambda connection, newsletter: {})
    brought(site, made("email\nr0@x.example\nr1@x.example\nr2@x.example\n"))
    with site.database.read() as connection:
        wish = people.find_subscription(connection, here, "daily")
        assert wish is not None
        assert len(consents.consent_history(connection, here)) == 2
    assert states(site) == {f"r{number}@x.example": "active" for number in range(3)}


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9), max_size=200))
def test_what_was_seen_is_known_as_a_set_knows_it(numbers: list[int]) -> None:
    seen, known = SeenAddresses(len(numbers)), set[int]()
    for number in (number or 1 for number in numbers):
        assert seen.before(number) == (number in known)
        known.add(number)


def test_a_full_memory_of_what_was_seen_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscribers.transfer.reading._MOST_SLOTS", 4)
    seen = SeenAddresses(1_000_000)
    assert [seen.before(number) for number in (*range(1, 13), 12, 1)] == [False] * 14


def test_an_unreadable_file_changes_nothing(site: Site, made: Make) -> None:
    with pytest.raises(CsvError):
        brought(site, made("email,name\n" + "a@x.example,A\n" * 50 + 'b@x.example,"B\n'))
    assert states(site) == {}


# ---------------------------------------------------------------------------- exporting


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_an_export_is_a_formula(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


def test_an_export_comes_back_in_as_it_was(site: Site, made: Make) -> None:
    site.reader("=cmd@x.example", name="=HYPERLINK(1)")
    site.reader("ada@x.example", name='Ada, "the" first', sections="city")
    file = io.StringIO(newline="")
    with site.database.read() as connection:
        assert export_csv(connection, file, newsletter="daily") == 2
        assert export_csv(connection, io.StringIO(), state=State.ENDED) == 0
    found = read(made(file.getvalue()))
    assert [line.entry.address for line in found] == ["=cmd@x.example", "ada@x.example"]
    assert found[1].entry.name == 'Ada, "the" first'
    assert found[0].cells[1] == "'=HYPERLINK(1)"


def test_one_persons_data_is_all_there_and_is_json(site: Site) -> None:
    reader = site.reader(name="Ada", sections="city")
    with site.database.read() as connection:
        found = export_person(connection, reader)
        assert export_person(connection, 4711) is None
    assert found is not None
    assert json.loads(json.dumps(found))["subscriptions"][0]["sections"] == ["city"]
    assert found["history"][0]["source"] == "a test"


def test_a_file_of_thousands_of_columns_is_no_list_and_is_told_in_a_line(tmp_path: Path) -> None:
    wide, many = tmp_path / "wide.csv", tmp_path / "many.csv"
    wide.write_text("ada@example.org" + ",x" * 30_000 + "\n", encoding="utf-8")
    many.write_text(",".join(f"{'long ' * 40}{number}" for number in range(900)) + "\nx\n", encoding="utf-8")
    with pytest.raises(CsvError, match=r"has 30,001 columns, and may have 1,000"):
        interpret(open_csv(wide))
    with pytest.raises(CsvError, match="No column holds mail addresses") as told:
        interpret(open_csv(many))
    assert "and 870 more" in str(told.value)
    assert len(str(told.value)) < 3_000
