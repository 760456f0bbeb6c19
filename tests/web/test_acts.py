"""What a button, a drag or a form of the desk asks for, as acts; what cannot be read gets words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData

from digest.model import Act, Sponsor
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
    SetPreheader,
    SetSponsor,
    SetSubject,
    ShowPicture,
    Split,
    Spot,
    Unknown,
)
from digest.web.desk import acts, labels

NOW = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def asked(do: str, **fields: str) -> object:
    verb, _, rest = do.partition(" ")
    return acts.asked(
        FormData({key.replace("_", "-"): value for key, value in fields.items()}), verb, rest, NOW, BERLIN
    )


@pytest.mark.parametrize(
    ("do", "wanted"),
    [
        ("pin 12", Pin(12)),
        ("pin 12 3 from 5", Pin(12, 3, was=5)),
        ("move 12 city 2 from 4", Move(12, Spot("city", 2, 4))),
        ("move 12", Move(12)),
        ("move 12 Opera!", Move(12, Spot("Opera!"))),
        ("drop 12", Drop(12)),
        ("lead 12", Lead(12)),
        ("merge 12 34", Merge(12, 34)),
        ("split 12 34", Split(12, 34)),
        ("picture 12 34", ShowPicture(12, 34)),
        ("picture 12 none", ShowPicture(12, None)),
        ("picture 12", ShowPicture(12)),
        ("omit 12", Omit(12)),
        ("embargo 12 off", Hold(12)),
        ("automatic subject", SetSubject()),
        ("automatic sponsor", SetSponsor()),
    ],
)
def test_a_button_or_a_drag(do: str, wanted: Act) -> None:
    assert asked(do) == [wanted]


@pytest.mark.parametrize("do", ["", "note", "merge 12", "automatic date", "approve 3", "undo 3", "hide 12"])
def test_what_is_no_act_asks_for_nothing(do: str) -> None:
    assert asked(do) == []


def test_a_place_that_was_chosen_from_the_list() -> None:
    assert asked("place 12", where="top 3 from 5") == [Pin(12, 3, was=5)]
    assert asked("place 12", where="city 1") == [Move(12, Spot("city", 1))]
    assert asked("place 12", where="bench") == [Drop(12)]
    assert asked("merge 12", merge_value="34") == [Merge(12, 34)]


def test_only_what_a_field_changes_is_asked_for() -> None:
    same = {"title": "Harbor wall", "title_was": " Harbor  wall", "dek_was": "Old"}
    assert asked("words 12", **same, dek="New") == [Redek(12, "New")]
    assert asked("words 12", **same, dek="Old") == []
    assert asked("words 12", **(same | {"title": ""}), dek="Old") == [Retitle(12)]
    assert asked("lines", subject="Ours", subject_was="", preheader="x", preheader_was="") == [
        SetSubject("Ours"),
        SetPreheader("x"),
    ]
    bakery = {"sponsor_name": "Bakery", "sponsor_text": "Bread", "sponsor_url": "https://b.example"}
    assert asked("lines", **bakery) == [SetSponsor(Sponsor("Bakery", "Bread", "https://b.example"))]
    assert asked("lines", **{f"{key}_was": value for key, value in bakery.items()}) == [SetSponsor()]


def test_a_time_of_day_is_one_of_the_newsletters_zone() -> None:
    assert asked("embargo 12", until="14:30") == [Hold(12, datetime(2026, 3, 4, 13, 30, tzinfo=UTC))]
    assert asked("embargo 12", until="2026-07-01T14:30") == [
        Hold(12, datetime(2026, 7, 1, 12, 30, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("do", "until", "words"),
    [
        ("embargo 12", "soon", "Write the time"),
        ("embargo 12", "", "Write the time"),
        ("embargo 12", "25:00", "Write the time"),
        ("embargo 12", "0001-01-01T00:00", "Write the time"),
        ("merge 12 x", "", "no such story"),
        ("merge 12 " + "9" * 40, "", "no such story"),
        ("picture 12 ²", "", "Choose a picture"),
    ],
)
def test_what_cannot_be_read_gets_words(do: str, until: str, words: str) -> None:
    said = asked(do, until=until)
    assert isinstance(said, str)
    assert words in said


def test_an_act_of_a_newer_version_is_shown_as_one() -> None:
    said = labels.act_in_words(Unknown("hide", 12, {}), {12: "Harbor wall"}, {}, BERLIN)
    assert (
        said
        == "did something to “Harbor wall” that this version does not know (“hide”): it has no effect here"
    )
