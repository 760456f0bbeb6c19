"""What a build loads beside the day's window."""

from datetime import date
from pathlib import Path

from digest.flows.edition import build
from digest.model import Choice, EditionState
from digest.model.choice import Pin, Undo
from digest.store import choices
from tests.flow.day import NEWSLETTER, Day
from tests.states import put

TODAY = date(2026, 3, 4)


def chosen(day: Day, *acts: Choice) -> None:
    saved = day.edition("2026-03-04")
    assert saved is not None
    with day.db.write() as connection:
        for act in acts:
            choices.add(connection, saved.id, act)


def titles(built: build.Built) -> list[str]:
    return [placed.title for placed in built.edition.stories]


def test_what_an_editor_pinned_stays_when_the_window_has_left_it_behind(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:00", window="12h", longest_window="12h")
    day.write(1, "Harbour bridge closes", "2026-03-03T05:30")
    day.collect()
    day.clock.set("2026-03-03T17:00")
    day.write(2, "Rail fares rise", "2026-03-03T16:30")
    day.collect()
    assert sorted(titles(build.build(day.app, NEWSLETTER, TODAY))) == [
        "Harbour bridge closes",
        "Rail fares rise",
    ]
    chosen(day, Choice(Pin(1, 1), "dana", day.clock()))
    day.clock.set("2026-03-04T04:00")
    built = build.build(day.app, NEWSLETTER, TODAY)
    assert titles(built) == ["Harbour bridge closes", "Rail fares rise"]
    chosen(day, Choice(Undo(1), "dana", day.clock()))
    assert titles(build.build(day.app, NEWSLETTER, TODAY)) == ["Rail fares rise"]


def test_a_story_that_goes_on_is_an_update_of_what_was_sent(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T05:00", ranking={"weights": {"followup": 0.1}})
    day.write(1, "Council votes to close the old harbour bridge to lorries", "2026-03-03T04:00")
    day.collect()
    before = build.build(day.app, NEWSLETTER).saved
    assert before is not None
    with day.db.write() as connection:
        put(connection, before.id, EditionState.SENT)
    day.clock.set("2026-03-04T05:00")
    day.write(2, "Hauliers sue council over harbour bridge lorries vote", "2026-03-04T04:00")
    day.collect()
    (placed,) = build.build(day.app, NEWSLETTER).edition.stories
    assert placed.update
    texts = {reason.signal: reason.text for reason in placed.reasons}
    assert texts["memory"].startswith("carried on 3 March; since then: Hauliers sue")
    assert (
        texts["followup"] == "follows “Council votes to close the old harbour bridge to lorries” of 3 March"
    )


def test_a_source_that_is_trusted_less_stands_lower(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-04T05:00")
    day.write(1, "Harbour bridge closes", "2026-03-04T04:00")
    day.collect()
    source = day.config.sources["own"].model_copy(update={"trust": 0.3})
    full = build.proposal(day.app, NEWSLETTER, TODAY).edition.stories[0]
    less = build.proposal(
        type(day.app)(day.config.model_copy(update={"sources": {"own": source}}), day.db, day.clock),
        NEWSLETTER,
        TODAY,
    ).edition.stories[0]
    assert less.score < full.score
    assert "from a source trusted 30%" in [reason.text for reason in less.reasons]
