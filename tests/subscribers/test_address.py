"""Addresses: what passes, what is refused, and when two are the same reader."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import address as module
from subscribers.address import Address, InvalidAddress, mask_address, parse_address


@pytest.mark.parametrize(
    ("text", "sent_to", "domain"),
    [
        ("ada@reader.example", "ada@reader.example", "reader.example"),
        ("Ada.L+news@Reader.EXAMPLE", "Ada.L+news@reader.example", "reader.example"),
        ("info@דואר.ישראל", "info@xn--4dbfg1f.xn--4dbrk0ce", "xn--4dbfg1f.xn--4dbrk0ce"),
        ("o'hara@x.org", "o'hara@x.org", "x.org"),
    ],
)
def test_a_good_address_takes_one_form(text: str, sent_to: str, domain: str) -> None:
    found = parse_address(text)
    assert isinstance(found, Address)
    assert (found.text, found.domain, found.smtputf8) == (sent_to, domain, False)


def test_two_spellings_that_differ_by_case_are_one_reader() -> None:
    one, two = parse_address("Ada@X.org"), parse_address("ADA@x.ORG")
    assert isinstance(one, Address)
    assert isinstance(two, Address)
    assert one.key == two.key
    assert one.text != two.text  # each is written to as it was given


def test_a_local_part_beyond_ascii_is_marked_for_smtputf8() -> None:
    found = parse_address("דוד@x.org")
    assert isinstance(found, Address)
    assert found.smtputf8


@pytest.mark.parametrize(
    "text",
    ["", " ", "ada", "ada@", "@x.org", "a@b", "a@b..org", "a..b@x.org", ".a@x.org", "a@-x.org", "a b@x.org", '"a b"@x.org',
     "a@[127.0.0.1]", "a@localhost", "a@x.test", "a@x.invalid", "a@x.org\n", " a@x.org", "a@x.org\r\nBcc: b@x.org", "a@x.org,b@x.org", "a\x00@x.org",
     "x" * 65 + "@x.org", "a@" + "x" * 64 + ".org", "a@" + "x.".join("y" * 50 for _ in range(6)) + ".org", "a" * 100_000],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_reason(text: str) -> None:
    found = parse_address(text)
    assert isinstance(found, InvalidAddress)
    assert found.why


def test_test_domains_pass_only_where_they_are_asked_for() -> None:
    assert isinstance(parse_address("a@x.test"), InvalidAddress)
    assert isinstance(parse_address("a@x.test", test_domains=True), Address)


LOCAL = st.text("abzAZ09_+-.", min_size=1, max_size=70)
DOMAIN = st.lists(st.text("abzAZ09-_", min_size=1, max_size=12), min_size=1, max_size=4).map(".".join)
ANY = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.tuples(LOCAL, DOMAIN).map("@".join), st.tuples(ANY, DOMAIN).map("@".join), ANY))
def test_the_fast_path_says_what_the_validator_says(text: str) -> None:
    fast, careful = parse_address(text), module._careful(text, False)
    assert isinstance(fast, Address) == isinstance(careful, Address)
    if isinstance(fast, Address):
        assert fast == careful


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_text_breaks_the_parser_and_no_address_breaks_a_header(text: str) -> None:
    found = parse_address(text)
    if isinstance(found, Address):
        assert not set(found.text) & set("\r\n\0<>,;: ")
        assert found.text.count("@") == 1


def test_a_masked_address_is_known_to_its_owner_only() -> None:
    assert mask_address("dana.levi@mail.example.org") == "d***@m***.org"
