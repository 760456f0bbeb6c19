"""Alarms about a send: each one of its kind, with the command that helps; and late reports as people read them."""

from datetime import UTC, datetime

import pytest

from digest.delivery import alarms
from digest.delivery.late_reports import Late, by_provider, late, readable
from digest.model import Audience, Edition, EditionState, Notice

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
SAVED = Edition(
    id=7, newsletter="daily", date=NOW.date(), state=EditionState.HALTED, revision=1, now=NOW, since=NOW, subject="",
    preheader="", note="", approved_at=None, started_at=None, finished_at=None, halt="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("made", "key", "words"),
    [
        (alarms.homeless(SAVED, NOW), f"halted 7 {NOW.isoformat()}", "no [newsletters.daily]"),
        (
            alarms.halted(SAVED, "550 no", 0, NOW),
            f"halted 7 {NOW.isoformat()}",
            "digest resume daily --date 2026-03-04",
        ),
        (
            alarms.provider_halted(SAVED, "mx", "550 no", 3, NOW),
            f"provider 7 mx {NOW.isoformat()}",
            "3 addresses",
        ),
        (alarms.refused_late(SAVED, "mx", "550 no", 1_200), "provider 7 mx late", "1,200 addresses"),
        (alarms.complained_late(SAVED, "mx", "9 of 100"), "complaints 7 mx", "call it spam: 9 of 100"),
        (alarms.stalled(SAVED, "no answer", NOW), "stands 7 2026-03-04", "no answer"),
        (alarms.late(SAVED, 12), "late 7 12", "before 12 of its readers"),
    ],
    ids=lambda one: one.kind if isinstance(one, Notice) else None,
)
def test_an_alarm_is_one_of_its_kind_and_says_what_helps(made: Notice, key: str, words: str) -> None:
    assert (made.key, made.audience, made.newsletter, made.day) == (key, Audience.ALARM, "daily", NOW.date())
    assert words in made.text
    assert "daily 2026-03-04" in made.subject


def test_nothing_is_said_of_suppressions_where_none_was_taken_back() -> None:
    assert "not suppressed" not in alarms.halted(SAVED, "550 no", 0, NOW).text
    assert "2 addresses that were called dead" in alarms.halted(SAVED, "550 no", 2, NOW).text


def test_late_reports_are_columns_in_one_order_the_worst_provider_first() -> None:
    found = late(
        {"a.example": {"complained": 1}, "b.example": {"dead": 3, "soft": 1}, "c.example": {"dead": 1}},
        limit=2,
    )
    assert found == Late(("dead", "soft", "complained"), (("b.example", (3, 1, 0)), ("a.example", (0, 0, 1))))
    assert by_provider(found)["b.example"] == {"dead": 3, "soft": 1, "complained": 0}
    assert late({}) == Late((), ())


def test_a_returned_mail_is_text_without_what_moves_a_cursor_or_turns_a_line() -> None:
    assert readable(b"one\r\ntwo\ttab") == "one\ntwo\ttab"
    assert readable("a\x1b[2Jb\u202ec\x00".encode()) == "a\ufffd[2Jb\ufffdc\ufffd"
    assert readable(b"\xff") == "\ufffd"


def test_thirty_providers_are_shown_and_each_kind_has_a_column() -> None:
    many = late({f"p{number}.example": {"ours": 1} for number in range(31)})
    assert (many.columns, len(many.rows)) == (("ours",), 30)
    for what in ("dead", "soft", "ours", "complained", "delayed"):
        assert late({"a.example": {what: 3}}) == Late((what,), (("a.example", (3,)),))
    even = late({"b.example": {"dead": 2}, "a.example": {"dead": 2}})
    assert [name for name, _ in even.rows] == ["a.example", "b.example"]
