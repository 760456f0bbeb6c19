"""The reasons add up: the parts to the score that is printed, and the order to the scores or a printed reason."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import plugins
from digest.config.look import Look, SectionRule
from digest.config.schema import Ranking
from digest.editions import order
from digest.editions.compose import composed
from digest.messages.render import shed
from digest.model import Appearance, Choice, Composition, Picture, Placed, Ranked, Reason, Story
from digest.model.choice import Drop, Hold, Lead, Move, Pin, Spot
from digest.points import summed
from digest.stories import signals
from digest.stories.cluster import stories
from digest.stories.rank import Context, ranked
from digest.stories.signals import trust
from tests.stories.news import FILLER, NOW, QUAKE, article, newsletter

DAY = NOW.date()
FETCHED = Picture(url="https://herald.example/1.jpg", wide="a" * 64, square="b" * 64)
NEVER = Picture(url="https://herald.example/2.jpg")
RULES = (
    SectionRule(name="city", title="City", stories=2),
    SectionRule(name="sport", title="Sport", stories=1),
)

part = st.builds(
    Reason,
    st.sampled_from(["echo", "trust", "local", "of a later day"]),
    st.one_of(st.just(0.0), st.floats(0, 1)),
    st.floats(-3, 3).filter(bool),
    st.just("why"),
)
note = st.builds(Reason, st.just("lead"), st.just(0.0), st.just(0.0), st.just("why"))


@given(st.lists(st.one_of(part, note), max_size=16))
def test_the_parts_that_are_printed_add_up_to_the_score_that_is_printed(reasons: list[Reason]) -> None:
    found = summed(reasons)
    exact = sum(one.points for one in reasons)
    assert sum(round(100 * float(str(one))) for one in found.parts) == round(100 * float(str(found)))
    assert abs(100 * exact - found.hundredths) <= 0.5 + 1e-6
    assert all(abs(one.hundredths - 100 * one.reason.points) < 1 for one in found.parts)
    assert len(found.parts) + len(found.silent) + len(found.notes) == len(reasons)  # nothing is left out


def stood_above(edition: Composition) -> list[tuple[Placed, Placed]]:
    """Return each pair of which the first stands above the second and scores less."""
    placed = [*edition.stories, *edition.bench]
    return [
        (one, other)
        for at, one in enumerate(placed)
        for other in placed[at + 1 :]
        if other.score > one.score + order.SAME
    ]


def notes(placed: Placed) -> set[str]:
    return {reason.signal for reason in placed.reasons if not reason.weight and reason.text}


story = st.fixed_dictionaries(
    {
        "score": st.integers(0, 30),
        "section": st.sampled_from(["", "city", "sport", "gone"]),
        "picture": st.sampled_from([None, FETCHED, NEVER]),
        "topic": st.sampled_from(["storm", "vote", ""]),
        "carried": st.booleans(),
        "act": st.sampled_from(
            [
                None,
                None,
                None,
                Pin(0),
                Pin(0, 1),
                Move(0, Spot("sport")),
                Move(0, Spot("gone", 1)),
                Drop(0),
                Hold(0, NOW + timedelta(days=1)),
                Lead(0),
            ]
        ),
    }
)


@settings(max_examples=300)
@given(
    st.lists(story, max_size=14),
    st.integers(1, 4),
    st.integers(0, 3),
    st.sampled_from(["host", "hotlink", "none"]),
    st.integers(0, 3),
)
def test_the_order_is_the_scores_or_a_printed_reason_says_why_not(
    given_: list[dict[str, object]], top: int, brief: int, policy: str, lost: int
) -> None:
    told, choices, carried = [], [], {}
    for number, one in enumerate(given_, 1):
        lead = article(number, f"{one['topic']} {number}", section=one["section"])
        lead = replace(lead, picture=one["picture"])  # type: ignore[arg-type]
        score = int(str(one["score"])) / 10
        topics = frozenset([str(one["topic"])]) - {""}
        told.append(Ranked(Story(lead, (lead,)), score, (Reason("echo", 1.0, score, "x"),), topics))
        if one["carried"]:
            carried[number] = Appearance(
                number, 1, lead.title, DAY - timedelta(days=1), NOW - timedelta(days=1)
            )
        if act := one["act"]:
            choices.append(Choice(replace(act, article=number), "dana", NOW, id=number))  # type: ignore[type-var]
    told.sort(key=lambda each: (-each.score, each.story.lead.id))
    letter = newsletter(top=top, brief=brief, sections=RULES, look=Look(pictures=policy))
    edition = composed(told, letter, date=DAY, now=NOW, choices=choices, carried=carried, due=NOW)
    if lost and len(edition.stories) > 1:
        edition = shed(edition, lost)
    everywhere = [one.article.id for one in (*edition.stories, *edition.bench)]
    assert len(everywhere) == len(set(everywhere)) == len(told)
    for above, below in stood_above(edition):
        assert notes(above) & order.UP or notes(below) & order.DOWN, (above, below)


def test_a_picture_that_was_never_fetched_lifts_nobody() -> None:
    bare, illustrated = article(1, FILLER[0]), article(2, FILLER[1])
    for picture, first in ((NEVER, 1), (FETCHED, 2)):
        shown = replace(illustrated, picture=picture)
        made = composed(
            [Ranked(Story(bare, (bare,)), 1.0, ()), Ranked(Story(shown, (shown,)), 0.95, ())],
            newsletter(), date=DAY, now=NOW,
        )  # fmt: skip
        assert made.stories[0].article.id == first
    assert [reason.text for reason in made.stories[0].reasons] == [
        f"leads for its picture: “{FILLER[0]}” scores 1.00 and has none to show"
    ]


@pytest.mark.parametrize(("policy", "fetched", "value"), [
    ("host", NEVER, 0.0), ("host", FETCHED, 1.0), ("hotlink", NEVER, 1.0), ("none", FETCHED, 0.0),
])  # fmt: skip
def test_the_picture_signal_counts_what_the_mail_can_show(
    policy: str, fetched: Picture, value: float
) -> None:
    one = replace(article(1, FILLER[0]), picture=fetched)
    context = Context(now=NOW, newsletter=newsletter(look=Look(pictures=policy)))
    assert plugins.load(signals, "picture").score(Story(one, (one,)), context)[0] == value


def test_every_part_of_a_score_has_its_reason() -> None:
    told = [
        article(1 + at, *text, outlet=outlet, own=at == 0, place=at)
        for at, (text, outlet) in enumerate(zip(QUAKE, ("Herald", "Globe", "Tribune"), strict=True))
    ]
    told += [article(11 + at, title) for at, title in enumerate(FILLER)]
    context = Context(
        now=NOW, newsletter=newsletter(ranking=Ranking(local=("Chile",))), trust={"herald": 0.7}
    )
    for each in ranked(stories(told), context):
        assert all(reason.text for reason in each.reasons if reason.points), each.reasons


def test_a_signal_that_gives_no_reason_is_told_by_what_it_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "score", lambda story, context: (-0.5, ""))
    one = ranked(stories([article(1, FILLER[0])]), Context(now=NOW, newsletter=newsletter()))[0]
    assert next(reason.text for reason in one.reasons if reason.signal == "trust").startswith(
        "what a lead loses"
    )


def test_a_story_left_out_for_size_waits_on_the_bench_and_says_so() -> None:
    told = [article(1 + at, FILLER[at]) for at in range(6)]
    made = composed(
        [Ranked(Story(one, (one,)), 1.0 - at / 10, ()) for at, one in enumerate(told)],
        newsletter(top=3, brief=1), date=DAY, now=NOW,
    )  # fmt: skip
    less = shed(made, 2)
    assert [one.article.id for one in less.bench] == [3, 4, 5, 6]
    assert "keep the mail under" in less.bench[0].reasons[0].text
