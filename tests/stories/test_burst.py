"""What leads where no other outlet is heard: words that rise in the own feed."""

from datetime import timedelta

from digest.stories.burst import rises
from digest.stories.cluster import stories
from digest.stories.context import Context
from digest.stories.rank import ranked
from tests.stories.news import FILLER, NOW, QUAKE, article, newsletter

DAY = timedelta(days=1)
WEEK = [article(100 + at, f"Council meets on rail fares, part {at}", old=2 * DAY) for at in range(20)]
TODAY = [
    article(1, "Quake strikes the harbour"),
    article(2, "Schools shut after quake"),
    article(3, "Council meets on rail fares again"),
    article(4, "Council meets once more"),
    article(5, FILLER[4], old=timedelta(0)),
]


def test_a_word_that_is_new_today_rises_and_one_that_is_always_there_does_not() -> None:
    found = rises(TODAY, WEEK)
    assert (found[1].word, found[1].now, found[1].usual) == ("quake", 2, 0.0)
    assert found[3].value < found[5].value < found[1].value


def test_without_witnesses_the_subject_that_rises_leads_and_says_so() -> None:
    order = ranked(stories(TODAY, now=NOW), Context(now=NOW, newsletter=newsletter(), earlier=WEEK))
    first = order[0]
    assert "Quake" in first.story.lead.title or "quake" in first.story.lead.title
    assert first.reasons[0].text == "“quake” rises: in 2 of today's own articles, usually in 0.0"


def test_where_another_outlet_is_heard_nothing_rises() -> None:
    heard = [article(1, *QUAKE[0]), article(2, *QUAKE[1], outlet="Globe", own=False)]
    order = ranked(stories(heard, now=NOW), Context(now=NOW, newsletter=newsletter(), earlier=WEEK))
    assert all(reason.points == 0.0 for each in order for reason in each.reasons if reason.signal == "burst")


def test_the_first_day_of_a_newsroom_and_articles_without_words_are_no_fault() -> None:
    assert rises([article(1, ""), article(2, "Quake")], []).keys() == {2}
    assert rises([], WEEK) == {}
