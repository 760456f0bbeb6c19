"""The words of the mail: each language has all of them, fills the same places, and writes dates as its papers do."""

import re
from datetime import UTC, date, datetime

import pytest

from digest.messages.dates import dateline, digits, moment
from digest.messages.templates import library, said, shipped

FIELD = re.compile(r"\{\w+\}")
LANGUAGES = sorted(file.stem for file in (shipped() / "words").glob("*.toml"))
SAME = {"de": {"update"}, "nl": {"update"}, "pl": {"by"}}  # English words that the language uses itself
DAY = date(2026, 3, 4)
DATELINES = {
    "ar": "الأربعاء، 4 مارس 2026",
    "de": "Mittwoch, 4. März 2026",
    "en": "Wednesday, 4 March 2026",
    "es": "miércoles, 4 de marzo de 2026",
    "fa": "چهارشنبه ۴ مارس ۲۰۲۶",
    "fr": "mercredi 4 mars 2026",
    "he": "יום רביעי, 4 במרץ 2026",
    "it": "mercoledì 4 marzo 2026",
    "nl": "woensdag 4 maart 2026",
    "pl": "środa, 4 marca 2026",
    "pt": "quarta-feira, 4 de março de 2026",
    "ru": "среда, 4 марта 2026 г.",
    "uk": "середа, 4 березня 2026 р.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_its_places_and_none_in_english(language: str) -> None:
    words, english = library().own_words(language), library().own_words("en")
    assert words.keys() == english.keys()
    for key, word in words.items():
        assert word.strip() or key == "by_begins"
        assert sorted(FIELD.findall(word)) == sorted(FIELD.findall(english[key])), key
        assert language == "en" or key == "date" or word != english[key] or key in SAME.get(language, ()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dateline_is_written_as_the_papers_of_the_language_write_it(language: str) -> None:
    assert dateline(DAY, library().words(language)["date"], language) == DATELINES[language]


def test_a_byline_and_the_moment_of_a_correction_agree_with_their_words() -> None:
    at = datetime(2026, 5, 7, 12, 30, tzinfo=UTC)
    found = {name: library().words(name)["corrected"].format(when=moment(at, name)) for name in LANGUAGES}
    assert found["de"] == "Korrigiert am 7. Mai 12:30"
    assert found["es"] == "Corregido el 7 de mayo 12:30"
    assert found["ru"] == "Исправлено 7 мая 12:30"
    assert found["he"] == "תוקן ב־7 במאי 12:30"
    assert found["en"] == "Corrected 7 May 12:30"
    assert said(library().words("it"), "by", names="Anna Rossi") == "di Anna Rossi"


def test_digits_are_those_that_cldr_names_for_the_language() -> None:
    assert digits("No. 120", "fa-IR") == "No. ۱۲۰"
    assert digits("120", "mr") == "१२०"
    assert [digits("120", name) for name in ("ar", "he", "en", "xx")] == ["120"] * 4


def test_a_language_that_cldr_does_not_know_has_english_dates() -> None:
    assert dateline(DAY, "d 'x' MMMM", "xx") == "Wednesday, 4 March 2026"
    assert moment(datetime(2026, 5, 7, 12, 30, tzinfo=UTC), "xx") == "7 May 12:30"
