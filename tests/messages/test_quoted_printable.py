import quopri

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from digest.messages.quoted_printable import Encoder, value

AWKWARD = st.lists(
    st.sampled_from(
        ["a", ".", "From ", " ", "  ", "\n", "\r\n", "=", "שלום", "\t", "é", "x" * 30, "\n.\n", "😀", "From"]
    ),
    max_size=60,
).map("".join)
TEXT = AWKWARD | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def lines(data: bytes) -> list[bytes]:
    return data.split(b"\r\n")


def unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(TEXT)
def test_what_is_decoded_is_what_was_encoded(text: str) -> None:
    assert quopri.decodestring(Encoder().run(text)).decode().replace("\r\n", "\n") == unix(text)


@given(TEXT)
def test_every_line_is_legal_and_needs_no_dot_stuffing(text: str) -> None:
    for line in lines(Encoder().run(text)):
        assert len(line) <= 76
        assert line.isascii()
        assert not line.startswith((b".", b"From ", b" ", b"\t"))
        assert not line.endswith((b" ", b"\t"))
        assert b"  " not in line
        assert b"\r" not in line
        assert b"\n" not in line


@given(TEXT)
def test_the_relaxed_canonical_body_is_the_bytes_themselves(text: str) -> None:
    body = Encoder().run(text + "end\n")
    assert Relaxed.canonicalize_body(body) == body


@given(TEXT, TEXT, TEXT)
def test_a_value_of_any_length_fits_between_two_runs(before: str, middle: str, after: str) -> None:
    encoder = Encoder()
    start = encoder.run(before) + encoder.soft()
    whole = start + value(middle) + encoder.run(after)
    assert quopri.decodestring(whole).decode().replace("\r\n", "\n") == unix(before) + unix(middle) + unix(
        after
    )
    assert all(len(line) <= 76 and not line.startswith((b".", b"From ")) for line in lines(whole))


@pytest.mark.parametrize("text", ["a " * 200, ". " * 100, "From " * 80, "=" * 400, " " * 300])
def test_long_runs_of_awkward_marks_keep_the_lines_legal(text: str) -> None:
    data = Encoder().run(text)
    assert quopri.decodestring(data).decode() == text
    assert max(map(len, lines(data))) <= 76


def test_plain_text_stays_readable() -> None:
    assert Encoder().run("Tests found no trace.\nNone.\n") == b"Tests found no trace.\r\nNone.\r\n"
