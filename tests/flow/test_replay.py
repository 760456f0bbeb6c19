"""Replaying an edition: the same bytes from what was stored, or the plain truth about what differs."""

from datetime import date
from pathlib import Path

from digest.app import App
from digest.flows.edition import build
from digest.flows.newsroom import replay
from digest.model import Choice, Sponsor
from digest.model.choice import Pin, Retitle, SetNote, SetSponsor
from digest.store import articles, choices, variants
from tests.flow.day import NEWSLETTER, Day

AT = "2026-03-04T05:00"
TODAY = date(2026, 3, 4)


def built(tmp_path: Path, **newsletter: object) -> Day:
    day = Day(tmp_path, AT, **newsletter)
    for number, title in enumerate(
        ("Harbour bridge closes", "Rail fares rise", "Orchestra names conductor"), 1
    ):
        day.write(number, title, "2026-03-04T03:00")
    day.collect()
    day.clock.set(AT)
    assert build.build(day.app, NEWSLETTER, TODAY).saved is not None
    return day


def with_settings(day: Day, **changes: object) -> App:
    newsletter = day.config.newsletters[NEWSLETTER].model_copy(update=changes)
    return App(day.config.model_copy(update={"newsletters": {NEWSLETTER: newsletter}}), day.db, day.clock)


def test_the_same_bytes_come_out_by_id_and_by_date(tmp_path: Path) -> None:
    day = built(tmp_path)
    found = replay.replay(day.app, NEWSLETTER, TODAY)
    assert found.identical
    assert (found.notes, found.differs) == ((), ())
    assert replay.replay(day.app, str(found.edition.id)) == found


def test_a_later_version_of_an_article_does_not_change_the_replay(tmp_path: Path) -> None:
    day = built(tmp_path)
    with day.db.write() as connection:
        for number in (1, 2, 3):
            articles.retitled(connection, number, "Quite another headline", day.clock())
    assert replay.replay(day.app, NEWSLETTER, TODAY).identical


def test_an_editors_words_and_order_are_replayed(tmp_path: Path) -> None:
    day = built(tmp_path)
    saved = day.edition("2026-03-04")
    assert saved is not None
    with day.db.write() as connection:
        choices.add(connection, saved.id, Choice(Retitle(3, "The new conductor"), "dana", day.clock()))
        choices.add(connection, saved.id, Choice(Pin(3, 1), "dana", day.clock()))
        choices.add(connection, saved.id, Choice(SetNote("Good morning."), "dana", day.clock()))
        sponsor = Sponsor("Quay Bakery", "Bread until noon.", "https://bakery.example/")
        choices.add(connection, saved.id, Choice(SetSponsor(sponsor), "dana", day.clock()))
    build.build(day.app, NEWSLETTER, TODAY)
    build.build(day.app, NEWSLETTER, TODAY)
    found = replay.replay(day.app, NEWSLETTER, TODAY)
    assert found.edition.revision == 2, "the second build made the same bytes"
    assert found.edition.sponsor is not None
    assert found.identical


def test_settings_that_changed_are_said_and_shown(tmp_path: Path) -> None:
    day = built(tmp_path)
    found = replay.replay(with_settings(day, tagline="Quite new"), NEWSLETTER, TODAY)
    assert not found.identical
    assert not found.same_settings
    assert found.notes == ("the newsletter's settings are others by now",)
    assert any(line.startswith("+") and "Quite new" in line for line in found.differs)


def test_settings_that_do_not_show_are_said_though_the_bytes_are_the_same(tmp_path: Path) -> None:
    day = built(tmp_path)
    found = replay.replay(with_settings(day, seeds=("seed@example.org",)), NEWSLETTER, TODAY)
    assert found.identical
    assert found.notes == ("the newsletter's settings are others by now",)


def test_a_template_that_changed_is_named_as_a_cause(tmp_path: Path) -> None:
    day = built(tmp_path)
    folder = tmp_path / "templates"
    (folder / "words").mkdir(parents=True)
    (folder / "words" / "en.toml").write_text('unsubscribe = "Away with it"\n', encoding="utf-8")
    site = day.config.site.model_copy(update={"templates": folder})
    found = replay.replay(
        App(day.config.model_copy(update={"site": site}), day.db, day.clock), NEWSLETTER, TODAY
    )
    assert not found.identical
    assert found.notes == (
        "the settings are the same: a template, a picture, or the program itself changed since",
    )


def test_sections_and_their_names_are_replayed(tmp_path: Path) -> None:
    sections = [
        {"name": "even", "title": "Even numbers", "urls": ["*/2"]},
        {"name": "odd", "title": "Odd ones", "urls": ["*/1"]},
    ]
    day = built(tmp_path, sections=sections, top=1)
    found = replay.replay(day.app, NEWSLETTER, TODAY)
    with day.db.read() as connection:
        kept = variants.of(connection, found.edition.id, found.edition.revision)
    assert kept is not None
    assert "Even numbers" in kept.html
    assert found.identical
