"""A house's record comes in as a CSV, is learnt from, counts from fourteen days on, and is shown, switched and forgotten."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest.errors import UsageError
from digest.flows.edition.build import build
from digest.flows.memory import learnt, record
from digest.flows.newsroom import backtest, tune
from digest.model import EditionState
from digest.store import memory as stored
from digest.store.engine import Database
from tests.flow.day import NEWSLETTER, Day
from tests.states import put
from tests.web.site import Site

FIRST = date(2026, 2, 1)


def csv_of(days: int, *, named: bool = True, head: str = "Page path,Date,Views,Title,Section") -> str:
    rows = [head]
    for at in range(days):
        day = FIRST + timedelta(days=at)
        for kind, views, section in (
            ("Court rules on case", "1,900", "courts"),
            ("United draw match", "12", "sport"),
        ):
            slug = f"https://news.example/{kind[0].lower()}{at}"
            rows.append(f'{slug},{day:%Y%m%d},"{views}",{kind + f" {at}" if named else ""},{section}')
    return "\n".join(rows) + "\n"


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(
        tmp_path,
        "2026-03-04T05:00",
        sections=[{"name": "courts", "title": "The courts", "urls": ["/court*"]}],
    )


def write(day: Day, text: str) -> Path:
    file = day.tmp_path / "views.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_fourteen_days_of_views_put_what_is_read_above_what_is_newer(day: Day) -> None:
    day.write(1, "Court rules on the case of two brothers", "2026-03-04T02:00")
    day.write(2, "United draw match at Rovers", "2026-03-04T04:00")
    day.collect()
    found = record.import_views(day.app, NEWSLETTER, write(day, csv_of(20)))
    assert (found.rows, found.articles, found.unknown, found.faults, found.days) == (40, 40, 0, (), 20)
    built = build(day.app, NEWSLETTER)
    assert [placed.title.split()[0] for placed in built.edition.stories] == ["Court", "United"]
    texts = {reason.signal: reason.text for reason in built.edition.stories[0].reasons if reason.points}
    assert texts["kept_words"].startswith("your readers open the words: ")
    assert "court" in texts["kept_words"]


def test_what_was_learnt_later_does_not_change_how_an_edition_is_looked_back_at(day: Day) -> None:
    day.write(1, "United draw a match", "2026-03-04T04:00")
    day.collect()
    saved = build(day.app, NEWSLETTER).saved
    assert saved is not None
    with day.db.write() as connection:
        put(connection, saved.id, EditionState.SENT)
    day.clock.set("2026-03-05T05:00")
    record.import_views(day.app, NEWSLETTER, write(day, csv_of(20)))
    (past,) = backtest.tried_again(day.app, NEWSLETTER, days=10)
    assert all(
        reason.points == 0
        for one in past.ranked
        for reason in one.reasons
        if reason.signal.startswith("kept")
    )


def test_less_than_fourteen_settled_days_count_nothing_and_say_so(day: Day) -> None:
    found = record.import_views(day.app, NEWSLETTER, write(day, csv_of(13)))
    assert (found.days, found.needed) == (13, 14)
    known = learnt.known(day.app, NEWSLETTER)
    assert not known.on
    assert "it counts from 14" in learnt.said(known)
    with day.db.read() as connection:
        assert learnt.of_moment(connection, NEWSLETTER, day.clock())[0] is None


def test_the_same_file_again_changes_nothing_and_rows_that_cannot_be_read_are_named(day: Day) -> None:
    record.import_views(day.app, NEWSLETTER, write(day, csv_of(15)))
    before = learnt.known(day.app, NEWSLETTER).memory
    text = (
        csv_of(15)
        + "https://news.example/x,soon,3,,\n,2026-02-01,3,,\nhttps://news.example/y,2026-02-01,many,,\n"
    )
    again = record.import_views(
        day.app, NEWSLETTER, write(day, text + "https://elsewhere.example/z,2026-02-01,3,,\n")
    )
    assert learnt.known(day.app, NEWSLETTER).memory == before
    assert again.unknown == 1
    assert [fault.partition("line ")[2] for fault in again.faults] == [
        "32: 'soon' is no day such as 2026-03-04",
        "33: has no address",
        "34: 'many' is no number of views",
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "address;views\nhttps://a.example/;3\n"])
def test_a_file_without_the_columns_says_which_are_missing(day: Day, text: str) -> None:
    with pytest.raises(UsageError, match="has no column"):
        record.import_views(day.app, NEWSLETTER, write(day, text))
    with pytest.raises(UsageError, match="cannot be read"):
        record.import_views(day.app, NEWSLETTER, day.tmp_path / "nowhere.csv")


def test_it_is_learnt_anew_once_a_week_and_every_version_stays(day: Day) -> None:
    record.import_views(day.app, NEWSLETTER, write(day, csv_of(20)))
    first = day.clock()
    assert learnt.refit(day.app) == 0
    day.clock.set("2026-03-11T06:00")
    assert learnt.refit(day.app) == 1
    with day.db.read() as connection:
        old, new = (
            stored.latest(connection, NEWSLETTER, first),
            stored.latest(connection, NEWSLETTER, day.clock()),
        )
    assert old is not None
    assert new is not None
    assert old.id != new.id


def test_own_articles_that_the_record_does_not_name_were_worth_nothing(day: Day) -> None:
    day.clock.set("2026-02-01T05:00")
    day.write(7, "A stall closes at the fair", "2026-02-01T04:00")
    day.collect()
    day.clock.set("2026-03-04T05:00")
    record.import_views(day.app, NEWSLETTER, write(day, csv_of(2)))
    with day.db.read() as connection:
        days = learnt.record_of(connection, day.app.newsletter(NEWSLETTER), "views", day.clock())
    assert [one.gain for one in days[FIRST] if one.title == "A stall closes at the fair"] == [0.0]


def test_the_desk_shows_what_was_learnt_and_an_editor_switches_and_forgets(
    sqlite: Database, tmp_path: Path
) -> None:
    site = Site(sqlite, tmp_path)
    site.user("ada", "admin")
    site.user("eve", "editor")
    site.clock.at = datetime(2026, 3, 4, 5, tzinfo=UTC)
    file = tmp_path / "views.csv"
    file.write_text(csv_of(20), encoding="utf-8")
    browser = site.signed_in("eve")
    empty = browser.get("/desk/daily/memory")
    assert "There is no record yet" in empty.text
    record.import_views(site.app, "daily", file)
    shown = browser.get("/desk/daily/memory").text
    assert "It counts: learnt from 20 days" in shown
    assert "court" in shown
    browser.post("/desk/daily/memory", {"do": "off", "kind": "word", "name": "court"})
    known = learnt.known(site.app, "daily")
    assert known.memory is not None
    assert known.memory.words_off == {"court"}
    assert "Switch on" in browser.get("/desk/daily/memory").text
    browser.post("/desk/daily/memory", {"do": "forget"})
    assert learnt.known(site.app, "daily").memory is None
    assert browser.get("/desk/nowhere/memory").status_code == 404


def test_tune_says_what_the_memory_is_worth_and_what_is_missing(day: Day) -> None:
    assert tune.tune(day.app, NEWSLETTER) == tune.Report(days=0, needed=14, tried=())
    record.import_views(day.app, NEWSLETTER, write(day, csv_of(28)))
    day.clock.set("2026-04-04T05:00")
    record.import_views(day.app, NEWSLETTER, write(day, csv_of(45)))
    (found,) = tune.tune(day.app, NEWSLETTER).tried[:1]
    assert (found.after, found.memory) == (14, pytest.approx(1.0))
    assert found.chance < found.memory
