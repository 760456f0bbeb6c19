import email
import json
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.messages import headers
from digest.messages.text import line
from tests.messages import sample

TYPE = 'multipart/alternative; boundary="=_x"'
NASTY = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(
    st.sampled_from(
        [
            "\r\n",
            "\nBcc: x@y.example",
            "\x00",
            "\u2028",
            "=?utf-8?q?x?=",
            "שלום",
            "a" * 90,
            " ",
            '"',
            "<",
            ",",
            "é̂",
            "👩‍👩‍👧",
        ]
    )
).map("".join)


def parsed(*fields: bytes) -> Message:
    return email.message_from_bytes(b"".join(fields) + b"\r\n")


def decoded(value: str) -> str:
    """Return an unfolded header value by RFC 2047, as an independent reader does."""
    return str(make_header(decode_header(value.replace("\r\n", ""))))


@given(NASTY)
def test_any_subject_comes_back_as_it_was_on_one_line(text: str) -> None:
    field = headers.unstructured("Subject", text)
    message = parsed(field)
    assert message.keys() == ["Subject"]
    assert decoded(message["Subject"]) == line(text)


@given(NASTY)
@example("0" * 53 + '"""')
def test_no_control_character_reaches_a_header(text: str) -> None:
    for field in (headers.unstructured("Subject", text), headers.mailbox("To", text, "a@b.example")):
        unfolded = field[:-2].replace(b"\r\n ", b" ")
        assert not any(code < 32 or code > 126 for code in unfolded)
        assert all(len(row) <= 78 for row in field.split(b"\r\n"))


@given(NASTY)
def test_any_name_stands_beside_its_address(name: str) -> None:
    message = parsed(headers.mailbox("To", name, "dana@example.org"))
    assert message.keys() == ["To"]
    found, address = email.utils.parseaddr(message["To"].replace("\r\n", ""))
    assert address == "dana@example.org"
    assert decoded(found) == line(name)


def test_an_encoded_word_never_splits_a_character() -> None:
    field = headers.unstructured("Subject", "שלום עולם " * 30 + "é̂" * 40 + "👩‍👩‍👧" * 20)
    for word in re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", field):
        assert len(word) <= 75
        text = decoded(word.decode())
        assert not text.startswith(("\u0302", "\u200d"))


def test_a_plain_subject_stays_plain_and_is_folded_between_words() -> None:
    field = headers.unstructured("Subject", "word " * 40)
    assert b"=?" not in field
    assert max(map(len, field.split(b"\r\n"))) <= 78


@pytest.mark.real
def test_naughty_strings_survive_as_subjects_and_names(shared_data: Path) -> None:
    found = next(shared_data.joinpath("address-and-strings").rglob("blns.json"))
    strings = json.loads(found.read_text(encoding="utf-8"))
    assert len(strings) > 400
    for text in strings:
        assert decoded(parsed(headers.unstructured("Subject", text))["Subject"]) == line(text)
        name, address = email.utils.parseaddr(
            parsed(headers.mailbox("To", text, "a@b.example"))["To"].replace("\r\n", "")
        )
        assert (decoded(name), address) == (line(text), "a@b.example")


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nBcc: c@d", "a b@c.example", "<a@b.example>", "a@b@c", "a,b@c.example", "no-at", "a@b\x00"],
)
def test_what_is_no_address_cannot_stand_in_a_header(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        headers.mailbox("To", "Dana", address)


@pytest.mark.parametrize(
    ("address", "wanted", "smtputf8"),
    [
        ("dana@example.org", "dana@example.org", False),
        ("dana@דואר.example", "dana@xn--4dbfg1f.example", False),
        ("dana@Exämple.org", "dana@xn--exmple-cua.org", False),
        ("דנה@example.org", "דנה@example.org", True),
    ],
)
def test_a_domain_goes_out_in_a_labels_and_a_local_part_says_what_it_needs(
    address: str, wanted: str, smtputf8: bool
) -> None:
    assert headers.deliverable(address) == (wanted, smtputf8)


def test_a_domain_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no domain"):
        headers.deliverable("a@ex\u0300\u0300..ä")


def test_one_click_comes_with_https_first_on_one_unfolded_line() -> None:
    url = "https://news.harbour.example/u/" + "a" * 200
    field = headers.unsubscribe(url, "mailto:u+abc@news.harbour.example")
    first, second, _ = field.split(b"\r\n")
    assert first == f"List-Unsubscribe: <{url}>, <mailto:u+abc@news.harbour.example>".encode()
    assert second == b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"


def test_without_https_there_is_no_one_click_field() -> None:
    field = headers.unsubscribe("http://127.0.0.1:8000/u/x", "mailto:u@x.example")
    assert field == b"List-Unsubscribe: <mailto:u@x.example>, <http://127.0.0.1:8000/u/x>\r\n"


@pytest.mark.parametrize(
    "url", ["https://x.example/\r\nBcc: a@b", "https://x.example/ y", "https://x.example/>", "javascript:x"]
)
def test_an_unsubscribe_address_cannot_break_out_of_its_field(url: str) -> None:
    with pytest.raises(ValueError, match="List-Unsubscribe"):
        headers.unsubscribe(url)


def test_a_message_id_is_the_same_for_the_same_row_and_differs_for_every_other() -> None:
    edition = sample.edition()
    of = headers.message_ids(edition, "news.harbour.example", b"key")
    one = of(7)
    assert one == of(7) == headers.message_ids(edition, "news.harbour.example", b"key")(7)
    assert one != headers.message_ids(edition, "news.harbour.example", b"another")(
        7
    )  # nobody can name another's
    assert one != of(8)
    assert headers.identity(one)


def fields(**changes: object) -> Message:
    newsletter = sample.newsletter(**changes)  # type: ignore[arg-type]
    return parsed(*headers.same_for_all(newsletter, sample.edition(), sample.SITE, "Subject", TYPE))


def test_each_list_header_stands_once() -> None:
    message = fields()
    once = [
        "From",
        "Subject",
        "MIME-Version",
        "List-Id",
        "List-Help",
        "List-Subscribe",
        "List-Owner",
        "List-Post",
    ]
    for name in [
        *once,
        "Feedback-ID",
        "Precedence",
        "X-Auto-Response-Suppress",
        "Content-Language",
        "Content-Type",
    ]:
        assert len(message.get_all(name, [])) == 1, name
    assert message["List-Post"] == "NO"
    assert message["Precedence"] == "bulk"
    assert message["List-Id"] == "The Harbour Herald <daily.news.harbour.example>"
    assert "Reply-To" not in message


def test_the_feedback_sender_has_5_to_15_characters_whatever_the_domain() -> None:
    for address, own in (("a@x.y", ""), ("a@" + "long." * 9 + "example", ""), ("a@x.y", "exherald")):
        sender = sample.newsletter().sender.model_copy(update={"address": address, "feedback_id": own})
        last = fields(sender=sender)["Feedback-ID"].rsplit(":", 1)[1]
        assert re.fullmatch(r"[a-z0-9]{5,15}", last)
        assert not own or last == own


def test_no_encoded_word_stands_where_a_machine_reads() -> None:
    message = fields(title="בוקר הנמל")
    assert message["List-Id"] == "<daily.news.harbour.example>"
    for name in ("List-Id", "List-Help", "List-Subscribe", "List-Owner", "Feedback-ID"):
        assert "=?" not in message[name]


def test_the_date_is_as_rfc_5322_writes_it() -> None:
    assert (
        headers.date(datetime(2026, 3, 4, 5, 0, tzinfo=UTC)) == b"Date: Wed, 04 Mar 2026 05:00:00 +0000\r\n"
    )
