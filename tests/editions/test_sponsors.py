"""The advertisement: written as a choice, refused in words, one an edition, gone when its form is empty."""

import pytest

from digest.editions import sponsors
from digest.editions.choices import Texts, texts
from digest.editions.difference import between
from digest.model import Sponsor
from digest.model.choice import SetSponsor, Undo
from tests.editions.test_compose import choice, fillers, made, ranked

BAKERY = Sponsor(
    "Quay Bakery", "Bread until noon, on all quays.", "https://bakery.example/bread?from=mail#today"
)


def test_each_part_is_made_one_line() -> None:
    split = sponsors.sponsor("Quay\r\nBakery\x00", " Bread\n\nuntil\u202e noon ", BAKERY.url)
    assert split == Sponsor("Quay Bakery", "Bread until noon", BAKERY.url)


def test_an_empty_form_is_no_advertisement_and_no_fault() -> None:
    assert sponsors.sponsor(" ", "\r\n", "\u202e") is None
    assert sponsors.fault(BAKERY) == ""


@pytest.mark.parametrize(
    ("name", "text", "url", "words"),
    [
        ("", "Bread", "https://b.example", "The sponsor’s name is missing"),
        ("Bakery", "", "https://b.example", "The sponsor’s line is missing"),
        ("Bakery", "Bread", "", "The sponsor’s address is missing"),
        ("B" * 61, "Bread", "https://b.example", "name may have 60 characters; yours has 61"),
        ("Bakery", "x" * 5000, "https://b.example", "line may have 200 characters; yours has 5,000"),
        ("Bakery", "Bread", "https://b.example/" + "x" * 2000, "address may have 2,000 characters; yours has 2,018"),
        ("Bakery", "Bread", "http://b.example", "begins with http://. It must be https://"),
        ("Bakery", "Bread", "HTTP://b.example", "begins with http://. It must be https://"),
        ("Bakery", "Bread", "b.example", "must be a web address that begins with https://"),
        ("Bakery", "Bread", "https:///bread", "must be a web address that begins with https://"),
        ("Bakery", "Bread", "javascript:alert(1)", "must be a web address that begins with https://"),
        ("Bakery", "Bread", "https://[b", "cannot be read"),
        ("Bakery", "Bread", "https://b.example:port/", "cannot be read"),
        ("Bakery", "Bread", "https://herald.example@b.example/", "hides where it leads"),
        ("Bakery", "Bread", "https://b.example/a\r\nBcc: x@y.example", "a blank or a sign"),
        ("Bakery", "Bread", "https://b.example/<b>", "a blank or a sign"),
        ("Bakery", "Bread", "https://b.example/a\u200fb", "a blank or a sign"),
    ],
)  # fmt: skip
def test_what_will_not_do_is_said_in_words_and_never_shown(
    name: str, text: str, url: str, words: str
) -> None:
    refused = Sponsor(name, text, url)
    assert words in sponsors.fault(refused)
    assert made(ranked(*fillers()), choice(SetSponsor(refused))).sponsor is None


def test_the_last_word_holds_and_an_undo_brings_the_one_before_back() -> None:
    other = Sponsor("Ferry", "Cross for less.", "https://ferry.example")
    first, second = choice(SetSponsor(BAKERY)), choice(SetSponsor(other), at=1)
    stories = ranked(*fillers())
    assert made(stories).sponsor is None
    assert made(stories, first).sponsor == BAKERY
    changed = made(stories, first, second)
    assert changed.sponsor == Sponsor("Ferry", "Cross for less.", "https://ferry.example")
    assert made(stories, first, second, choice(Undo(second.id), at=2)).sponsor == BAKERY
    assert made(stories, first, choice(SetSponsor(), at=1)).sponsor is None
    assert texts([first, choice(SetSponsor(), at=1)]) == Texts()


def test_the_difference_of_two_editions_names_it() -> None:
    stories = ranked(*fillers())
    with_it, without = made(stories, choice(SetSponsor(BAKERY))), made(stories)
    words = f"{BAKERY.name}: {BAKERY.text} {BAKERY.url}"
    assert [(one.title, one.words) for one in between(without, with_it)] == [
        ("advertisement", f"now “{words}”")
    ]
    assert [(one.title, one.words) for one in between(with_it, without)] == [("advertisement", "gone")]
