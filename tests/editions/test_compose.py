"""An edition from ranked stories: places, quotas, choices, memory, and the two lines of the inbox."""

from datetime import timedelta

import pytest

from digest.config.look import SectionRule
from digest.editions.compose import composed, links, window
from digest.editions.difference import between, entering_top
from digest.errors import TemplateError
from digest.model import Act, Appearance, Article, Choice, Composition, Placed, Ranked, Reason, Story
from digest.model.choice import (
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    Omit,
    Pin,
    Redek,
    Retitle,
    SetNote,
    SetSubject,
    ShowPicture,
    Split,
    Spot,
    Undo,
    Unknown,
)
from tests.stories.news import FILLER, NOW, article, newsletter

DAY = NOW.date()
SECTIONS = (
    SectionRule(name="city", title="City", stories=2),
    SectionRule(name="sport", title="Sport", stories=2),
)


def ranked(*articles: Article, score: float = 1.0) -> list[Ranked]:
    """Return *articles* as stories of one article each, the first ranked highest."""
    return [
        Ranked(Story(one, (one,)), score - at / 100, (Reason("freshness", 0.5, 0.5, "1 h old"),))
        for at, one in enumerate(articles)
    ]


def fillers(count: int = 10, **more: object) -> list[Article]:
    return [
        article(1 + at, FILLER[at % 10], picture=f"https://herald.example/{at}.jpg", **more)
        for at in range(count)
    ]


def made(stories: list[Ranked], *choices: Choice, carried: object = None, **changes: object) -> Composition:
    changes = {"top": 3, "brief": 2} | changes
    return composed(stories, newsletter(**changes), date=DAY, now=NOW, choices=choices, carried=carried)  # type: ignore[arg-type]


def ids(edition: Composition) -> list[int]:
    return [placed.article.id for placed in edition.stories]


def choice(act: Act, *, at: int = 0, id: int = 0) -> Choice:
    return Choice(act, "editor", NOW + timedelta(seconds=at), id=id or at + 1)


def of(edition: Composition, number: int) -> Placed:
    return next(placed for placed in edition.stories if placed.article.id == number)


def test_the_best_stories_are_on_top_then_the_brief_then_the_bench() -> None:
    edition = made(ranked(*fillers()))
    assert [(section.name, len(section.stories)) for section in edition.sections] == [
        ("top", 3),
        ("brief", 2),
    ]
    assert ids(edition) == [1, 2, 3, 4, 5]
    assert [placed.place for placed in edition.stories] == [1, 2, 3, 4, 5]
    assert [placed.article.id for placed in edition.bench] == [6, 7, 8, 9, 10]


def test_a_section_takes_its_own_stories_up_to_its_quota() -> None:
    stories = [article(1 + at, FILLER[at], section=("city", "sport")[at % 2]) for at in range(10)]
    edition = made(ranked(*stories), sections=SECTIONS)
    assert {
        section.name: [placed.article.id for placed in section.stories] for section in edition.sections
    } == {
        "top": [1, 2, 3],
        "city": [5, 7],
        "sport": [4, 6],
        "brief": [8, 9],
    }


def test_one_section_does_not_fill_the_top_while_others_have_news() -> None:
    stories = [
        *(article(1 + at, FILLER[at], section="sport") for at in range(5)),
        article(9, FILLER[9], section="city"),
    ]
    assert ids(made(ranked(*stories), sections=SECTIONS))[:3] == [1, 2, 9]


def test_one_section_fills_the_top_when_there_is_nothing_else() -> None:
    stories = [article(1 + at, FILLER[at], section="sport") for at in range(5)]
    assert ids(made(ranked(*stories), sections=SECTIONS))[:3] == [1, 2, 3]


def test_no_story_stands_twice() -> None:
    stories = [article(1 + at, FILLER[at], section=("city", "sport")[at % 2]) for at in range(10)]
    edition = made(
        ranked(*stories), choice(Pin(5, 1)), choice(Move(1, Spot("brief")), at=1), sections=SECTIONS
    )
    assert len(ids(edition)) == len(set(ids(edition)))
    assert not set(ids(edition)) & {placed.article.id for placed in edition.bench}


def test_witness_stories_are_never_placed() -> None:
    edition = made(ranked(article(1, FILLER[0], own=False), article(2, FILLER[1])))
    assert ids(edition) == [2]
    assert edition.bench == ()


def test_nothing_new_is_an_edition_without_stories() -> None:
    edition = made([])
    assert edition.stories == ()
    assert edition.sections == ()
    assert edition.subject == "The Morning Herald"


def test_a_story_with_a_picture_leads_over_one_that_scores_a_hair_more() -> None:
    bare, pictured = article(1, FILLER[0]), article(2, FILLER[1], picture="https://herald.example/2.jpg")
    assert ids(made(ranked(bare, pictured))) == [2, 1]
    far = [*ranked(bare), *ranked(pictured, score=0.5)]
    assert ids(made(far)) == [1, 2]


def test_two_stories_never_show_the_same_picture() -> None:
    edition = made(
        ranked(
            article(1, FILLER[0], picture="https://herald.example/a.jpg?w=1"),
            article(2, FILLER[1], picture="https://herald.example/a.jpg?w=2"),
        )
    )
    assert [placed.article.picture is None for placed in edition.stories] == [False, True]


def test_a_roundup_links_to_the_other_own_outlets() -> None:
    herald, globe, witness = (
        article(1, FILLER[0]),
        article(2, FILLER[0], outlet="Globe"),
        article(3, FILLER[0], outlet="Tribune", own=False),
    )
    edition = made([Ranked(Story(herald, (herald, globe, witness)), 1.0, ())])
    assert [one.id for one in edition.stories[0].also] == [2]
    assert edition.stories[0].outlets == ("Herald", "Globe", "Tribune")


def with_a_second(echo: float, title: str = FILLER[1], *choices: Choice) -> list[int]:
    """Return what is linked below a story whose lead echoes 2, and whose second own piece echoes *echo*."""
    lead, second, witness = (
        article(1, FILLER[0]),
        article(2, title),
        article(3, FILLER[0], outlet="Tribune", own=False),
    )
    edition = made([Ranked(Story(lead, (lead, second, witness), (2.0, echo, 0.0)), 1.0, ())], *choices)
    return [one.id for one in edition.stories[0].also]


def test_a_second_own_piece_with_most_of_the_leads_echo_is_linked_below_it() -> None:
    assert with_a_second(1.4) == [2]
    assert with_a_second(1.3) == []
    assert with_a_second(2.0, FILLER[0]) == [], "it says the same as the lead"
    quiet = article(1, FILLER[0]), article(2, FILLER[1])
    assert made([Ranked(Story(quiet[0], quiet, (0.0, 0.0)), 1.0, ())]).stories[0].also == ()


def test_an_editor_takes_a_second_piece_off_and_may_take_that_back() -> None:
    off = choice(Omit(2), id=7)
    assert with_a_second(1.9, FILLER[1], off) == []
    assert with_a_second(1.9, FILLER[1], off, choice(Undo(7), at=1)) == [2]


# ------------------------------------------------------------------ choices


def test_a_pin_stands_at_its_place_whatever_its_score() -> None:
    assert ids(made(ranked(*fillers()), choice(Pin(9, 2))))[:3] == [1, 9, 2]


def test_a_drop_is_not_placed() -> None:
    edition = made(ranked(*fillers()), choice(Drop(1)))
    assert 1 not in ids(edition)


def test_the_later_of_two_choices_holds() -> None:
    assert 1 in ids(made(ranked(*fillers()), choice(Drop(1)), choice(Pin(1, 3), at=1)))
    assert 1 not in ids(made(ranked(*fillers()), choice(Pin(1, 3)), choice(Drop(1), at=1)))


def test_a_moved_story_stands_in_its_new_section() -> None:
    edition = made(ranked(*fillers()), choice(Move(9, Spot("sport"))), sections=SECTIONS)
    assert of(edition, 9).section == "sport"


def test_a_story_moved_to_a_section_that_is_gone_stays_in_the_edition() -> None:
    assert of(made(ranked(*fillers()), choice(Move(9, Spot("opera")))), 9).section == "brief"


def test_an_editors_title_and_dek_are_used() -> None:
    edition = made(
        ranked(*fillers()), choice(Retitle(1, "A\nbetter title")), choice(Redek(1, "And dek"), at=1)
    )
    assert (of(edition, 1).title, of(edition, 1).dek) == ("A better title", "And dek")
    assert edition.subject == "A better title"


def test_an_undone_choice_is_gone_and_an_undone_undo_brings_it_back() -> None:
    drop, undo, redo = choice(Drop(1)), choice(Undo(1), at=1), choice(Undo(2), at=2)
    assert 1 in ids(made(ranked(*fillers()), drop, undo))
    assert 1 not in ids(made(ranked(*fillers()), drop, undo, redo))


def test_a_choice_binds_its_story_when_another_article_leads_it_now() -> None:
    first, second = article(1, "Council votes", old=timedelta(hours=3)), article(2, "Council has voted")
    story = Ranked(Story(second, (first, second)), 0.1, ())
    edition = made(
        [*ranked(*(article(11 + at, title) for at, title in enumerate(FILLER))), story], choice(Pin(1, 1))
    )
    assert edition.stories[0].article.id == 1


def test_choices_outlive_a_rebuild_with_more_news() -> None:
    choices = [choice(Pin(3, 1)), choice(Drop(1), at=1), choice(Retitle(2, "Ours"), at=2)]
    before = made(ranked(*fillers(5)), *choices)
    after = made(
        [
            *ranked(*(article(50 + at, title) for at, title in enumerate(FILLER))),
            *ranked(*fillers(5), score=0.5),
        ],
        *choices,
    )
    assert before.stories[0].article.id == after.stories[0].article.id == 3
    assert 1 not in ids(before) + ids(after)
    assert of(before, 2).title == "Ours"


def test_more_pins_than_places_are_all_placed() -> None:
    edition = made(ranked(*fillers()), *(choice(Pin(1 + at, 1 + at), at=at) for at in range(5)))
    assert ids(edition)[:5] == [1, 2, 3, 4, 5]


def test_links_are_the_pairs_that_an_editor_joined_and_parted() -> None:
    choices = [
        choice(Merge(1, 2)),
        choice(Split(4, 3), at=1),
        choice(Merge(5, 6), at=2),
        choice(Undo(3), at=3),
        choice(Split(2, 1), at=4),
        choice(Merge(7, 7), at=5),
        choice(Unknown("merge", 7, {"value": "x"}), at=6),
    ]
    assert links(choices) == (set(), {(3, 4), (1, 2)})


# ------------------------------------------------------------------ memory


def appearance(number: int, title: str, version: int = 1) -> dict[int, Appearance]:
    return {number: Appearance(number, version, title, DAY - timedelta(days=1), NOW - timedelta(days=1))}


def test_a_story_that_was_carried_does_not_come_back() -> None:
    edition = made(ranked(*fillers()), carried=appearance(1, FILLER[0]))
    assert 1 not in ids(edition)
    assert edition.bench[0].reasons[0].text == "carried on 3 March, nothing new since"


def test_a_carried_story_can_be_pinned_all_the_same() -> None:
    assert ids(made(ranked(*fillers()), choice(Pin(1, 1)), carried=appearance(1, FILLER[0])))[0] == 1


def test_a_later_report_on_a_carried_story_is_an_update() -> None:
    first, second = (
        article(1, "Bridge closed to lorries", old=timedelta(hours=30)),
        article(2, "Hauliers go to court over bridge ban"),
    )
    edition = made([Ranked(Story(first, (first, second)), 1.0, ())], carried=appearance(1, first.title))
    assert [(placed.article.id, placed.update) for placed in edition.stories] == [(2, True)]
    assert (
        edition.stories[0].reasons[0].text
        == "carried on 3 March; since then: Hauliers go to court over bridge ban"
    )


def test_a_changed_title_in_a_new_version_is_an_update() -> None:
    now_it_says = article(1, "Minister resigns over bridge ban", version=2)
    edition = made(ranked(now_it_says), carried=appearance(1, "Calls for minister to explain bridge ban"))
    assert edition.stories[0].update


def test_a_mended_comma_is_no_news() -> None:
    edition = made(
        ranked(article(1, "Minister resigns, over bridge ban", version=2)),
        carried=appearance(1, "Minister resigns over bridge ban"),
    )
    assert edition.stories == ()


def test_the_same_story_under_a_second_address_is_no_news() -> None:
    first, second = article(1, FILLER[0], old=timedelta(hours=30)), article(2, FILLER[0])
    assert (
        made([Ranked(Story(second, (first, second)), 1.0, ())], carried=appearance(1, FILLER[0])).stories
        == ()
    )


# ------------------------------------------------------------------ window


def test_the_window_reaches_back_to_the_last_sent_edition_within_bounds() -> None:
    rules = newsletter(window="24h", longest_window="4d")
    assert window(NOW, None, rules) == NOW - timedelta(hours=24)
    assert window(NOW, NOW - timedelta(hours=20), rules) == NOW - timedelta(hours=24)
    assert window(NOW, NOW - timedelta(hours=72), rules) == NOW - timedelta(hours=72)
    assert window(NOW, NOW - timedelta(days=30), rules) == NOW - timedelta(days=4)


# ------------------------------------------------------------------ subject and preheader


def test_subject_and_preheader_come_from_the_lead_stories() -> None:
    edition = made(ranked(*fillers()))
    assert edition.subject == FILLER[0]
    assert edition.preheader.startswith(f"{FILLER[1]} · {FILLER[2]}")
    assert 70 <= len(edition.preheader) <= 110
    assert edition.preheader.endswith("…")


def test_a_title_is_data_and_one_line() -> None:
    edition = made(ranked(article(1, "{{ 7 * 7 }}\r\nBcc: all@example.org\u202e{% raw %}")))
    assert edition.subject == "{{ 7 * 7 }} Bcc: all@example.org{% raw %}"


def test_a_subject_of_ten_thousand_characters_is_cut_on_a_word() -> None:
    subject = made(ranked(article(1, "word " * 2000))).subject
    assert len(subject) <= 150
    assert subject.endswith("word…")


@pytest.mark.parametrize(
    ("setting", "template", "line"),
    [
        ("subject", "{{ lead.title", 1),
        ("subject", "Today\n{{ leed.title }}", 2),
        ("preheader", "{{ lead.title.__class__.__mro__ }}", 1),
        ("preheader", "{{ 'a' * 1000000000 }}", 1),
        ("preheader", "{{ 1 / 0 }}", 1),
        ("subject", "\n\n{% for at in range(1000000000) %}a{% endfor %}", 3),
        ("subject", "{% include 'x' %}", 1),
    ],
)
def test_a_broken_template_is_named_with_its_line(setting: str, template: str, line: int) -> None:
    with pytest.raises(TemplateError, match=rf"newsletters\.morning\.{setting}, line {line}"):
        made(ranked(*fillers()), **{setting: template})


def test_a_template_that_makes_nothing_falls_back() -> None:
    edition = made(
        ranked(article(1, "Title", "A dek to read.")), subject="{# nothing #}", preheader="{# nothing #}"
    )
    assert (edition.subject, edition.preheader) == ("The Morning Herald", "A dek to read.")


def test_no_five_top_stories_share_a_word_while_there_is_anything_else() -> None:
    floods = [article(at, f"Floods: report number {at}") for at in range(1, 7)]
    others = [article(10 + at, title) for at, title in enumerate(FILLER[:3])]
    order = [
        Ranked(Story(one, (one,)), 1.0 - at / 100, (), frozenset(one.title.casefold().split()))
        for at, one in enumerate([*floods, *others])
    ]
    edition = made(order, top=5, brief=6)
    top = [placed for section in edition.sections if section.name == "top" for placed in section.stories]
    assert sum(placed.title.startswith("Floods") for placed in top) == 3
    brief = of(edition, 4)
    assert brief.reasons[-1].text == "below the top stories, which have enough of “floods:”"
    alone = made(order[:6], top=5)
    assert sum(placed.section == "top" for placed in alone.stories) == 5


def test_a_new_article_on_what_was_carried_comes_back_as_an_update() -> None:
    old, new = article(1, FILLER[0], old=timedelta(hours=30)), article(2, "Conductor starts with Mahler")
    had = {1: Appearance(1, 1, FILLER[0], DAY - timedelta(days=1), NOW - timedelta(days=1))}
    edition = made([Ranked(Story(new, (new,), thread=(old,)), 1.0, ())], carried=had)
    assert of(edition, 2).update


# ------------------------------------------------------------------ the hand


def test_a_drag_pushes_earlier_pins_on_to_where_dragging_looks_like() -> None:
    first, second = choice(Pin(9, 1)), choice(Pin(8, 2), at=1)
    assert ids(made(ranked(*fillers()), first, second, choice(Pin(7, 1), at=2)))[:3] == [7, 9, 8]
    third = choice(Pin(7, 3), at=2)
    dragged_down = choice(Pin(9, 3, was=1), at=3)
    assert ids(made(ranked(*fillers()), first, second, third, dragged_down))[:3] == [8, 7, 9]


def test_a_pin_keeps_its_place_when_another_goes_above_it() -> None:
    assert ids(made(ranked(*fillers()), choice(Pin(9, 3)), choice(Pin(8, 1), at=1)))[:3] == [8, 1, 9]


def test_a_story_stands_where_it_was_put_within_its_section() -> None:
    stories = [article(1 + at, FILLER[at], section="city") for at in range(8)]
    edition = made(
        ranked(*stories),
        choice(Move(8, Spot("city", 1))),
        choice(Move(7, Spot("city", 2)), at=1),
        sections=SECTIONS,
    )
    assert [placed.article.id for placed in edition.sections[1].stories] == [8, 7]
    assert ids(made(ranked(*stories), choice(Move(8, Spot("top", 1))), sections=SECTIONS))[0] == 8


def test_a_held_story_waits_until_the_edition_goes_out_after_its_time() -> None:
    held = choice(Hold(1, NOW + timedelta(hours=1)))
    assert 1 not in ids(made(ranked(*fillers()), choice(Pin(1, 1)), held))
    late = composed(
        ranked(*fillers()),
        newsletter(),
        date=DAY,
        now=NOW,
        choices=[held],
        due=NOW + timedelta(hours=2),
    )
    assert 1 in ids(late)
    assert 1 in ids(made(ranked(*fillers()), held, choice(Hold(1), at=1)))


def test_the_editions_lines_are_the_editors_where_the_editor_wrote_them() -> None:
    edition = made(ranked(*fillers()), choice(SetSubject("Ours")), choice(SetNote("A word."), at=1))
    assert (edition.subject, edition.note) == ("Ours", "A word.")
    assert (
        made(ranked(*fillers()), choice(SetSubject("Ours")), choice(SetSubject(" "), at=1)).subject
        == FILLER[0]
    )


def test_a_chosen_article_leads_its_story_and_an_empty_title_is_the_publishers() -> None:
    first, second = article(1, "Council votes"), article(2, "Council has voted")
    story = [Ranked(Story(first, (first, second)), 1.0, ())]
    edition = made(story, choice(Lead(2)), choice(Retitle(2, ""), at=1))
    assert (edition.stories[0].article.id, edition.stories[0].title) == (2, "Council has voted")


def test_a_story_shows_the_picture_that_was_chosen_and_never_a_witness_s() -> None:
    first, second = (
        article(1, "Council votes", picture="https://h.example/1.jpg"),
        article(2, "Council has voted", outlet="Post", picture="https://p.example/2.jpg"),
    )
    witness = article(3, "Votes", outlet="Wire", own=False, picture="https://w.example/3.jpg")
    story = [Ranked(Story(first, (first, second, witness)), 1.0, ())]

    def shown(*chosen: Choice) -> str:
        picture = made(story, *chosen).stories[0].article.picture
        return picture.url if picture else ""

    assert shown(choice(ShowPicture(1, 2))) == "https://p.example/2.jpg"
    assert shown(choice(ShowPicture(1, 2)), choice(Lead(2), at=1)) == "https://p.example/2.jpg"
    assert shown(choice(ShowPicture(2, None))) == "", "whichever article of the story it names"
    for back in (0, 3, 99):
        assert (
            shown(choice(ShowPicture(1, 2)), choice(ShowPicture(1, back), at=1)) == "https://h.example/1.jpg"
        )
    assert shown(choice(ShowPicture(1, None)), choice(Undo(1), at=1)) != ""


def test_differences_are_told_in_words() -> None:
    before = made(ranked(*fillers()))
    after = made(
        ranked(*fillers()),
        choice(Pin(9, 1)),
        choice(Retitle(1, "Ours"), at=1),
        choice(SetSubject("New"), at=2),
    )
    told = {(one.kind, one.title): one.words for one in between(before, after)}
    assert told["in", FILLER[8]] == "comes into the lead"
    assert told["title", "Ours"] == f"was headed “{FILLER[0]}”"
    assert told["moved", "Ours"] == "to top, place 2 from the lead"
    assert told["line", "subject"] == f"now “New”, was “{FILLER[0]}”"
    assert ("out", FILLER[4]) in told
    assert entering_top(before, after) == 1
    assert between(before, before) == ()
