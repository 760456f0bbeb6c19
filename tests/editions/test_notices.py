"""What the newsroom is told of a day: for whom, once, and with what to do about it."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.config.schema import Newsletter
from digest.editions import notices
from digest.editions.occurrences import Occurrence
from digest.editions.preflight import Finding
from digest.look.sample import edition, newsletter
from digest.model import Audience, Built, Notice, OccurrenceState

DUE = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
SITE = "https://harbour.example"
LETTER = newsletter()


def occurrence(issue: str = "main") -> Occurrence:
    return Occurrence(
        id=1, newsletter=LETTER.name, date=DUE.date(), issue=issue, due=DUE, deadline=DUE + timedelta(hours=3),
        state=OccurrenceState.BUILDING,
    )  # fmt: skip


def approved_by(approval: str) -> Newsletter:
    return LETTER.model_copy(update={"schedule": LETTER.schedule.model_copy(update={"approval": approval})})


def test_a_draft_is_announced_with_its_address_its_hour_and_what_has_to_be_done() -> None:
    built = Built(saved=None, edition=edition(), articles=1, own=1, stories=1, since=DUE)
    found = notices.draft_ready(approved_by("one"), occurrence(), built, SITE)
    assert f"{SITE}/desk/{LETTER.name}/2026-03-04" in found.text
    assert f"digest approve {LETTER.name} --date 2026-03-04" in found.text
    assert f"1. {edition().stories[0].title}" in found.text
    alone = notices.draft_ready(approved_by("automatic"), occurrence(), built, SITE)
    assert "You need not do anything" in alone.text


AMBER = Finding("warn", "the subject is long")


@pytest.mark.parametrize(
    ("made", "audience", "words"),
    [
        (notices.held(LETTER, occurrence(), (), SITE), Audience.ALARM, "nobody has approved it"),
        (notices.held(LETTER, occurrence(), (AMBER,), SITE), Audience.ALARM, "- the subject is long"),
        (notices.missed(LETTER, occurrence()), Audience.ALARM, "did not go out"),
        (notices.quiet(LETTER, occurrence()), Audience.EDITORS, "digest collect --force"),
        (notices.unread(LETTER, occurrence()), Audience.EDITORS, f"digest subscribers list {LETTER.name}"),
        (notices.failed(LETTER, occurrence(), "no MJML", DUE), Audience.ALARM, "no MJML"),
        (
            notices.moved(LETTER, occurrence(), DUE + timedelta(hours=1), SITE),
            Audience.EDITORS,
            "schedule was changed",
        ),
        (notices.off(LETTER, occurrence(), "no day", DUE), Audience.ALARM, "is not sent: no day"),
        (notices.gone(occurrence(), DUE), Audience.ALARM, f"no [newsletters.{LETTER.name}]"),
        (notices.stuck(LETTER, "the database", DUE), Audience.ALARM, "the database"),
    ],
    ids=lambda one: one.kind if isinstance(one, Notice) else None,
)
def test_each_says_whom_it_is_for_and_what_happened(made: Notice, audience: Audience, words: str) -> None:
    assert made.audience is audience
    assert words in made.text
    assert made.newsletter == LETTER.name
    assert made.key.startswith(f"{made.kind} {LETTER.name}")


def test_another_issue_of_the_day_and_another_failure_are_news() -> None:
    keys = {notices.missed(LETTER, occurrence(issue)).key for issue in ("main", "evening")}
    keys |= {notices.failed(LETTER, occurrence(), "x", DUE + timedelta(minutes=at)).key for at in (0, 1)}
    assert len(keys) == 4
