"""A source's health: what is usual is learnt, what has changed is said, and for how long."""

from datetime import UTC, datetime, timedelta

from digest.articles.health import Facts, Health, after, failing, troubles

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


def usual(times: int = 8, **facts: int) -> Health:
    health = Health()
    for one in range(times):
        seen = Facts(**{"form": "rss", "seen": 40, "unpictured": 2, "new": 1, **facts})  # type: ignore[arg-type]
        health = after(health, seen, NOW - timedelta(hours=times - one))
    return health


def words(health: Health, now: datetime = NOW, a_day: float = 0.0) -> list[str]:
    return [trouble.words for trouble in troubles(health, now, usual_a_day=a_day)]


def test_a_source_that_is_as_ever_has_no_trouble() -> None:
    health = after(usual(), Facts(form="rss", seen=30, unpictured=5), NOW)
    assert words(health) == []
    assert (health.seen, health.unpictured, health.readings) == (30, 5, 9)


def test_pictures_that_are_gone_and_a_tenth_of_the_items_are_said() -> None:
    assert words(after(usual(), Facts(form="rss", seen=40, unpictured=40), NOW)) == [
        "none of its 40 items has a picture: nearly all had one"
    ]
    assert words(after(usual(), Facts(form="rss", seen=4), NOW)) == ["it has 4 items: usually it has 40"]
    assert words(after(usual(2), Facts(form="rss", seen=4), NOW)) == []  # nobody knows what is usual yet


def test_a_change_of_form_is_said_for_a_week_and_keeps_its_date() -> None:
    health = after(usual(), Facts(form="page", seen=40, unpictured=2), NOW)
    for hours in range(1, 5):
        health = after(health, Facts(form="page", seen=40, unpictured=2), NOW + timedelta(hours=hours))
    assert words(health) == ["it has changed its form: it was RSS and is a web page"]
    assert health.changed_at == NOW
    assert words(after(health, Facts(form="page", seen=40, unpictured=2), NOW + timedelta(days=8))) == []


def test_a_trouble_that_is_over_is_not_said_any_more() -> None:
    health = after(usual(), Facts(form="rss", seen=40, unpictured=40), NOW)
    assert words(after(health, Facts(form="rss", seen=40, unpictured=2), NOW)) == []


def test_a_source_is_empty_after_a_day_and_silent_after_three() -> None:
    health = after(usual(), Facts(form="rss"), NOW)
    assert words(health) == []
    later = after(health, Facts(form="rss"), NOW + timedelta(hours=25))
    assert words(later, NOW + timedelta(hours=25)) == ["it has been empty since 4 March, 05:00 UTC"]
    quiet = after(usual(), Facts(form="rss", seen=40, unpictured=2), NOW + timedelta(days=4))
    assert words(quiet, NOW + timedelta(days=4), a_day=12) == [
        "nothing new since 4 March, 04:00 UTC: usually 12 articles a day"
    ]
    assert words(quiet, NOW + timedelta(days=4), a_day=0.2) == []


def test_a_failure_is_told_after_a_day() -> None:
    assert failing(9, NOW - timedelta(hours=23), "no answer", NOW) is None
    assert failing(2, NOW - timedelta(hours=30), "no answer", NOW) is None
    found = failing(9, NOW - timedelta(hours=25), "no answer", NOW)
    assert found is not None
    assert found.words == "it could not be read since 3 March, 04:00 UTC: no answer"
