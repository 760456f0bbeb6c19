"""The sections of a mail: their colours, their layouts, and what stands above a headline."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from digest.config.look import SectionRule
from digest.messages.render import rendered
from digest.messages.template_context import bound
from digest.model import Composition, Picture, Section
from digest.model.colour import DARK, READABLE, contrast, for_dark, rgb
from tests.messages import sample

PICTURE = Picture(url="https://p.example/1.jpg", alt="A quay", credit="AP", wide="ab" * 32, square="cd" * 32)


def pictured(found: Composition) -> Composition:
    """Return *found* with a picture for each story of its sections."""
    number, sections = 0, []
    for section in found.sections:
        stories = []
        for one in section.stories:
            number += 1
            own = replace(
                PICTURE,
                url=f"https://p.example/{number}.jpg",
                wide=f"{number:064x}",
                square=f"{number + 99:064x}",
            )
            stories.append(replace(one, article=replace(one.article, picture=own)))
        sections.append(Section(section.name, section.title, tuple(stories)))
    return replace(found, sections=tuple(sections))


def html(**rule: object) -> str:
    """Return the sample edition's HTML, with *rule* for the section "city"."""
    newsletter = sample.newsletter()
    rules = tuple(
        SectionRule.model_validate(one.model_dump() | rule) if one.name == "city" else one
        for one in newsletter.sections
    )
    changed = newsletter.model_copy(update={"sections": rules})
    return rendered(pictured(sample.edition()), changed, sample.SITE, nonce=sample.NONCE)[0].html


def city(page: str) -> str:
    """Return the part of *page* between the marks of the section "city"."""
    return page.partition(">City</h2>")[2].partition("</h2>")[0]


@pytest.mark.parametrize("colour", ["#8A3324", "#0B5FA5", "#1B5E20", "#000000", "#5E35B1", "#7A6A00"])
def test_a_colour_for_the_dark_can_be_read_there(colour: str) -> None:
    assert contrast(rgb(for_dark(colour)), rgb(DARK)) >= READABLE


def test_a_section_has_its_colour_in_the_light_and_in_the_dark() -> None:
    page = html(colour="#8A3324")
    assert 'class="part rule c-city"' in page
    assert "color: #8A3324" in page.replace("color:#8A3324", "color: #8A3324")
    assert f".c-city {{ color: {for_dark('#8A3324')} !important; }}" in page
    assert "c-politics" not in page


def test_a_colour_that_nobody_can_read_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"contrast of 1\.2 on white, and small text needs 4\.5"):
        SectionRule(name="city", title="City", colour="#FFEE99")


@pytest.mark.parametrize(
    ("layout", "pictures"), [("list", 0), ("thumbnails", 4), ("cards", 2), ("briefs", 0)]
)
def test_a_layout_shows_its_pictures_and_every_story(layout: str, pictures: int) -> None:
    page = city(html(layout=layout))
    assert page.count("<img") == pictures
    assert page.count("<h3") == 4


def test_cards_without_pictures_are_a_list() -> None:
    newsletter = sample.newsletter()
    rules = tuple(one.model_copy(update={"layout": "cards"}) for one in newsletter.sections)
    changed = newsletter.model_copy(update={"sections": rules})
    page = rendered(sample.edition(), changed, sample.SITE, nonce=sample.NONCE)[0].html
    assert 'class="card"' not in page


def test_a_headline_does_not_repeat_the_section_that_it_is_in() -> None:
    assert "City" not in city(html(layout="thumbnails")).split("Politics")[0]


def test_the_last_two_words_are_bound_where_they_are_short() -> None:
    assert bound("Council votes to close the tunnel") == "Council votes to close the\N{NO-BREAK SPACE}tunnel"
    assert bound("Councillors disagree over infrastructure responsibilities") == (
        "Councillors disagree over infrastructure responsibilities"
    )
    assert bound("Rain at last") == "Rain at last"
