"""What a list says of its readers: whoever is said to have said no, in whatever words, becomes no active reader."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers.model import State
from subscribers.transfer import providers
from subscribers.transfer.columns import Columns
from subscribers.transfer.csv_file import CsvError, open_csv
from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.headings import Kind, role
from subscribers.transfer.phrases import STATUS, meaning, normalized
from subscribers.transfer.reading import FIELDS, Line, interpret, lines
from subscribers.transfer.vocabulary import LANGUAGES, Sense

Make = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    def make(text: str | bytes, charset: str = "utf-8", name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(charset))
        return path

    return make


def read(path: Path, mapping: dict[str, str] | None = None, **statuses: ImportStatus) -> list[Line]:
    return list(lines(interpret(open_csv(path), mapping, statuses)))


def standing(path: Path, mapping: dict[str, str] | None = None, **statuses: ImportStatus) -> dict[str, str]:
    """Return the status of each good row by the local part of its address."""
    return {
        line.entry.address.split("@")[0].lower(): str(line.entry.status)
        for line in read(path, mapping, **statuses)
        if line.verdict == "valid"
    }


# ---------------------------------------------------------------------------- words

WORDS = {
    ImportStatus.SUBSCRIBED: "subscribed|Active|Abonné(e)|aktiv|Confirmed|Suscrito|Iscritto|Ingeschreven|подписан|פעיל|購読中|"
    "Subscribed (double opt-in)|tilaaja|Yes|true|ja|angemeldet|Aktywny",
    ImportStatus.UNSUBSCRIBED: "unsub|Unsubscribed|Abgemeldet|paused|No|false|0|inactive|Opt-Out|opted_out|Ausgetragen|Désabonné|"
    "cancelado|Uitgeschreven|отписался|nicht aktiv|not subscribed|No longer subscribed|Non-Subscribed|NEVER_SUBSCRIBED|已取消订阅用户|"
    "avregistrerad|Afmeldt|peruttu|Wypisany|odhlášen|Leiratkozott|dezabonat|Abonelikten Çıktı|הוסר|退订|購読解除|구독취소|"
    "unsubscribed 2024-01-02|Unsubscribed by admin|No mail|désinscrite|FALSCH|faux",
    ImportStatus.SUPPRESSED: "Do Not Contact|blocked|gesperrt|blocklisted|BLACKLISTED|do-not-mail|liste noire|suppressed|חסום|"
    "Active - do not contact|заблокирован",
    ImportStatus.BOUNCED: "bounced|Hard Bounce (invalid)|cleaned|unzustellbar|unreachable|rebotado|Invalid e-mail address|недоставлено",
    ImportStatus.COMPLAINED: "spam complaint|Marked as Spam|complained|Beschwerde|plainte|жалоба",
    ImportStatus.PENDING: "pending|unconfirmed|Not confirmed|non confirmé|unbestätigt|ausstehend|ikke bekreftet|pendiente|"
    "niepotwierdzony|ממתין לאישור|未確認|in attesa di conferma",
    ImportStatus.DELETED: "deleted|gelöscht|supprimé|удалён",
    ImportStatus.UNKNOWN: "banana|VIP|soft bounce|1|maybe|Customer|subscribed to nothing|not unsubscribed|x|7|???|訂閱者資料",
}


@pytest.mark.parametrize(
    ("word", "status"), [(word, status) for status, words in WORDS.items() for word in words.split("|")]
)
def test_a_word_of_a_status_is_what_it_says_and_no_yes_if_it_says_nothing(
    made: Make, word: str, status: ImportStatus
) -> None:
    path = made(f'email,Status\na@x.example,"{word}"\nb@x.example,active\n')
    assert standing(path)["a"] == status


def test_a_column_of_many_different_words_is_read_to_its_end(
    made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscribers.transfer.columns._MEMORY", 2)
    rows = "".join(f"r{number}@x.example,unsubscribed {number}\n" for number in range(9))
    assert set(standing(made(f"email,status\n{rows}")).values()) == {"unsubscribed"}


def test_rows_of_another_newsletter_go_nowhere_even_where_they_say_less(made: Make) -> None:
    head = "email,newsletter,status,paused_until,suppressed"
    path = made(f"{head}\na@x.example,weekly,ended,,\na@x.example,daily,active,,\n")
    found = list(lines(interpret(open_csv(path)), newsletter="daily"))
    assert [(line.verdict, str(line.entry.status)) for line in found] == [
        ("other", "unsubscribed"),
        ("valid", "subscribed"),
    ]


def test_words_for_every_meaning_in_fourteen_languages_and_more() -> None:
    meanings = {Sense.YES, Sense.PENDING, Sense.NO, Sense.BOUNCE, Sense.NEVER}
    assert sum(meanings <= set(words) for words in LANGUAGES.values()) >= 14
    for language, words in LANGUAGES.items():
        for sense, texts in words.items():
            for text in texts.split("|"):
                found = meaning(text)
                assert found is not None, (language, text)
                yes = {Sense.YES, Sense.CONFIRMED}
                assert found in yes or sense not in yes or found is not sense
                if sense not in yes:
                    assert found not in yes, (language, text, found)


@pytest.mark.parametrize(
    ("heading", "kind", "status"),
    [
        ("Opt-Out", Kind.BAD, ImportStatus.UNSUBSCRIBED),
        ("hasOptedOutOfEmail", Kind.BAD, ImportStatus.UNSUBSCRIBED),
        ("Unsubscribed from all email", Kind.BAD, ImportStatus.UNSUBSCRIBED),
        ("Kein Newsletter", Kind.BAD, ImportStatus.UNSUBSCRIBED),
        ("Désabonné", Kind.BAD, ImportStatus.UNSUBSCRIBED),
        ("Do Not Contact", Kind.BAD, ImportStatus.SUPPRESSED),
        ("Is this subscriber blacklisted", Kind.BAD, ImportStatus.SUPPRESSED),
        ("bounced", Kind.BAD, ImportStatus.BOUNCED),
        ("Spam", Kind.BAD, ImportStatus.COMPLAINED),
        ("isActive", Kind.GOOD, ImportStatus.UNSUBSCRIBED),
        ("Suscrito", Kind.GOOD, ImportStatus.UNSUBSCRIBED),
        ("confirmed", Kind.GOOD, ImportStatus.PENDING),
        ("Newsletter", Kind.OPT_IN, ImportStatus.UNSUBSCRIBED),
        ("Email Marketing Consent", Kind.OPT_IN, ImportStatus.UNSUBSCRIBED),
        ("unsubscribed_at", Kind.WHEN, ImportStatus.UNSUBSCRIBED),
        ("UNSUB_REASON", Kind.WHEN, ImportStatus.UNSUBSCRIBED),
        ("Abmeldedatum", Kind.WHEN, ImportStatus.UNSUBSCRIBED),
        ("Fecha de baja", Kind.WHEN, ImportStatus.UNSUBSCRIBED),
        ("Дата отписки", Kind.WHEN, ImportStatus.UNSUBSCRIBED),
        ("CLEAN_TIME", Kind.WHEN, ImportStatus.BOUNCED),
        ("Email hard bounce reason", Kind.WHEN, ImportStatus.BOUNCED),
        ("Bounce type", Kind.BOUNCE, ImportStatus.BOUNCED),
        ("E-Mail-Status", Kind.STATE, ImportStatus.UNSUBSCRIBED),
        ("Statut d'abonnement", Kind.STATE, ImportStatus.UNSUBSCRIBED),
        ("Anmeldestatus", Kind.STATE, ImportStatus.UNSUBSCRIBED),
        ("SMS_BLACKLISTED", Kind.NOTHING, ImportStatus.UNSUBSCRIBED),
        ("Unsubscribe link", Kind.NOTHING, ImportStatus.UNSUBSCRIBED),
        ("Number of bounces", Kind.NOTHING, ImportStatus.UNSUBSCRIBED),
        ("active_subscription", Kind.NOTHING, ImportStatus.UNSUBSCRIBED),
        ("Lead Status", Kind.NOTHING, ImportStatus.UNSUBSCRIBED),
    ],
)
def test_a_heading_has_its_sense(heading: str, kind: Kind, status: ImportStatus) -> None:
    found = role(heading)
    assert found is not None
    assert found.kind is kind
    assert kind is Kind.NOTHING or found.status is status


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("email,Opt-Out\na@x.example,\nb@x.example,x\nc@x.example,wahr\nd@x.example,0\ne@x.example,2024-01-02\n", "aU U:b c e"),
        ("email;Opt-In;Aktiv\na@x.example;ja;1\nb@x.example;nein;1\nc@x.example;;1\nd@x.example;oui;0\n", "U:b d ?:c"),
        ("email,confirmed,blacklisted\na@x.example,1,0\nb@x.example,0,0\nc@x.example,1,1\n", "P:b S:c"),
        ("email,Bounce type\na@x.example,\nb@x.example,Hard\nc@x.example,soft\nd@x.example,odd\n", "B:b ?:c d"),
        ("email,unsubscribed_at\na@x.example,0000-00-00 00:00:00\nb@x.example,2024-01-02\nc@x.example,0\n", "U:b"),
        ("email,status\na@x.example,active\nb@x.example,\n", "?:b"),
        ("email,status\na@x.example,\nb@x.example,\n", ""),  # a column that nobody filled tells nothing
        ("email,List status,Global status\na@x.example,Subscribed,Subscribed\nb@x.example,Subscribed,Bounced\n", "B:b"),
        ("a@x.example,active\nb@x.example,unsubscribed\nc@x.example,inactive\n", "U:b c"),  # no header
        ("email,Daily,Weekly\na@x.example,Subscribed,Subscribed\nb@x.example,Subscribed,Unsubscribed\n", "U:b"),
        ("email,Tags\na@x.example,vip\nb@x.example,\"vip, unsubscribed\"\n", "U:b"),
        ("email,note\na@x.example,likes boats\nb@x.example,unsubscribed\n", "U:b"),
        ("email,State\na@x.example,TX\nb@x.example,OR\n", ""),  # a federal state
        ("email,Newsletter\na@x.example,Daily\nb@x.example,Weekly\n", ""),  # not a question
        ("email,Newsletter\na@x.example,ja\nb@x.example,nein\nc@x.example,\n", "U:b ?:c"),
        ("email,First name,Last name\na@x.example,Active,No\n", ""),  # people are called so
        ("email,Accepts Email Marketing,Accepts SMS Marketing\na@x.example,yes,no\nb@x.example,no,yes\n", "U:b"),
        ("email,unsubscribe_url\na@x.example,https://x.example/u/1\n", ""),
        ("メールアドレス,ステータス\na@x.example,購読中\nb@x.example,配信停止\n", "U:b"),
        ("Почта;Статус;Дата отписки\na@x.example;активен;\nb@x.example;активен;05.05.2024\n", "U:b"),
        ("email,subscribed\na@x.example,TRUE\nb@x.example,FALSE\nc@x.example,unsubscribed\n", "U:b c"),
    ],
)  # fmt: skip
def test_columns_are_read_by_their_sense(made: Make, text: str, expected: str) -> None:
    names = {"U": "unsubscribed", "P": "pending", "S": "suppressed", "B": "bounced", "?": "unknown"}
    wanted, status = {}, ""
    for word in expected.split():
        mark, _, who = word.rpartition(":")
        status = names.get(mark, status)
        if who != "aU":
            wanted[who] = status
    found = standing(made(text))
    assert {who: is_so for who, is_so in found.items() if is_so != "subscribed"} == wanted


EXPORTS = {
    "beehiiv": "email,status,tier,created_at\n{a},active,free,2020-01-02\n{n},inactive,free,2020-01-02\n{s},needs_attention,free,2020-01-02",
    "keila": "Email,First name,Last name,Data,Status,External ID\n{a},A,,,active,\n{n},A,,,unsubscribed,\n{s},A,,,unreachable,",
    "phplist": "email,confirmed,blacklisted,optedin,bouncecount,entered,uniqid,htmlemail\n{a},1,0,0,0,2020-01-02 03:04:05,x,1\n"
    "{p},0,0,0,0,2020-01-02 03:04:05,x,1\n{s},1,1,0,0,2020-01-02 03:04:05,x,1",
    "mailpoet": "Email,First name,List status,Global status,List\n{a},A,Subscribed,Subscribed,N\n{n},A,Unsubscribed,Subscribed,N\n"
    "{s},A,Subscribed,Bounced,N\n{p},A,Unconfirmed,Unconfirmed,N",
    "googlegroups": "Members for group n\nEmail address,Nickname,Group status,Email status,Email preference,Posting permissions\n"
    "{a},A,member,,Each email,allowed\n{n},A,member,,No email,allowed\n{s},A,member,bouncing,Digest,allowed",
    "klaviyo": "Email,Email Marketing Consent,Email Suppressions,SMS Marketing Consent\n{a},SUBSCRIBED,[],NEVER_SUBSCRIBED\n"
    "{n},NEVER_SUBSCRIBED,[],\n{s},SUBSCRIBED,HARD_BOUNCE,",
    "hubspot": "Record ID,Email,Lifecycle Stage,Lead Status,Unsubscribed from all email,Opted out of email: N\n1,{a},lead,New,No,\n"
    "2,{n},lead,New,Yes,\n3,{n2},lead,New,,true",
    "mautic": "id,isPublished,email,points,stage,doNotContact\n1,1,{a},0,,0\n2,1,{s},0,,1",
    "cleverreach": "email;registered;activated;deactivated;source\n{a};1580000000;1580000100;0;f\n{n};1580000000;1580000100;1590000000;f\n"
    "{p};1580000000;0;0;f",
    "mailjet": "email,IsExcludedFromCampaigns,IsUnsubscribed\n{a},false,false\n{n},true,false\n{n2},false,true",
    "constantcontact": "Email address,Email status,Email permission status,Email Lists,Confirmed Opt-Out Date\n{a},Active,Implied,G,\n"
    "{n},Unsubscribed,Unsubscribed,,2021-01-01\n{p},,Awaiting confirmation,G,",
    "sendy": "Name,Email,Status,Last activity\nA,{a},Active,\nA,{n},Unsubscribed,\nA,{s},Marked as spam,\nA,{p},Unconfirmed,",
    "aweber": "Email,Name,Ad Tracking,Stop Time,Stop Status\n{a},A,w,,\n{n},A,w,02/01/2021,Unsubscribed",
    "sympa": "email;gecos;reception\n{a};A;mail\n{n};A;nomail",
    "mailman": "address,display_name,delivery_mode,delivery_status\n{a},A,regular,enabled\n{n},A,regular,by_user\n{s},A,regular,by_bounces",
    "rapidmail": "email;mailtype;status\n{a};html;active\n{n};html;abgemeldet\n{s};html;gebounct\n{p};html;neu",
    "mailerlite": "Subscriber,Status,Subscribed\n{a},active,2020-01-02\n{n},unsubscribed,2020-01-02\n{s},junk,2020-01-02",
    "campaignmonitor": "Email Address,Name,Date Subscribed,Date Unsubscribed\n{a},A,2020-01-02,\n{n},A,2020-01-02,2021-01-02",
    "activecampaign": "Email,Date Created,Status,IP\n{a},2020-01-02 03:04:05,Active,\n{n},2020-01-02 03:04:05,Unsubscribed,\n"
    "{p},2020-01-02 03:04:05,Unconfirmed,",
    "getresponse": "email,name,origin,created_on,status\n{a},A,www,2020-01-02,subscribed\n{n},A,www,2020-01-02,removed",
    "brevo": "EMAIL;SMS_BLACKLISTED;EMAIL_BLACKLISTED;ADDED_TIME\n{a};Yes;No;12-04-2022 09:30\n{n};No;Yes;12-04-2022 09:30",
}  # fmt: skip


@pytest.mark.parametrize("provider", EXPORTS)
def test_each_system_says_who_wants_mail_in_its_own_way(made: Make, provider: str) -> None:
    names = {who: f"{who}@x.example" for who in ("a", "n", "n2", "s", "p")}
    path = made(EXPORTS[provider].format(**names) + "\n")
    assert interpret(open_csv(path)).provider == provider
    allowed = {
        "a": {"subscribed"},
        "n": {"unsubscribed"},
        "s": {"bounced", "complained", "suppressed"},
        "p": {"pending"},
    }
    for who, status in standing(path).items():
        assert status in allowed[who[0]], (who, status)


def test_a_provider_names_only_what_there_is() -> None:
    for name in providers.names():
        found = providers.load(name)
        assert all(normalized(word) == word for word in (*found.words, *found.roles)), name


# ---------------------------------------------------------------------------- addresses


def test_a_line_for_each_reader_as_list_servers_write_them(made: Make) -> None:
    text = '# members of the list\nAnne B <a@x.example>\nb@x.example\n"Doe, John" <c@x.example>\nDoe, Jane <d@x.example>\ne@x.example (E)\n'
    found = [(line.entry.address, line.entry.name) for line in read(made(text, name="members.txt"))]
    assert found == [
        ("a@x.example", "Anne B"), ("b@x.example", ""), ("c@x.example", "Doe, John"), ("d@x.example", "Doe, Jane"),
        ("e@x.example", "E"),
    ]  # fmt: skip


def test_a_column_of_addresses_is_known_by_its_heading_where_none_is_good(made: Make) -> None:
    for heading in ("Email", "E-Mail des Lesers"):
        (line,) = read(made(f"Name,{heading}\nAda,nobody\n"))
        assert (line.verdict, line.entry.address) == ("invalid", "nobody")


def test_two_addresses_in_a_cell_are_refused_and_said(made: Make) -> None:
    (one, two) = read(made('email\n"a@x.example; b@x.example"\nc@x.example\n'))
    assert (one.verdict, one.why) == ("invalid", "two addresses in one cell: give each a row")
    assert two.verdict == "valid"


def test_two_columns_of_addresses_are_asked_for_not_guessed(made: Make) -> None:
    path = made("Email,Work Email\na@x.example,b@x.example\n")
    with pytest.raises(CsvError, match=r'"Email", "Work Email".*--map email=') as told:
        interpret(open_csv(path))
    assert told.value.usage
    assert [line.entry.address for line in read(path, {"work email": "email"})] == ["b@x.example"]


def test_an_address_may_have_what_a_spreadsheet_puts_before_it() -> None:
    for text in ("'=a@x.example", "'-a@x.example"):
        assert Columns({"address": (0,)}, ()).entry([text]).address == text[1:]


@pytest.mark.parametrize(
    "text",
    [
        "Email,Login\na@x.example,A@x.example\n",  # the same twice
        "Referred by,Email\nr@x.example,a@x.example\n",  # another person's
        "Email,Secondary Email\na@x.example,\n",
        "Email,Contact owner\na@x.example,o@x.example\n",
    ],
)
def test_a_second_column_that_is_none_of_the_readers_is_not_asked_about(made: Make, text: str) -> None:
    assert [line.entry.address for line in read(made(text))] == ["a@x.example"]


@pytest.mark.parametrize(
    ("mapping", "what"),
    [({"nothing": "email"}, 'no column "nothing"'), ({"Contact": "shoe size"}, "nothing a column can be")],
)
def test_a_mapping_that_cannot_be_meant_says_what_can(made: Make, mapping: dict[str, str], what: str) -> None:
    with pytest.raises(CsvError, match=what) as told:
        interpret(open_csv(made("Contact\na@x.example\n")), mapping)
    assert told.value.usage
    assert told.value.do


def test_columns_are_named_by_hand(made: Make) -> None:
    path = made("Adr,Wer,Wann,Ja\na@x.example,Ada,3.4.2024,ok\nb@x.example,Bo,4.4.2024,weg\n")
    mapping = {"Adr": "email", "Wer": "name", "Wann": "date", "Ja": "status"}
    found = read(path, mapping, ok=ImportStatus.SUBSCRIBED, weg=ImportStatus.UNSUBSCRIBED)
    assert [(line.entry.name, str(line.entry.status)) for line in found] == [
        ("Ada", "subscribed"),
        ("Bo", "unsubscribed"),
    ]
    assert found[0].entry.created_at == datetime(2024, 4, 3, tzinfo=UTC)
    assert {"email", "name", "status", "date", "ignore"} <= set(FIELDS)
    note = "email,Stand\na@x.example,Unsubscribed\n"
    assert standing(made(note)) == {"a": "unsubscribed"}
    assert standing(made(note), {"Stand": "ignore"}) == {"a": "subscribed"}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b'[{"email": "a@x.example"}]', "JSON"),
        (b"BEGIN:VCARD\r\n", "vCard"),
    ],
)
def test_what_is_no_csv_file_is_named_with_what_to_do(made: Make, data: bytes, what: str) -> None:
    with pytest.raises(CsvError, match=what) as told:
        open_csv(made(data))
    assert told.value.do


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("xl/workbook.xml", "xlsx.*save it as CSV"),
        ("mimetype", "ods"),
        ("cleaned.csv", "Unpack.*cleaned.csv"),
    ],
)
def test_a_packed_file_is_named_by_what_is_in_it(tmp_path: Path, inside: str, what: str) -> None:
    from zipfile import ZipFile

    with ZipFile(tmp_path / "list.csv", "w") as archive:
        archive.writestr(inside, "x")
    with pytest.raises(CsvError, match=what):
        open_csv(tmp_path / "list.csv")


# ---------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["03.04.2024", "13.04.2024"], datetime(2024, 4, 3, tzinfo=UTC)),
        (["03/04/2024", "13/04/2024"], datetime(2024, 4, 3, tzinfo=UTC)),
        (["03/04/2024", "04/13/2024"], datetime(2024, 3, 4, tzinfo=UTC)),
        (["03.04.2024", "05.06.2024"], datetime(2024, 4, 3, tzinfo=UTC)),  # with dots, the day is first
        (["03-04-2024", *["04-05-2024"] * 3000, "14-05-2024"], datetime(2024, 4, 3, tzinfo=UTC)),  # the last row shows it
    ],
)  # fmt: skip
def test_a_column_is_day_first_where_any_row_of_it_says_so(
    made: Make, texts: list[str], first: datetime
) -> None:
    rows = "".join(f"r{number}@x.example,{text}\n" for number, text in enumerate(texts))
    assert read(made(f"email,optin_time\n{rows}"))[0].entry.created_at == first


CELLS = {
    "yes": ["subscribed", "Active", "aktiv"],
    "no": [
        "unsubscribed",
        "Abgemeldet",
        "No",
        "0",
        "bounced",
        "do not contact",
        "pending",
        "banana",
        "désabonné",
    ],
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "A", "b", "B", "c"]), st.sampled_from(CELLS["yes"] + CELLS["no"]),
            st.sampled_from(["", "", "yes", "no"]), st.sampled_from(["", "", "2024-01-02"]),
        ),
        min_size=1, max_size=12,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.permutations([0, 1, 2, 3]),
)  # fmt: skip
def test_nobody_whose_own_cells_say_no_becomes_active(
    tmp_path: Path, rows: list[tuple[str, str, str, str]], delimiter: str, order: list[int]
) -> None:
    """Whatever the order of rows and columns, and however often an address stands in the file."""
    header = ["E-Mail", "Status", "Opt-Out", "unsubscribed_at"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([header[place] for place in order])
    for who, *rest in rows:
        cells = [f"{who}@x.example", *rest]
        writer.writerow([cells[place] for place in order])
    path = tmp_path / "list.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    refused = {who.lower() for who, status, out, at in rows if status in CELLS["no"] or out == "yes" or at}
    found = standing(path)
    assert {who for who, status in found.items() if status == "subscribed"} == {
        who.lower() for who, *_ in rows
    } - refused


def test_every_sense_has_a_status_and_every_status_a_consequence() -> None:
    from subscribers.transfer.blocks import ACTS, NEW

    assert set(STATUS) == set(Sense)
    assert set(ImportStatus) - set(ACTS) == {ImportStatus.UNKNOWN, ImportStatus.PENDING}
    active = {status for status, act in ACTS.items() if NEW[act] == State.ACTIVE}
    assert active == {ImportStatus.SUBSCRIBED}
