"""Which of a story's own articles is mailed, and what an explainer may stand above."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import Article, Picture, Sighting
from digest.stories import headline
from digest.stories.cluster import stories
from digest.stories.context import Context
from digest.stories.lead import story
from digest.stories.rank import EXPLAINER, ranked, weights_of
from tests.stories.news import FILLER, HARBOUR, NOW, QUAKE, article, newsletter

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("language", "title", "asks"),
    [
        ("en", "How the bridge was lost", True),
        ("en-GB", "Harbour bridge: Why lorries are banned", True),
        ("en", "Is this the end of the bridge?”", True),
        ("en", "In pictures: the harbour at dawn", True),
        ("en", "Howard wins the harbour prize", False),
        ("en", "Council closes the bridge that nobody asked about", False),
        ("de", "Warum die Brücke gesperrt ist", True),
        ("fr", "En images : le port à l'aube", True),
        ("sv", "Därför stängs bron", False),
        ("he", "למה נסגר הגשר", True),
        ("ar", "لماذا أغلق الجسر؟", True),
        ("ar", "من القاهرة إلى أسوان بالقطار", False),
        ("fr", "Faut-il fermer le pont", True),
        ("fr", "Est-ce la fin du pont", True),
        ("es", "Por qué se cierra el puente", True),
        ("it", "Cos’è successo al ponte", True),
        ("en", "Round-up: the harbour at dawn", True),
        ("pl", "Jak zamknięto most", True),
        ("pl", "Który most zostanie zamknięty", True),
        ("pl", "Most zamknięty: co wiemy", True),
        ("pl", "Most zamknięty do jutra", False),
        ("ru", "Какой мост закроют", True),
        ("ru", "Можно ли спасти мост", True),
        ("ru", "Мост закрыт. Видео", True),
        ("ru", "Мост закрыт до завтра", False),
        ("uk", "Який міст закриють", True),
        ("uk", "Чи варто рятувати міст", True),
        ("uk", "Міст закрито до завтра", False),
        ("fa", "چرا پل بسته شد", True),
        ("fa", "پل بسته شد: چه می‌دانیم", True),
        ("fa", "پل تا فردا بسته است", False),
        ("fi", "Miksi silta suljettiin", False),
        ("ja", "橋はなぜ閉鎖されたのか？", True),
        ("en", "", False),
    ],
)
def test_a_headline_that_asks_is_known_in_its_language(language: str, title: str, asks: bool) -> None:
    assert headline.asks(article(1, title, language=language)) is asks


@pytest.mark.parametrize(
    "more",
    [
        {"url": "https://herald.example/opinion/2026/bridge"},
        {"categories": ("Opinion",)},
        {"section": "comment"},
        {"title": "Editorial: the harbour bridge must stay closed to lorries, whatever hauliers say of it"},
        {
            "title": "Meinung | Die Brücke muss gesperrt bleiben, was die Spediteure auch sagen",
            "language": "de",
        },
        {"url": "https://herald.example/op-ed/bridge"},
        {"section": "Op-Ed"},
        {"section": "Felietony", "language": "pl"},
        {"section": "Мнение", "language": "ru"},
        {"section": "Погляди", "language": "uk"},
        {"section": "سرمقاله", "language": "fa"},
    ],
)
def test_a_comment_never_leads_what_a_report_tells(more: dict[str, object]) -> None:
    fields = {
        "title": "The harbour bridge must stay closed to lorries, whatever the hauliers may say of it"
    } | more
    comment = article(1, str(fields.pop("title")), **fields)
    told = [comment, article(2, "Bridge closed")]
    assert story(told, {1: 9.0, 2: 0.1}).lead.id == 2


def test_what_its_source_still_shows_leads_before_what_left_it() -> None:
    def shown(number: int, at: timedelta) -> Article:
        seen = Sighting("herald", 0, NOW - at, NOW - 9 * HOUR)
        return article(number, HARBOUR[0][0], sightings=(seen,))

    assert story([shown(1, HOUR), shown(2, 0 * HOUR)], {1: 5.0, 2: 1.0}).lead.id == 2
    assert story([shown(1, HOUR), shown(2, HOUR)], {1: 5.0, 2: 1.0}).lead.id == 1


def test_a_picture_decides_between_equals_alone_and_only_once_it_was_fetched() -> None:
    plain, pictured = (
        article(1, HARBOUR[0][0]),
        article(2, HARBOUR[0][0], picture="https://herald.example/a.jpg"),
    )
    promised = article(3, HARBOUR[0][0], old=2 * HOUR, picture="x")
    promised = article(3, HARBOUR[0][0], old=2 * HOUR).__class__(
        **{
            **{name: getattr(promised, name) for name in promised.__slots__},
            "picture": Picture(url="https://a/b"),
        }
    )
    assert story([plain, pictured], {1: 1.0, 2: 1.0}).lead.id == 2
    assert story([plain, pictured], {1: 1.1, 2: 1.0}).lead.id == 1
    assert story([plain, promised], {1: 1.0, 3: 1.0}).lead.id == 1


def test_an_explainer_that_one_outlet_has_stands_below_the_news_that_three_tell() -> None:
    quakes = [
        article(1 + at, *text, outlet=outlet, own=at == 0)
        for at, (text, outlet) in enumerate(zip(QUAKE, ("Herald", "Globe", "Tribune"), strict=True))
    ]
    loud = [
        article(
            30 + at, f"Minister resigns over budget row in parliament {word}", outlet=f"Paper {at}", own=False
        )
        for at, word in enumerate(("today", "tonight", "at last", "in tears", "at noon"))
    ]
    why = article(20, "Why ministers resign and what a budget row has to do with a parliament")
    found = ranked(
        stories([*quakes, *loud, why], cannot=[(20, 30 + at) for at in range(5)], now=NOW),
        Context(now=NOW, newsletter=newsletter()),
    )
    own = [each for each in found if each.story.lead.id in (1, 20)]
    assert [each.story.lead.id for each in own] == [1, 20]
    last = own[1]
    assert last.score == pytest.approx(sum(reason.points for reason in last.reasons))
    capped = next(reason for reason in last.reasons if reason.signal == EXPLAINER)
    assert capped.points < 0
    assert "no other outlet tells it" in capped.text


def test_signals_that_were_given_up_may_stand_in_a_configuration() -> None:
    assert weights_of({"coverage": 0.4, "freshness": 0.2}).keys() >= {"echo", "freshness"}
    assert "coverage" not in weights_of({"coverage": 0.4})


def test_stories_and_their_order_do_not_depend_on_the_order_or_the_numbers_of_the_articles() -> None:
    texts = [*QUAKE, *HARBOUR, *((title, "") for title in FILLER)]

    def order(turn: list[int]) -> list[str]:
        told = [
            article(number, *texts[at], outlet=f"Paper {at % 4}", own=at % 2 == 0)
            for number, at in enumerate(turn)
        ]
        return [
            each.story.lead.title
            for each in ranked(stories(told, now=NOW), Context(now=NOW, newsletter=newsletter()))
        ]

    there = list(range(len(texts)))
    assert order(there) == order(there[::-1]) == order(there[5:] + there[:5])


def test_what_runs_across_told_stories_stands_below_the_news_that_three_tell() -> None:
    quakes = [article(1 + at, *text, outlet=f"Paper {at}") for at, text in enumerate(QUAKE)]
    loud = [article(20, "Ministers resign, a budget row and a quake keep parliament busy all of this week")]
    told = stories([*quakes, *loud], now=NOW)
    across = tuple(text[0] for text in HARBOUR)
    run = [replace(one, across=across, echoes=(50.0,)) if one.lead.id == 20 else one for one in told]
    plain = [replace(one, echoes=(50.0,)) if one.lead.id == 20 else one for one in told]
    context = Context(now=NOW, newsletter=newsletter())
    assert next(each.story.lead.id for each in ranked(plain, context)) == 20
    *_, last = ranked(run, context)
    assert last.story.lead.id == 20
    (reason,) = [one for one in last.reasons if one.signal == EXPLAINER]
    assert reason.text.startswith(
        f"runs across “{across[0]}” and “{across[1]}”, and no other outlet tells it"
    )


def test_a_piece_as_near_to_two_stories_runs_across_them() -> None:
    quake = [article(1 + at, *text, outlet=f"Paper {at}", own=False) for at, text in enumerate(QUAKE)]
    bridge = [article(11 + at, *text, outlet=f"Paper {at}", own=False) for at, text in enumerate(HARBOUR)]
    both = article(20, f"{QUAKE[0][0]}; {HARBOUR[0][0]}", f"{QUAKE[1][1]} {HARBOUR[1][1]}")
    apart = [(20, one.id) for one in (*quake, *bridge)]
    told = stories([*quake, *bridge, both], cannot=apart, now=NOW)
    (found,) = [one for one in told if one.lead.id == 20]
    assert len(found.across) == 2
    assert all(not one.across for one in told if one.lead.id != 20)
