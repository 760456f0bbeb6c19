"""The catalogues: each language says every sentence of the pages and mails, and nothing is left in English."""

import re
from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from jinja2 import Environment

import subscribers
from subscribers.links import Purpose
from subscribers.pages import mails
from subscribers.pages.context import make_context
from subscribers.pages.translations import (
    catalogue,
    choose_language,
    direction,
    language_name,
    languages,
    long_date,
    translator,
)
from subscribers.store import people
from tests.subscribers.conftest import TEMPLATES, Site

METHODS = [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "say": None}
PLACE = re.compile(r"%\(\w+\)s")
OTHERS = languages()[1:]
# What a language says in the same letters as English.
SAME = {"de": {"Name", "Pause"}, "nl": set[str](), "fr": set[str]()}
FILES = sorted((*(TEMPLATES / "web" / "readers").glob("*.html"), *(TEMPLATES / "mail").glob("*.*")))


def sentences() -> set[str]:
    package = Path(str(subscribers.__file__)).parent
    folders = (TEMPLATES / "web" / "readers", TEMPLATES / "mail", package / "pages")
    return {
        str(message)
        for folder in folders
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(folder), METHODS, keywords=KEYWORDS
        )
    }


SENTENCES = sentences()


def written_out(file: Path) -> Iterator[str]:
    """Yield the texts that the template *file* writes itself, for people to read: those of no call of `_`."""
    source = file.read_text(encoding="utf-8")
    data = "".join(value if kind == "data" else " " for _, kind, value in Environment().lex(source))
    shown = re.sub(r"<(style|title)\b.*?</\1>|<[^>]*>|&\w+;", " ", data, flags=re.DOTALL)
    yield from re.findall(r"[^\W\d_]+", shown)
    yield from re.findall(r'\b(?:alt|title|placeholder|aria-label)="([^"]+)"', data)


def test_the_languages_are_those_of_the_mail() -> None:
    assert set(languages()) == {file.stem for file in (TEMPLATES / "words").glob("*.toml")}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_sentence_and_no_other(language: str) -> None:
    assert set(catalogue(language)) == SENTENCES


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_the_same_places_and_is_no_english(language: str) -> None:
    for english, other in catalogue(language).items():
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(other))
        assert "%" not in PLACE.sub("", other)
        assert other == other.strip()
        assert other != english or english in {"%(label)s:", *SAME.get(language, ())}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_page_or_mail_writes_no_word_that_is_not_translated(file: Path) -> None:
    assert list(written_out(file)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_nothing_is_glued_to_a_sentence(file: Path) -> None:
    """A colon or a full stop after a sentence is written otherwise in French, and stands elsewhere in others."""
    assert not re.search(r"_\((?:[^()]|\([^()]*\))*\) *\}\}[:;,.?!(]", file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["ru", "uk", "he", "fa", "ar"])
def test_a_language_of_other_letters_has_no_latin_word(language: str) -> None:
    for english, other in catalogue(language).items():
        said = PLACE.sub("", other).replace("name@example.org", "")
        assert not re.search("[A-Za-z]", said), english


def test_no_number_is_filled_in_so_no_sentence_needs_plural_forms() -> None:
    """A sentence with a number needs `ngettext` and the plural forms of each language: Polish has three."""
    filled = {place for sentence in SENTENCES for place in PLACE.findall(sentence)}
    assert filled == {
        f"%({name})s" for name in ("title", "address", "date", "site", "contact", "new", "label")
    }


def test_no_date_ends_a_sentence_where_a_year_has_a_full_stop_of_its_own() -> None:
    for language in ("ru", "uk"):
        assert not [other for other in catalogue(language).values() if "%(date)s." in other]
        assert long_date(date(2026, 3, 4), language).endswith(".")


def test_a_date_has_the_digits_of_its_language() -> None:
    assert long_date(date(2026, 3, 4), "fa") == "۴ مارس ۲۰۲۶"
    assert long_date(date(2026, 3, 4), "de") == "4. März 2026"
    assert long_date(date(2026, 3, 4), "ar") == "4 مارس 2026"


def test_a_colon_after_a_label_is_that_of_the_language() -> None:
    assert translator("fr")("%(label)s:", label="Vos données") == "Vos données\u00a0:"
    assert translator("de")("%(label)s:", label="Ihre Daten") == "Ihre Daten:"


def test_a_title_that_reads_the_other_way_is_isolated() -> None:
    assert translator("he")("Name") == "שם"
    assert "\u2068The Daily\u2069" in translator("he")("Subscribe to %(title)s", title="The Daily")
    assert translator("en")("Subscribe to %(title)s", title="The Daily") == "Subscribe to The Daily"
    assert "\u2068" not in translator("he")("Subscribe to %(title)s", title="הבוקר")


def test_the_first_language_that_is_spoken_is_chosen() -> None:
    assert choose_language("xx", "he-IL", "en") == "he"
    assert choose_language("", "xx") == "en"
    assert choose_language("", "pt-BR") == "pt"
    assert direction("he") == "rtl"
    assert direction("fa-IR") == "rtl"
    assert direction("en-GB") == "ltr"
    assert language_name("he") == "עברית"


PIECES = {piece.strip(" .:") for sentence in SENTENCES for piece in PLACE.split(sentence)}
LONG = [escape(piece, quote=False) for piece in PIECES if piece.count(" ") > 1]


def english_left(text: str) -> list[str]:
    """Return the pieces of English sentences, three words and more, that stand in *text*."""
    return [piece for piece in LONG if piece in text]


def test_every_page_and_mail_is_in_the_readers_language(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader, newsletter, client = site.reader(), site.newsletters[0], site.client
    context = make_context(site.settings)
    source = (TEMPLATES / "web" / "readers" / "message.html").read_text(encoding="utf-8")
    kinds = [*re.findall(r'^  "([\w-]+)": \[', source, re.MULTILINE), "paused"]
    assert len(kinds) == 23
    links = site.links
    urls = [
        links.preferences(reader, "daily"),
        links.unsubscribe(reader, "daily"),
        links.confirm(reader, "daily", site.now),
        "/d/" + links.subscription_token(Purpose.MANAGE, reader, "daily", at=site.now),
        "/a/" + links.subscription_token(Purpose.MOVE, reader, "daily", at=site.now),
    ]
    more = dict.fromkeys(("confirm_url", "manage_url", "move_url", "latest_url", "new"), "https://x.example/")
    for language in OTHERS:
        with site.database.write() as connection:
            people.update_profile(connection, reader, language=language)
            person = people.subscriber_by_id(connection, reader)
        assert person is not None
        shown = [client.get(url).text for url in urls]
        for kind in kinds:
            page = context.render("message", newsletter, language=language, kind=kind, until=site.now)
            shown.append(bytes(page.body).decode())
        site.mails.clear()
        for kind in ("confirm", "already", "manage", "move", "move-asked", "moved", "welcome"):
            mails.send(context, kind, person, newsletter, key="", **more)
        shown += [text for mail in site.mails for text in (mail["subject"], mail["text"], mail["html"])]
        assert len(shown) == 5 + 23 + 21
        for text in shown:
            assert "<html" not in text or f'<html lang="{language}" dir="{direction(language)}">' in text
            assert english_left(text) == []
