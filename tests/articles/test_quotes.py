"""Quotation marks of an article that mixes straight and typographic ones, in the form of its language."""

import random

import pytest

from digest.articles.clean import draft
from digest.articles.quotes import alike
from digest.config.schema import Source
from digest.model import Item


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", 'Mayor says “no” to "yes"', "Mayor says “no” to “yes”"),
        ("en-GB", "The farmers' “gate” doesn't close in '68", "The farmers’ “gate” doesn’t close in ’68"),
        ("en", "“Rock 'n' roll” and 'no jazz'", "“Rock ’n’ roll” and ‘no jazz’"),
        ("en", '“So "what" then”', "“So ‘what’ then”"),
        ("de", '„Nein“ zu "Ja", „vielleicht"', "„Nein“ zu „Ja“, „vielleicht“"),
        ("de", '»Nein« zu "Ja"', "»Nein« zu »Ja«"),
        ("de", '“Nein” zu "Ja"', "„Nein“ zu „Ja“"),
        ("de-CH", '«Nein» zu "Ja"', "«Nein» zu «Ja»"),
        ("fr", 'Le “oui” et le "non" d\'hier', "Le « oui » et le « non » d’hier"),
        ("fr", 'Le «oui» et le "non"', "Le «oui» et le «non»"),
        ("it", "L'“uno” e l'\"altro\"", "L’“uno” e l’“altro”"),
        ("pl", '„Nie” i "tak"', "„Nie” i „tak”"),
        ("sv", '”Nej” och "ja"', "”Nej” och ”ja”"),
        ("ru", '«Фирма "Роза"» и "нет"', "«Фирма „Роза“» и «нет»"),
        ("he", 'צה"ל אמר ״לא״ ו"כן"', "צה״ל אמר ״לא״ ו״כן״"),
        ("ja", '市長「いいえ」"はい"', "市長「いいえ」「はい」"),
        ("ar", 'قال «لا» ثم "نعم"', "قال «لا» ثم «نعم»"),
    ],
)
def test_mixed_marks_become_those_of_the_language(language: str, text: str, wanted: str) -> None:
    assert alike((text,), language) == (wanted,)
    assert alike((wanted,), language) == (wanted,)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'All "straight", it\'s theirs'),
        ("en", "All “curly”, it’s theirs"),
        ("en", "He is 6'2\" and “tall”"),
        ("en", 'A 12" record of “songs”'),
        ("en", 'How print("x") became “art”'),
        ("en", 'A lone " beside “one”'),
        ("he", "ג׳ורג׳ וצ׳רלי"),
        ("fr", "L'heure du « non »"),
    ],
)
def test_nothing_else_is_touched(language: str, text: str) -> None:
    assert alike((text,), language) == (text,)


def test_doing_it_again_changes_nothing() -> None:
    chance = random.Random(7)
    marks = ['"', "'", *"“”„«»‘’״「」", " ", " ", "a", "s", "5", ".", ", ", "א"]
    for _ in range(3_000):
        text = "".join(chance.choice(marks) for _ in range(chance.randint(1, 18)))
        language = chance.choice(["en", "de", "fr", "he", "pl", "sv", "ru", "ja", "de-CH"])
        once = alike((text, "“x”"), language)
        assert alike(once, language) == once


def test_headline_and_dek_of_an_article_are_made_alike() -> None:
    source = Source(url="https://herald.test/rss", language="de")
    item = Item(
        title='Rat sagt "Nein"', url="https://herald.test/1", summary="Der Rat sagt „Nein“ zur neuen Brücke."
    )
    found = draft(item, source)
    assert found is not None
    assert (found.title, found.dek) == ("Rat sagt „Nein“", "Der Rat sagt „Nein“ zur neuen Brücke.")
