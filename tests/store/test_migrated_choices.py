"""What editors did before acts had fields of their own: each stored string is read as what it meant."""

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import text

from digest.model import Sponsor
from digest.model.choice import (
    Add,
    Approve,
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    Pin,
    Redek,
    Retitle,
    SetNote,
    SetPreheader,
    SetSponsor,
    SetSubject,
    ShowPicture,
    Spot,
    Undo,
    Unknown,
)
from digest.store import choices, migrate
from digest.store.engine import Database

OLD_ACTS = [
    ("pin", "3 from 1", 0, Pin(7, 3, was=1)),
    ("pin", "", 0, Pin(7)),
    ("move", "city 2 from 4", 0, Move(7, Spot("city", 2, 4))),
    ("move", "Opera House", 0, Move(7, Spot("Opera House"))),
    ("add", "1", 0, Add(7, Spot("", 1))),
    ("drop", "", 0, Drop(7)),
    ("lead", "", 0, Lead(7)),
    ("retitle", "A “new” line", 0, Retitle(7, "A “new” line")),
    ("redek", "", 0, Redek(7)),
    ("merge", "12", 0, Merge(7, 12)),
    ("split", "x", 0, Unknown("split", 7, {"value": "x"})),
    ("picture", "12", 0, ShowPicture(7, 12)),
    ("picture", "none", 0, ShowPicture(7, None)),
    ("picture", "", 0, ShowPicture(7)),
    ("embargo", "2026-03-04T10:00:00+01:00", 0, Hold(7, datetime(2026, 3, 4, 9, tzinfo=UTC))),
    ("embargo", "soon", 0, Hold(7)),
    ("subject", "Ours", 0, SetSubject("Ours")),
    ("preheader", "", 0, SetPreheader()),
    ("note", "A word.", 0, SetNote("A word.")),
    (
        "sponsor",
        "Bakery\nBread\nhttps://b.example",
        0,
        SetSponsor(Sponsor("Bakery", "Bread", "https://b.example")),
    ),
    ("sponsor", "", 0, SetSponsor()),
    ("approve", "4", 0, Approve(4)),
    ("undo", "pin", 2, Undo(2)),
    ("hide", "9", 0, Unknown("hide", 7, {"value": "9"})),
]


def test_acts_that_were_strings_are_read_as_what_they_meant(database_url: str) -> None:
    database = Database(database_url)
    with database.write() as connection:
        command.upgrade(migrate.configuration(connection), "0009")
        at = "2026-03-04 04:00:00" + ("+00" if connection.dialect.name == "postgresql" else ".000000")
        connection.execute(
            text(
                "INSERT INTO editions (newsletter, date, state, revision, now, since, config_sha256, subject, preheader,"
                " note, planned_to, planned, halt, corrects, corrected) VALUES ('morning', '2026-03-04', 'draft', 1,"
                " :at, :at, '', '', '', '', 0, false, '', 0, 0)"
            ),
            {"at": at},
        )
        connection.execute(
            text(
                "INSERT INTO choices (edition_id, act, article_id, value, by, at, undoes) VALUES "
                "(1, :act, 7, :value, 'eve', :at, :undoes)"
            ),
            [{"act": act, "value": value, "undoes": undoes, "at": at} for act, value, undoes, _ in OLD_ACTS],
        )
    migrate.upgrade(database)
    with database.read() as connection:
        found = choices.of(connection, 1)
    assert [one.act for one in found] == [act for *_, act in OLD_ACTS]
    assert {(one.by, one.at) for one in found} == {("eve", datetime(2026, 3, 4, 4, tzinfo=UTC))}
    assert [one.id for one in found] == list(range(1, len(OLD_ACTS) + 1)), (
        "an undo names the same row as before"
    )
    database.close()
