from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from digest.messages.text import column, legal, line, width


@given(st.text())
def test_a_line_is_one_line_without_controls(text: str) -> None:
    made = line(text)
    assert not any(
        ord(mark) < 32 or 127 <= ord(mark) < 160 or mark in "\u2028\u2029\u202e\u2066" for mark in made
    )
    assert made == made.strip()
    assert "  " not in made


@given(st.text())
def test_legal_text_is_what_xml_allows(text: str) -> None:
    made = legal(text)
    assert isinstance(made, str)
    assert not any(ord(mark) < 32 and mark not in "\t\n\r" for mark in made)
    assert "\ufffe" not in made


def test_markup_stays_markup() -> None:
    assert isinstance(legal(Markup("<b>\x0b</b>")), Markup)


def test_text_is_broken_at_72_columns_between_words() -> None:
    made = column("word " * 60)
    assert max(map(len, made.splitlines())) <= 72
    assert made.split() == ["word"] * 60


def test_an_address_is_never_cut() -> None:
    url = "https://example.org/" + "a" * 100
    assert url in column(f"See the page {url} for more").splitlines()


def test_ideographs_take_two_columns_and_break_anywhere_but_before_a_full_stop() -> None:
    made = column("東京都は新しい計画を発表した。" * 8)
    assert all(width(row) <= 74 for row in made.splitlines())
    assert not any(row.startswith("。") for row in made.splitlines())
    assert made.replace("\n", "") == "東京都は新しい計画を発表した。" * 8


def test_a_newline_in_a_title_does_not_begin_a_line_of_its_own() -> None:
    assert column("Title\nhttps://evil.example/") == "Title https://evil.example/"
