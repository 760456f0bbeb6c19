import pytest

from digest.messages import slots

N = "5f3a91c07be4d268"


def test_a_reader_sees_only_the_sections_that_are_kept() -> None:
    part = f"top {slots.begin(N, 'city')}\nCITY\n{slots.end(N, 'city')}\nend"
    assert slots.filled(part, N, "text", {}, keep=set()) == "top end"
    assert slots.filled(part, N, "text", {}, keep={"city"}) == "top CITY\nend"
    assert slots.filled(part, N, "text", {}) == "top CITY\nend"


def test_the_comments_around_a_section_are_gone_from_the_html() -> None:
    part = f"a<!--{slots.begin(N, 'city')}-->b<!--{slots.end(N, 'city')}-->c"
    assert slots.filled(part, N, "html", {}) == "abc"


def test_a_value_is_escaped_in_html_and_not_in_text() -> None:
    mark = slots.slot(N, "view_url")
    assert slots.filled(mark, N, "html", {"view_url": 'x?a=1&b="2"'}) == "x?a=1&amp;b=&quot;2&quot;"
    assert slots.filled(mark, N, "text", {"view_url": "x?a=1&b=2"}) == "x?a=1&b=2"


def test_a_mark_with_another_nonce_is_text() -> None:
    forged = "@@0000000000000000.unsubscribe_url@@ {{ unsubscribe_url }} @@unsubscribe_url@@"
    assert slots.filled(forged, N, "text", {}) == forged


@pytest.mark.parametrize(
    "part",
    [
        slots.begin(N, "city"),
        slots.end(N, "city"),
        slots.begin(N, "city") + slots.begin(N, "sport") + slots.end(N, "sport") + slots.end(N, "city"),
        slots.begin(N, "city") + slots.end(N, "sport"),
    ],
)
def test_sections_that_do_not_pair_up_are_refused(part: str) -> None:
    with pytest.raises(ValueError, match="section"):
        list(slots.pieces(part, N, "text"))


def test_a_slot_that_nobody_fills_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(KeyError):
        slots.filled(slots.slot(N, "view_url"), N, "text", {})
