"""The catalogues: every sentence of the pages and mails is there, with its places to fill."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

import subscribers
from subscribers.pages.translations import (
    catalogue,
    choose_language,
    direction,
    language_name,
    languages,
    translator,
)
from tests.subscribers.conftest import TEMPLATES

METHODS = [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "say": None}


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


@pytest.mark.parametrize("language", languages()[1:])
def test_a_catalogue_has_every_sentence_and_no_other(language: str) -> None:
    assert set(catalogue(language)) == sentences()


@pytest.mark.parametrize("language", languages()[1:])
def test_a_translation_fills_the_same_places(language: str) -> None:
    for english, other in catalogue(language).items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", other))


def test_a_title_that_reads_the_other_way_is_isolated() -> None:
    assert translator("he")("Name") == "שם"
    assert "\u2068The Daily\u2069" in translator("he")("Subscribe to %(title)s", title="The Daily")
    assert translator("en")("Subscribe to %(title)s", title="The Daily") == "Subscribe to The Daily"
    assert "\u2068" not in translator("he")("Subscribe to %(title)s", title="הבוקר")


def test_the_first_language_that_is_spoken_is_chosen() -> None:
    assert choose_language("xx", "he-IL", "en") == "he"
    assert choose_language("", "xx") == "en"
    assert direction("he") == "rtl"
    assert direction("en-GB") == "ltr"
    assert language_name("he") == "עברית"
