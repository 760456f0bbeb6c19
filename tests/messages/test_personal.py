import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.errors import DeliveryError
from digest.messages import personal
from digest.model import Message, Recipient
from tests.messages import sample
from tests.messages.test_compile import LINKS, both, parsed, parts

ONE, VARIANT, PREPARED = both()


def sent(links: dict[str, str] = LINKS, sign: personal.Signer | None = None, **reader: object) -> Message:
    recipient = replace(Recipient(subscriber=7, address="dana@example.org", name="דנה לוי"), **reader)  # type: ignore[arg-type]
    return personal.message(
        PREPARED, recipient, delivery=1, sender="b+x@b.example", date=sample.NOW, links=links, sign=sign
    )


def test_each_demanded_header_stands_exactly_once() -> None:
    count = Counter(parsed(sent()).keys())
    assert set(count.values()) == {1}
    demanded = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Id",
        "Feedback-ID",
    ]
    assert set(demanded) <= set(count)


def test_the_reader_is_named_in_any_script() -> None:
    message = parsed(sent())
    assert message["To"].addresses[0].display_name == "דנה לוי"
    assert message["To"].addresses[0].addr_spec == "dana@example.org"
    assert message["Subject"] == sample.edition().subject


def test_readers_differ_in_nothing_but_their_own_lines() -> None:
    one, other = sent(), sent(subscriber=8, address="tom@example.net", name="Tom")
    assert parts(one) == parts(other)
    changed = {
        row.split(b":")[0] for row in set(one.content.split(b"\r\n")) ^ set(other.content.split(b"\r\n"))
    }
    assert changed == {b"To", b" <dana@example.org>", b"Message-ID"}
    assert parsed(one)["Feedback-ID"] == parsed(other)["Feedback-ID"]


def test_a_repeat_has_the_same_message_id_and_bytes() -> None:
    assert sent() == sent()
    assert sent().message_id == parsed(sent())["Message-ID"]


def test_a_later_date_changes_the_date_line_only() -> None:
    recipient = Recipient(subscriber=7, address="dana@example.org", name="דנה לוי")
    later = personal.message(
        PREPARED,
        recipient,
        delivery=1,
        sender="b+x@b.example",
        date=sample.NOW + timedelta(hours=1),
        links=LINKS,
    )
    assert re.sub(rb"Date: [^\r]*", b"", later.content) == re.sub(rb"Date: [^\r]*", b"", sent().content)


def test_an_idn_domain_goes_out_in_a_labels_and_a_local_part_asks_for_smtputf8() -> None:
    plain = sent(address="dana@דואר.example")
    assert plain.recipient.endswith("@xn--4dbfg1f.example")
    assert not plain.smtputf8
    assert plain.content.isascii()
    international = sent(address="דנה@example.org")
    assert international.smtputf8
    assert international.recipient == "דנה@example.org"


def test_the_longest_legal_address_fits() -> None:
    address = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".example"
    message = sent(address=address, name="A rather long name that an importer let through " * 3)
    assert parsed(message)["To"].addresses[0].addr_spec == address


@pytest.mark.parametrize("address", ["", "x", "a@b\r\nBcc: c@d.example", "a b@c.example"])
def test_an_address_that_is_none_is_a_value_error(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        sent(address=address)


@pytest.mark.parametrize("name", ["Dana\r\nBcc: all@example.org", "Dana\x00", "x\u2028y", '"; <x@y>'])
def test_a_name_cannot_add_a_header(name: str) -> None:
    message = parsed(sent(name=name))
    assert "Bcc" not in message
    assert message["To"].addresses[0].addr_spec == "dana@example.org"


def test_a_missing_link_is_told_and_never_sent_as_a_hole() -> None:
    with pytest.raises(DeliveryError, match="view_url"):
        sent(links={"unsubscribe_url": "https://x.example/u"})


def test_a_plain_http_site_gets_no_one_click_header() -> None:
    message = parsed(sent(links={**LINKS, "unsubscribe_url": "http://127.0.0.1:8000/u/x"}))
    assert "List-Unsubscribe-Post" not in message
    assert str(message["List-Unsubscribe"]).startswith("<mailto:")


def test_a_link_with_an_ampersand_is_escaped_in_the_html_only() -> None:
    url = "https://x.example/v?a=1&b=.2"
    text, html = parts(sent(links={**LINKS, "view_url": url}))
    assert url in text
    assert "https://x.example/v?a=1&amp;b=.2" in html


def test_a_signer_sees_exactly_what_goes_on_the_wire() -> None:
    seen: list[tuple[Sequence[bytes], Sequence[bytes]]] = []

    def sign(lines: Sequence[bytes], body: Sequence[bytes]) -> bytes:
        seen.append((lines, body))
        return b"DKIM-Signature: v=1\r\n"

    message = sent(sign=sign)
    ((lines, body),) = seen
    assert message.content == b"DKIM-Signature: v=1\r\n" + b"".join(lines) + b"\r\n" + b"".join(body)
    assert all(line.endswith(b"\r\n") and line.count(b":") for line in lines)
    assert message.content.removeprefix(b"DKIM-Signature: v=1\r\n") == sent().content


def test_a_mask_is_planned_once_for_all_its_readers() -> None:
    one, two = frozenset({"city", "unknown"}), frozenset({"city"})
    sent(sections=one)
    plans = len(PREPARED._plans)
    sent(sections=two, subscriber=9)
    assert len(PREPARED._plans) == plans
