import re
from dataclasses import replace
from html import unescape
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as parser

from digest.messages import slots, templates
from digest.messages.render import LIMIT, rendered, shed
from digest.model import Composition, Rendered
from tests.messages import sample

LANGUAGES = ("en", "he", "ar")
LOOKS = sorted(path.stem for path in templates.shipped().joinpath("editions").glob("*.mjml"))


def made(edition: Composition | None = None, language: str = "en", **changes: object) -> Rendered:
    edition = edition or sample.edition(language)
    return rendered(edition, sample.newsletter(language, **changes), sample.SITE, nonce=sample.NONCE)[0]


def filled(one: Rendered) -> parser.HtmlElement:
    return parser.document_fromstring(slots.filled(one.html, one.nonce, "html", sample.VALUES))


def links_of_html(one: Rendered) -> list[str]:
    hrefs = [a.get("href") for a in filled(one).iter("a")]
    return list(dict.fromkeys(hrefs))


def links_of_text(one: Rendered) -> list[str]:
    return list(
        dict.fromkeys(re.findall(r"https?://\S+", slots.filled(one.text, one.nonce, "text", sample.VALUES)))
    )


def long(stories: int) -> Composition:
    edition = sample.edition()
    section = edition.sections[1]
    more = tuple(
        replace(section.stories[0], place=100 + n, title=f"Story {n} " + "of many words " * 12)
        for n in range(stories)
    )
    return replace(
        edition, sections=(edition.sections[0], replace(section, stories=more), *edition.sections[2:])
    )


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_look_has_the_same_links_in_both_parts_and_in_the_same_order(look: str, language: str) -> None:
    one = made(language=language, look=sample.look(template=look))
    assert links_of_html(one) == links_of_text(one)
    for value in sample.VALUES.values():
        assert value in links_of_text(one)


def test_a_roundup_links_the_other_outlets_in_both_parts() -> None:
    one = made(sample.roundup())
    assert links_of_html(one) == links_of_text(one)
    assert (
        "https://reuters.example/b?utm_source=newsletter&utm_medium=email&utm_campaign=daily#top"
        in links_of_text(one)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_headline_stands_in_both_parts(language: str) -> None:
    one = made(language=language)
    words = " ".join(filled(one).text_content().split())
    text = " ".join(one.text.split())
    for placed in sample.edition(language).stories:
        assert placed.title in words
        assert placed.title in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_of_the_text_part_is_over_72_columns_but_an_address(language: str) -> None:
    for row in made(language=language).text.splitlines():
        assert len(row) <= 72 or "http" in row or sample.NONCE in row


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_its_language_direction_and_title_and_describes_its_pictures(language: str) -> None:
    page = filled(made(language=language))
    assert page.get("lang") == language
    assert page.get("dir") == ("ltr" if language == "en" else "rtl")
    assert page.findtext("head/title") == sample.edition(language).subject
    assert all(image.get("alt") for image in page.iter("img"))
    assert list(page.iter("img"))
    assert all(table.get("role") == "presentation" for table in page.iter("table"))
    assert not [tag for tag in ("script", "form", "base", "iframe", "object", "link") if list(page.iter(tag))]


def test_right_to_left_is_a_mirror() -> None:
    one = made(language="he")
    assert "direction:ltr" not in one.html
    assert "text-align:left" not in one.html.replace(
        "font-size:0px;text-align:left;direction:rtl", ""
    )  # MJML's column; its text is turned
    assert "padding-right:16px" in one.html  # the picture's gap is at its start
    assert "padding-left:16px" not in one.html


def test_a_story_in_another_language_says_so_and_turns_only_itself() -> None:
    page = filled(made(sample.roundup()))
    turned = [
        element for element in page.iter() if isinstance(element.tag, str) and element.get("lang") == "he"
    ]
    assert len(turned) == 2
    assert all(element.get("dir") == "rtl" for element in turned)


def test_nothing_is_loaded_but_our_pictures() -> None:
    one = made()
    assert "fonts.googleapis" not in one.html
    sources = [image.get("src") for image in filled(one).iter("img")]
    assert all(source.startswith(f"{sample.SITE.url}/p/") for source in sources)
    assert "url(" not in one.html
    assert "@import" not in one.html


def test_pictures_can_be_hot_linked_or_left_out() -> None:
    assert all(
        image.get("src").startswith("https://harbour.example/")
        for image in filled(made(look=sample.look(pictures="hotlink"))).iter("img")
    )
    assert not list(filled(made(look=sample.look(pictures="none"))).iter("img"))


def test_two_stories_never_show_the_same_picture() -> None:
    edition = sample.edition()
    top = edition.sections[0]
    same = top.stories[0].article.picture
    twice = tuple(replace(placed, article=replace(placed.article, picture=same)) for placed in top.stories)
    page = filled(made(replace(edition, sections=(replace(top, stories=twice),))))
    assert len(list(page.iter("img"))) == 1


def test_dark_mode_survives_the_inliner() -> None:
    one = made()
    assert "@media (prefers-color-scheme: dark)" in one.html
    assert ".ink, .ink a { color: #F2F2EF !important; }" in re.sub(r" +", " ", one.html)
    assert "[data-ogsc]" in one.html
    assert '<meta name="color-scheme" content="light dark">' in one.html
    assert '<meta name="supported-color-schemes" content="light dark">' in one.html
    assert one.html.startswith("<!DOCTYPE html>")
    assert "data-premailer" not in one.html


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_text_colour_has_a_contrast_of_at_least_four_and_a_half() -> None:
    one = made()
    body = one.html[one.html.index("<body") :]
    light = set(re.findall(r"(?<![-\w])color:\s*(#[0-9A-Fa-f]{6})", body)) - {
        "#ffffff"
    }  # the hidden preheader's
    kept = one.html[: one.html.index("<body")]
    dark = set(re.findall(r"(?<![-\w])color: (#[0-9A-Fa-f]{6}) !important", kept))
    assert len(light) >= 4
    assert len(dark) >= 4
    assert min(contrast(colour, "#FFFFFF") for colour in light) >= 4.5
    assert min(contrast(colour, "#14161A") for colour in dark) >= 4.5
    assert contrast("#6A6F78", "#F1F1EE") >= 4.4  # an alt text on the place of a missing picture
    assert contrast("#9BA1AA", "#24272D") >= 4.5


def test_every_text_class_has_a_dark_colour() -> None:
    """An element with a colour of its own must carry a class that the dark rules know, or it inherits one."""
    page = filled(made(sample.roundup()))
    known = {"ink", "text", "mute", "accent", "photo"}
    for element in page.body.iter():
        if (
            isinstance(element.tag, str)
            and re.search(r"(?<![-\w])color:\s*#", element.get("style", ""))
            and element.text_content().strip()
        ):
            bare = not (element.text or "").strip()
            assert (
                bare
                or known & set(element.get("class", "").split())
                or "display:none" in element.get("style")
            )


def test_no_type_is_smaller_than_13_pixels() -> None:
    body = made().html.split("<body", 1)[1]
    sizes = {int(size) for size in re.findall(r"font-size:\s*(\d+)px", body)}
    assert {size for size in sizes if size > 1} <= {13, 16, 17, 19, 21, 30, 34}


def test_the_preheader_is_hidden_and_padded() -> None:
    one = made()
    hidden = re.search(r'<div style="display:none[^>]*>(.*?)</div>', one.html, re.DOTALL)
    assert hidden
    assert hidden[1].startswith(one.preheader)
    assert len(unescape(hidden[1])) >= 150


def test_the_reasons_of_a_place_are_not_shown_to_readers() -> None:
    edition = sample.edition()
    from digest.model import Reason

    top = edition.sections[0]
    told = tuple(
        replace(placed, reasons=(Reason("freshness", 0.93, 1.0, "SECRETREASON"),)) for placed in top.stories
    )
    one = made(replace(edition, sections=(replace(top, stories=told),)))
    assert "SECRETREASON" not in one.html + one.text


def test_a_story_that_has_news_is_marked() -> None:
    one = made(sample.roundup())
    assert "Update · " in filled(one).text_content()
    assert "Politics: Update: Budget" in one.text.replace("\n", " ")


def test_agencies_are_credited_as_agencies_and_not_as_people() -> None:
    edition = sample.edition(stories=1)
    placed = edition.stories[0]
    for byline, wanted in (("Reuters, AFP", "Reuters, AFP"), ("Ann Field and AP", "By Ann Field · AP")):
        stories = (replace(placed, article=replace(placed.article, byline=byline)),)
        one = made(replace(edition, sections=(replace(edition.sections[0], stories=stories),)))
        for part in (filled(one).text_content(), one.text):
            assert wanted in " ".join(part.split())
            assert f"By {byline}" not in part


def test_an_editors_note_is_shown() -> None:
    one = made(replace(sample.edition(), note=sample.NOTES["en"]))
    assert "From the editor" in one.html
    assert sample.NOTES["en"] in " ".join(one.text.split())


HOSTILE = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["{{ 7*7 }}", "{% for x in y %}", "@@x.view_url@@", "<script>alert(1)</script>", "]]>", "<!--[if mso]>", "-->", "a < b & c", "</mj-text></mj-column>",
     "\x00\x0b\x1f", "\r\nBcc: x@y", "\u202eevil", "\ufffe", "<mj-foo>", "&nbsp;&bogus;", "'\"", "x" * 10_000, "\ud800"]
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE, HOSTILE, HOSTILE)
def test_whatever_a_feed_says_is_text(title: str, dek: str, byline: str) -> None:
    edition = sample.edition(stories=1)
    placed = edition.stories[0]
    article = replace(
        placed.article,
        byline=byline,
        outlet=title,
        picture=replace(placed.article.picture, alt=dek, credit=byline),
    )  # type: ignore[type-var]
    hostile = replace(placed, title=title, dek=dek, article=article)
    one = made(
        replace(
            edition,
            subject=title,
            preheader=dek,
            note=byline,
            sections=(replace(edition.sections[0], stories=(hostile,)),),
        )
    )
    page = filled(one)
    assert not list(page.iter("script"))
    assert sample.NONCE not in page.text_content()
    plain = filled(made(sample.edition(stories=1)))
    shape = [element.tag for element in page.iter("a", "table", "img")]
    assert set(shape) <= {element.tag for element in plain.iter("a", "table", "img")}


def test_a_slot_cannot_be_forged_by_a_feed() -> None:
    forged = "@@unsubscribe_url@@ @@0000000000000000.unsubscribe_url@@ {{ page.unsubscribe_url }}"
    edition = sample.edition(stories=1)
    section = edition.sections[0]
    one = made(
        replace(edition, sections=(replace(section, stories=(replace(section.stories[0], title=forged),)),))
    )
    assert forged in filled(one).text_content()


def test_a_long_edition_sheds_its_last_stories_and_says_which() -> None:
    edition = long(120)
    one, printed = rendered(edition, sample.newsletter(), sample.SITE, nonce=sample.NONCE)
    assert 0.8 * LIMIT < one.size <= LIMIT
    titles = [placed.title for placed in edition.stories]
    kept = [placed.title for placed in printed.stories]
    assert titles == [*kept, *one.shed]
    assert printed.shed == one.shed
    assert rendered(printed, sample.newsletter(), sample.SITE, nonce=sample.NONCE)[0].html == one.html


def test_an_edition_of_twenty_stories_sheds_nothing() -> None:
    assert made().shed == ()
    assert made().size < 45_000


@given(st.integers(0, 30))
def test_shedding_keeps_the_first_story_and_the_order(count: int) -> None:
    edition = sample.edition()
    less = shed(edition, count)
    titles = [placed.title for placed in edition.stories]
    kept = [placed.title for placed in less.stories]
    assert kept == titles[: max(len(titles) - count, 1)]
    assert [*kept, *less.shed] == titles
    assert all(section.stories for section in less.sections)


def test_the_same_edition_renders_to_the_same_bytes() -> None:
    assert made() == made()


@pytest.mark.parametrize("nonce", ["", "short", "5f3a91c07be4d26Z", "<b>"])
def test_a_nonce_that_could_be_mistaken_is_refused(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        rendered(sample.edition(), sample.newsletter(), sample.SITE, nonce=nonce)


def test_an_edition_without_top_stories_still_renders() -> None:
    edition = sample.edition()
    one = made(replace(edition, sections=edition.sections[1:]))
    assert edition.sections[1].stories[0].title in one.html.replace("\N{NO-BREAK SPACE}", " ")


def test_all_links_of_articles_carry_the_newsletters_parameters() -> None:
    ours = set(sample.VALUES.values()) | {f"{sample.SITE.url}/subscribe/daily"}
    found = [link for link in chain(links_of_html(made())) if link not in ours]
    assert len(found) == 20
    assert all("utm_campaign=daily" in link for link in found)
