"""The advertisement in the mail: labelled, between the top stories and the sections, in both parts."""

import re
from dataclasses import replace

import pytest

from digest.editions.preflight._page import links
from digest.model import Sponsor
from tests.messages import sample
from tests.messages.test_render import filled, links_of_html, links_of_text, made

LABELS = {"en": "Advertisement", "he": "פרסומת", "ar": "إعلان"}


@pytest.mark.parametrize("language", LABELS)
def test_it_stands_labelled_after_the_top_stories_and_before_the_sections(language: str) -> None:
    one = made(sample.sponsored(language), language=language)
    said = sample.SPONSORS[language]
    top, first = sample.edition(language).sections[:2]
    label = f"{LABELS[language]} · {said.name}"
    for part in (filled(one).text_content(), one.text):
        words = " ".join(part.split())
        places = [
            words.index(each) for each in (top.stories[-1].title, label, said.text, first.stories[0].title)
        ]
        assert places == sorted(places)
    assert links_of_html(one) == links_of_text(one)


def test_its_link_is_the_sponsors_own_and_is_checked_like_all_others() -> None:
    one = made(sample.sponsored())
    url = sample.SPONSORS["en"].url
    assert url in links_of_html(one)
    assert url in links(one.html)
    assert "utm_" not in url


def test_it_goes_to_every_reader_whatever_sections_they_chose() -> None:
    one = made(sample.sponsored())
    before = one.html[: one.html.index(sample.SPONSORS["en"].name)]
    assert before.count(f"@@{sample.NONCE}.begin.") == before.count(f"@@{sample.NONCE}.end.")


def test_rules_set_it_apart_in_light_and_dark_and_the_name_keeps_its_direction() -> None:
    html = made(sample.sponsored("he"), language="he").html
    block = re.search(
        r'<div class="line"[^>]*>(?=\s*<p class="meta mute"[^>]*>פרסומת).*?</div>', html, re.DOTALL
    )
    assert block
    assert block[0].count("1px solid #E3E3DF") == 2
    assert "<bdi>Quay Bakery</bdi>" in block[0]


def test_an_edition_without_one_says_nothing_of_it() -> None:
    one = made(sample.edition())
    assert "Advertisement" not in one.html + one.text


def test_what_a_sponsor_says_is_text() -> None:
    hostile = Sponsor(
        "<b>Bold</b>\r\nBcc: x",
        "{{ 7*7 }} <script>alert(1)</script> @@x.view_url@@",
        "https://s.example/?a=1&b='2'",
    )
    one = made(replace(sample.edition(), sponsor=hostile))
    page = filled(one)
    assert not list(page.iter("script"))
    assert "Advertisement · <b>Bold</b> Bcc: x" in page.text_content()
    assert hostile.text in page.text_content()
    assert hostile.url in links_of_html(one)
    assert hostile.url in one.text


def test_what_is_no_web_address_is_never_linked() -> None:
    one = made(replace(sample.edition(), sponsor=Sponsor("S", "T", "javascript:alert(1)")))
    assert "Advertisement" not in one.html + one.text
    assert "javascript:" not in one.html + one.text
