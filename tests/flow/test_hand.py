"""The hand: acts are recorded, built in at the draft's own clock, refused in words, never lost."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
import pytest

from digest.app import App
from digest.editions.edits import Acted
from digest.errors import EditionError
from digest.flows.edition import add_article, approve, edit
from digest.flows.edition.build import build
from digest.flows.edition.today import Today, news, today
from digest.flows.newsroom.replay import replay
from digest.flows.sending import send
from digest.model import Act, Choice, EditionState, Sponsor
from digest.model.choice import (
    Approve,
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    Pin,
    Retitle,
    SetNote,
    SetPreheader,
    SetSponsor,
    SetSubject,
    ShowPicture,
    Spot,
    Undo,
)
from digest.store import choices, compositions, editions
from digest.store import pictures as stored_pictures
from digest.web.desk import labels as said_as
from digest.web.desk.view_models import runs
from tests.flow.day import NEWSLETTER, Day
from tests.loopback import Site, site
from tests.states import put

DAY = date(2026, 3, 4)
UTC_ZONE = ZoneInfo("UTC")
TITLES = [
    "Council votes for the harbor wall",
    "Trams run again",
    "Cup won at last",
    "Wheat prices fall",
    "Bakery recalls biscuits",
    "Film festival opens",
]


@pytest.fixture
def day(tmp_path: Path) -> Day:
    made = Day(tmp_path, "2026-03-04T04:00", top=3, brief=2)
    for number, title in enumerate(TITLES):
        made.write(number, title, f"2026-03-04T0{3 - number // 2}:30")
    made.collect()
    build(made.app, NEWSLETTER, DAY)
    return made


def seen(day: Day) -> Today:
    return today(day.app, NEWSLETTER, DAY)


def titles(day: Day) -> list[str]:
    return [row.line.title for row in seen(day).placed]


def number(day: Day, title: str) -> int:
    return next(row.line.article for row in seen(day).rows if row.article.title == title)


def act(
    day: Day, kind: Callable[..., Act], title: str, *rest: object, by: str = "Dana", known: int | None = None
) -> Acted:
    return did(day, kind(number(day, title), *rest), by=by, known=known)


def did(day: Day, wanted: Act, *, by: str = "Dana", known: int | None = None) -> Acted:
    known = seen(day).last if known is None else known
    return edit.act(day.app, NEWSLETTER, DAY, [wanted], by=by, seen=known)


def test_an_act_changes_what_it_names_and_nothing_else(day: Day) -> None:
    before = titles(day)
    day.write(9, "Fire at the fish market", "2026-03-04T04:10")
    day.clock.set("2026-03-04T04:15")
    day.collect()
    last = before[-1]
    assert act(day, Pin, last, 1).done
    assert titles(day) == [last, *before[:-1]], "the news waits until the editor asks for it"
    assert news(day.app, NEWSLETTER, DAY).new == 1
    edit.refresh(day.app, NEWSLETTER, DAY)
    assert titles(day)[0] == last
    assert "Fire at the fish market" in titles(day)
    assert news(day.app, NEWSLETTER, DAY).new == 0


def test_the_bell_leaves_a_watched_draft_alone(day: Day) -> None:
    day.ring("2026-03-04T05:00")
    edition = day.edition("2026-03-04")
    assert edition is not None
    with day.db.write() as connection:
        editions.watch(connection, edition.id, datetime.fromisoformat("2026-03-04T05:11:00+00:00"))
    day.write(9, "Fire at the fish market", "2026-03-04T05:02")
    day.clock.set("2026-03-04T05:04")
    day.collect()
    assert day.ring("2026-03-04T05:10") == []
    assert "Fire at the fish market" not in titles(day)
    assert day.ring("2026-03-04T05:12") != []
    assert "Fire at the fish market" in titles(day)


def test_a_clash_is_shown_and_not_swallowed(day: Day) -> None:
    story = titles(day)[0]
    assert act(day, Retitle, story, "Dana's words").done
    late = edit.act(
        day.app,
        NEWSLETTER,
        DAY,
        [Retitle(number(day, story), "Omer's words")],
        by="Omer",
        seen=0,
    )
    assert not late.done
    assert [choice.act for choice in late.clash] == [Retitle(number(day, story), "Dana's words")]
    assert titles(day)[0] == "Dana's words"
    again = edit.act(
        day.app,
        NEWSLETTER,
        DAY,
        [Retitle(number(day, story), "Omer's words")],
        by="Omer",
        seen=seen(day).last,
    )
    assert again.done
    assert titles(day)[0] == "Omer's words"


def test_two_editors_on_different_stories_do_not_meet(day: Day) -> None:
    one, two, *_ = titles(day)
    assert act(day, Retitle, one, "Ours", known=0).done
    assert act(day, Drop, two, by="Omer", known=0).done
    assert act(day, Drop, one, by="Omer", known=0).clash, "who drops a story is shown that it was just edited"


def test_undo_and_redo_walk_through_one_editors_own_acts(day: Day) -> None:
    before = titles(day)
    act(day, Drop, before[0])
    act(day, Retitle, before[1], "Ours")
    act(day, Drop, before[2], by="Omer")
    both = titles(day)
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana").done
    assert "Ours" not in titles(day)
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana").done
    assert before[0] in titles(day)
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana").words == "There is nothing of yours to undo."
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana", again=True).done
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana", again=True).done
    assert titles(day) == both
    assert not edit.undo(day.app, NEWSLETTER, DAY, by="Dana", again=True).done


def test_the_editions_own_lines(day: Day) -> None:
    for one in (
        SetSubject("Our subject"),
        SetPreheader("Our line"),
        SetNote("A word from the editor."),
    ):
        assert did(day, one).done
    edition = seen(day).edition
    assert (edition.subject, edition.preheader, edition.note) == (
        "Our subject",
        "Our line",
        "A word from the editor.",
    )
    assert "A word from the editor." in seen(day).kept.html
    did(day, SetSubject(""))
    assert seen(day).edition.subject == titles(day)[0]


def test_an_advertisement_is_put_in_refused_undone_and_taken_away(day: Day) -> None:
    bakery = Sponsor("Quay <b>Bakery</b>", "Bread until noon.", "https://bakery.example/")
    refused = did(day, SetSponsor(replace(bakery, url="http://bakery.example/")))
    assert (refused.done, refused.words[:47]) == (False, "The sponsor’s address begins with http://. It m")
    assert (
        "may have 200 characters; yours has 5,000."
        in did(day, SetSponsor(Sponsor("A", "x" * 5000, "https://a.example"))).words
    )
    assert seen(day).choices == ()
    assert did(day, SetSponsor(bakery)).done
    assert seen(day).edition.sponsor == Sponsor(
        "Quay <b>Bakery</b>", "Bread until noon.", "https://bakery.example/"
    )
    assert "Quay &lt;b&gt;Bakery&lt;/b&gt;" in seen(day).kept.html
    assert seen(day).choices == (Choice(SetSponsor(bakery), "Dana", day.app.now(), id=1),)
    other = edit.act(day.app, NEWSLETTER, DAY, [SetSponsor()], by="Omer", seen=0)
    assert [one.act for one in other.clash] == [SetSponsor(bakery)]
    edit.refresh(day.app, NEWSLETTER, DAY)
    assert seen(day).edition.sponsor is not None
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana").done
    assert seen(day).edition.sponsor is None
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana", again=True).done
    assert "https://bakery.example/" in seen(day).kept.text
    assert did(day, SetSponsor()).done
    assert (seen(day).edition.sponsor, "Advertisement" in seen(day).kept.html) == (None, False)


def test_a_held_story_comes_in_when_the_edition_goes_out_after_its_time(day: Day) -> None:
    story = titles(day)[0]
    assert act(day, Hold, story, datetime.fromisoformat("2026-03-04T09:00:00+00:00")).done
    assert story not in titles(day)
    assert act(day, Hold, story, datetime.fromisoformat("2026-03-04T05:30:00+00:00")).done
    assert story in titles(day), "it goes out at 06:00"
    assert not [one for one in seen(day).findings if one.check == "embargo"]


def test_a_held_story_is_left_out_and_the_checks_say_so(day: Day) -> None:
    story = titles(day)[0]
    assert act(day, Hold, story, datetime.fromisoformat("2026-03-04T23:00:00+00:00")).done
    assert act(day, Pin, story, 1).done
    assert story not in titles(day), "nor does a pin bring it in before its time"
    told = [one for one in seen(day).findings if one.check == "embargo"]
    assert [one.level for one in told] == ["warn"]
    assert "is held until 04 March, 23:00: it is left out" in told[0].what
    shown = [one for run in runs(seen(day), day.app.now()) for one in run.stories if one.title == story]
    assert ("held", "held until 23:00, left out until then") in shown[0].marks


def test_an_edition_does_not_go_before_the_time_of_a_story_in_it(day: Day) -> None:
    assert act(day, Hold, titles(day)[0], datetime.fromisoformat("2026-03-04T05:30:00+00:00")).done
    edition = day.app.edition(NEWSLETTER, DAY)
    with day.app.db.write() as connection:
        put(connection, edition.id, EditionState.APPROVED)
    with pytest.raises(EditionError, match="is held until 05:30"):
        anyio.run(send.send, day.app, edition.id)
    assert day.app.edition(NEWSLETTER, DAY).state is EditionState.APPROVED


def illustrated(day: Day, number: int) -> None:
    path = day.articles / f"{number}.json"
    item = json.loads(path.read_text(encoding="utf-8"))
    url = f"https://paper.example/{number}.jpg"
    path.write_text(json.dumps(item | {"image": url}), encoding="utf-8")
    day.collect()
    made = f"{number}" * 64
    with day.db.write() as connection:
        stored_pictures.record(connection, url, at=day.app.now(), wide=made, square=made, problem="")


def pictures(day: Day) -> list[str]:
    return [row.picture.url if row.picture else "" for row in seen(day).placed]


def mailed(day: Day) -> list[int]:
    """Return whose pictures the mail shows."""
    return [one for one in (0, 1) if f"{one}" * 64 in seen(day).kept.html]


def test_another_picture_of_the_story_or_none_is_chosen_and_outlives_a_rebuild(day: Day) -> None:
    for one in (0, 1, 2):
        illustrated(day, one)
    edit.refresh(day.app, NEWSLETTER, DAY)
    lead, other, third = (number(day, title) for title in TITLES[:3])
    assert act(day, Merge, TITLES[0], other).done
    assert act(day, Lead, TITLES[0]).done
    assert act(day, Pin, TITLES[0], 1).done
    own, its = "https://paper.example/0.jpg", "https://paper.example/1.jpg"
    assert (pictures(day)[0], mailed(day)) == (own, [0])
    said = act(day, ShowPicture, TITLES[0], third)
    assert "one of our own articles in this story" in said.words
    assert act(day, ShowPicture, TITLES[0], other).done
    assert (pictures(day)[0], mailed(day)) == (its, [1])
    edit.refresh(day.app, NEWSLETTER, DAY)
    assert (pictures(day)[0], mailed(day)) == (its, [1])
    assert (
        said_as.act_in_words(seen(day).choices[-1].act, {lead: "A", other: "B"}, {}, UTC_ZONE)
        == "gave “A” the picture of “B”"
    )
    assert act(day, ShowPicture, TITLES[0], None).done
    assert (pictures(day)[0], mailed(day)) == ("", [])
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana").done
    assert mailed(day) == [1]
    assert edit.undo(day.app, NEWSLETTER, DAY, by="Dana", again=True).done
    assert mailed(day) == []
    with day.db.read() as connection:
        again = compositions.of(connection, seen(day).edition, day.config.newsletters[NEWSLETTER])
    assert again.stories[0].article.picture is None
    assert not replay(day.app, NEWSLETTER, DAY).differs


def test_a_witness_lends_no_picture(day: Day) -> None:
    for one in (0, 1):
        illustrated(day, one)
    edit.refresh(day.app, NEWSLETTER, DAY)
    other = number(day, TITLES[1])
    assert act(day, Merge, TITLES[0], other).done
    letter = day.config.newsletters[NEWSLETTER]
    day.config.newsletters[NEWSLETTER] = letter.model_copy(update={"sources": [], "witnesses": ["own"]})
    line = next(row.line for row in seen(day).rows if other in row.line.members)
    said = edit.act(
        day.app, NEWSLETTER, DAY, [ShowPicture(line.article, other)], by="Dana",
        seen=seen(day).last,
    )  # fmt: skip
    assert "one of our own articles" in said.words


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (lambda one: Retitle(one, "x" * 5000), "A headline may have 300 characters; yours has 5,000."),
        (lambda one: Move(one, Spot("opera")), "This newsletter has no section “opera”."),
        (lambda one: Merge(one, one), "cannot be merged with itself"),
        (lambda one: Drop(one + 10**6), "There is no such story any more."),
        (Undo, "no act of an editor"),
        (Approve, "no act of an editor"),
    ],
)
def test_what_cannot_be_gets_words_and_is_not_recorded(
    day: Day, wanted: Callable[[int], Act], words: str
) -> None:
    done = did(day, wanted(number(day, titles(day)[0])))
    assert not done.done
    assert words in done.words
    assert seen(day).choices == ()


def test_a_title_with_markup_and_line_breaks_is_one_line_of_text(day: Day) -> None:
    assert act(day, Retitle, titles(day)[0], "One <b>bold</b>\r\nBcc: x@example.org").done
    assert titles(day)[0] == "One <b>bold</b> Bcc: x@example.org"
    kept = seen(day).kept
    assert "&lt;b&gt;bold&lt;/b&gt;" in kept.html
    assert kept.subject == "One <b>bold</b> Bcc: x@example.org"


def test_the_last_story_cannot_be_dropped(day: Day) -> None:
    for title in TITLES[:-1]:
        act(day, Drop, title)
    only = titles(day)
    assert len(only) == 1
    done = act(day, Drop, only[0])
    assert done.words == "That would leave no story in the edition, so it was not done."
    build(day.app, NEWSLETTER, DAY)
    assert titles(day) == only


def test_an_approved_edition_refuses_acts_until_it_is_a_draft_again(day: Day) -> None:
    assert approve.approve(day.app, NEWSLETTER, DAY, by="Dana").approved
    done = act(day, Drop, titles(day)[0])
    assert "Take the approval back first" in done.words
    assert approve.withdraw(day.app, day.app.edition(NEWSLETTER, DAY), "Dana")
    edition = seen(day).edition
    assert (edition.state, edition.approved_at) == (EditionState.DRAFT, None)
    assert seen(day).approvals == ()
    assert act(day, Drop, titles(day)[0]).done
    with day.db.read() as connection:
        assert choices.last(connection, edition.id) == seen(day).last


# ------------------------------------------------------------------ bring in


@pytest.fixture
def elsewhere(day: Day) -> object:
    config = day.app.config
    with site() as served:
        own = config.sources["own"].model_copy(update={"allow_private": (f"127.0.0.1:{served.port}",)})
        near = config.model_copy(update={"sources": {"own": own}})
        day.app = App(near, day.db, day.clock)
        yield served


def brought(day: Day, url: str) -> Acted:
    where = Spot("", 1)
    return anyio.run(
        lambda: add_article.add_by_address(day.app, NEWSLETTER, DAY, url, where=where, by="Dana", seen=0)
    )


PAGE = '<html lang="en"><head><meta property="og:title" content="{0}"><meta property="og:description" content="What it is about."></head></html>'


def test_a_page_is_brought_in_and_stays_through_rebuilds(day: Day, elsewhere: Site) -> None:
    elsewhere.put("/a", PAGE.format("Lighthouse keeper retires"), Content_Type="text/html")
    assert brought(day, f"{elsewhere.url}/a?utm_source=x").done
    assert titles(day)[0] == "Lighthouse keeper retires"
    day.clock.set("2026-03-05T05:00")
    edit.refresh(day.app, NEWSLETTER, DAY)
    assert titles(day)[0] == "Lighthouse keeper retires"
    assert "was added already" in brought(day, f"{elsewhere.url}/a").words


def test_what_is_no_article_gets_words(day: Day, elsewhere: Site) -> None:
    elsewhere.put("/pdf", b"%PDF", Content_Type="application/pdf")
    elsewhere.put("/gone", b"", status=404)
    elsewhere.put("/nothing", "<html><head><title>Hello</title></head></html>", Content_Type="text/html")
    elsewhere.put("/huge", b"x" * 7_000_000, Content_Type="text/html")
    cases = {
        f"{elsewhere.url}/pdf": "no page with an article but to application/pdf",
        f"{elsewhere.url}/gone": "its server answers 404",
        f"{elsewhere.url}/nothing": "There is no article at that address",
        f"{elsewhere.url}/huge": "could not be read",
        "http://10.0.0.1/": "We do not read private addresses",
        "http://127.0.0.1:1/": "We do not read private addresses",
        "http://93.184.216.34:8080/": "We do not read unusual ports",
        "javascript:alert(1)": "That is no web address",
    }
    for url, words in cases.items():
        assert words in brought(day, url).words, url
    assert seen(day).choices == ()
