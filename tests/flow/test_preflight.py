"""Preflight over a day of a newsroom: what it asks, what it keeps, what an approval makes of it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import update

from digest.editions.preflight import Facts, Finding, Verdict
from digest.flows.edition import approve, build, preflight
from digest.model import Choice, EditionState
from digest.model.choice import Hold, Undo
from digest.store import choices, preflight_cache
from digest.store.accounts import audit
from digest.store.engine import Database
from digest.store.schema import variants
from digest.stories import lumped
from tests.flow.day import NEWSLETTER, Day
from tests.loopback import Site
from tests.loopback import site as serving
from tests.states import put

DAY = date(2026, 3, 4)
TITLES = ("The ferry sails again", "Council closes the tunnel", "Nurses accept the offer")


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture
def day(sqlite: Database, tmp_path: Path, server: Site) -> Day:
    made = Day(tmp_path, "2026-03-04T05:00", database=sqlite, schedule={"approval": "one"})
    own = made.config.sources["own"].model_copy(update={"allow_private": (f"127.0.0.1:{server.port}",)})
    made.config = made.config.model_copy(update={"sources": {"own": own}})
    object.__setattr__(made.app, "config", made.config)
    for number, title in enumerate(TITLES, 1):
        made.write(number, title, "2026-03-04T04:00", site=server.url)
        server.put(f"/{number}", page(title), Content_Type="text/html")
    made.collect()
    build.build(made.app, NEWSLETTER, DAY)
    return made


def page(title: str) -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


def look(day: Day) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in anyio.run(preflight.run_checks, day.app, NEWSLETTER, DAY):
        found.setdefault(one.check, []).append(one)
    return found


def test_every_link_is_asked_once_by_head_and_not_again_within_the_hour(day: Day, server: Site) -> None:
    assert [one.level for one in look(day)["links"]] == ["ok"]
    heads = [one.path for one in server.asked if one.method == "HEAD"]
    assert sorted(heads) == ["/1", "/2", "/3"]
    assert server.busiest == 1  # one at a time on a host
    look(day)
    assert len([one for one in server.asked if one.method == "HEAD"]) == 3
    day.clock.at += timedelta(hours=2)
    look(day)
    assert len([one for one in server.asked if one.method == "HEAD"]) == 6


def test_before_anybody_looked_the_list_says_so(day: Day, server: Site) -> None:
    found = {one.check: one.level for one in preflight.findings(day.app, NEWSLETTER, DAY)}
    assert (found["links"], found["subject"]) == ("warn", "ok")
    assert server.asked == []


def test_a_server_that_knows_no_head_is_asked_by_get(day: Day, server: Site) -> None:
    day.write(4, "A page behind an old server", "2026-03-04T04:30", site=f"{server.url}/nohead")
    server.put("/nohead/4", page("A page behind an old server"))
    day.collect()
    build.build(day.app, NEWSLETTER, DAY)
    assert [one.level for one in look(day)["links"]] == ["ok"]


def test_a_dead_link_forbids_the_approval_until_an_admin_says_why(day: Day, server: Site) -> None:
    server.put("/2", "", status=404)
    found = look(day)["links"]
    assert [(one.level, TITLES[1] in one.what) for one in found] == [("stop", True)]
    made = approve.approve(day.app, NEWSLETTER, DAY, by="eve")
    assert (made.approved, made.refused) == (False, True)
    assert approve.approve(day.app, NEWSLETTER, DAY, by="ada", override="  ").refused
    made = approve.approve(day.app, NEWSLETTER, DAY, by="ada", override="The page is\nback in a minute")
    assert made.approved
    with day.db.read() as connection:
        kept = audit.page(connection, act="override")
    assert [(one.user, one.edition) for one in kept] == [("ada", day.edition("2026-03-04").id)]  # type: ignore[union-attr]
    assert "The page is back in a minute" in kept[0].what
    assert TITLES[1] in kept[0].what


def test_a_bad_answer_is_asked_for_again_soon(day: Day, server: Site) -> None:
    server.put("/2", "", status=500)
    assert [one.level for one in look(day)["links"]] == ["warn"]
    server.put("/2", page(TITLES[1]))
    assert [one.level for one in look(day)["links"]] == ["warn"]
    day.clock.at += timedelta(minutes=3)
    assert [one.level for one in look(day)["links"]] == ["ok"]


def test_a_link_into_a_private_network_stops(day: Day, server: Site) -> None:
    server.put("/3", "", status=302, Location="http://10.0.0.1/secret")
    found = look(day)["links"]
    assert [(one.level, "private" in one.what) for one in found] == [("stop", True)]


def test_a_headline_that_changed_since_the_draft_is_offered(day: Day, server: Site) -> None:
    server.put("/1", page("A wholly different headline now"), Content_Type="text/html")
    found = look(day)["headline"]
    assert [(one.level, one.offer) for one in found] == [("warn", "A wholly different headline now")]
    build.build(day.app, NEWSLETTER, DAY)  # the draft is built anew with it
    assert [one.level for one in preflight.findings(day.app, NEWSLETTER, DAY) if one.check == "headline"] == [
        "ok"
    ]


def test_an_article_that_was_taken_away_stops(day: Day, server: Site) -> None:
    server.put("/1", "", status=410)
    assert {one.level for one in look(day)["headline"]} == {"stop"}


def test_a_heavy_picture_is_weighed_where_it_lies(day: Day) -> None:
    with day.db.read() as connection:
        edition = day.edition("2026-03-04")
        assert edition is not None
        facts: Facts = preflight.proof(day.app, connection, edition, day.config.newsletters[NEWSLETTER]).facts
    assert facts.weights == {}
    assert facts.before is None


def test_yesterdays_subject_and_its_stories_are_known(day: Day) -> None:
    with day.db.write() as connection:
        edition = day.edition("2026-03-04")
        assert edition is not None
        put(connection, edition.id, EditionState.SENT)
    day.clock.set("2026-03-05T05:00")
    day.write(9, "Trams run again on the hill line", "2026-03-05T04:00")
    day.collect()
    built = build.build(day.app, NEWSLETTER, date(2026, 3, 5)).saved
    assert built is not None
    with day.db.write() as connection:
        connection.execute(
            update(variants).where(variants.c.edition_id == built.id).values(subject=edition.subject)
        )
    found = [
        one.what
        for one in preflight.findings(day.app, NEWSLETTER, date(2026, 3, 5))
        if one.check == "subject"
    ]
    assert found == ["the subject is the same as that of the edition before."]


def test_what_an_editor_holds_is_known_until_the_editor_lets_it_go(day: Day) -> None:
    at = day.clock.at
    held = Choice(Hold(7, datetime.fromisoformat("2026-03-04T09:00:00+00:00")), "eve", at, id=1)
    assert preflight.embargoes((held,)) == {7: at + timedelta(hours=4)}
    lifted = Choice(Hold(7), "eve", at + timedelta(minutes=1), id=2)
    assert preflight.embargoes((held, lifted)) == {}
    undone = Choice(Undo(2), "eve", at + timedelta(minutes=2), id=3)
    assert preflight.embargoes((held, lifted, undone)) == {7: at + timedelta(hours=4)}


def test_the_doctor_is_not_asked_while_the_site_is_on_this_machine_only(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(preflight.doctor, "examined", never)
    assert [one.level for one in look(day)["domain"]] == ["warn"]


def test_the_doctors_verdict_is_kept_for_a_day(day: Day) -> None:
    said = [{"level": "stop", "what": "SPF: no record", "do": ""}]
    with day.db.write() as connection:
        preflight_cache.keep(connection, "doctor", {NEWSLETTER: said}, day.clock.at)
        edition = day.edition("2026-03-04")
        assert edition is not None
        found = preflight.proof(day.app, connection, edition, day.config.newsletters[NEWSLETTER])
    assert found.facts.domain == (Verdict("stop", "SPF: no record"),)
    assert approve.approve(day.app, NEWSLETTER, DAY, by="eve").refused
    day.clock.at += timedelta(days=1, minutes=1)
    assert not approve.approve(day.app, NEWSLETTER, DAY, by="eve").refused


def test_lookups_are_replaced_and_forgotten(database: Database, tmp_path: Path) -> None:
    at = Day(tmp_path, "2026-03-04T05:00", database=database).clock.at
    with database.write() as connection:
        preflight_cache.keep(
            connection,
            "link",
            {"https://a.example/": {"status": 200}, "https://b.example/": {"status": 404}},
            at,
        )
        preflight_cache.keep(
            connection, "link", {"https://a.example/": {"status": 500}}, at + timedelta(hours=1)
        )
        found = preflight_cache.of(connection, "link", ["https://a.example/", "https://c.example/"], at)
        assert found == {"https://a.example/": ({"status": 500}, at + timedelta(hours=1))}
        assert preflight_cache.of(connection, "doctor", ["https://a.example/"], at) == {}
        preflight_cache.forget(connection, at + timedelta(minutes=1))
        assert set(
            preflight_cache.of(connection, "link", ["https://a.example/", "https://b.example/"], at)
        ) == {"https://a.example/"}


def test_an_approval_is_in_the_audit_once_for_each_person(day: Day) -> None:
    approve.approve(day.app, NEWSLETTER, DAY, by="eve")
    with day.db.read() as connection:
        assert [(one.user, one.act) for one in audit.page(connection)] == [("eve", "approve")]
        assert [one.act.kind for one in choices.of(connection, day.edition("2026-03-04").id)] == ["approve"]  # type: ignore[union-attr]


def test_what_was_looked_at_in_part_is_amber_and_says_how_much(day: Day, server: Site) -> None:
    look(day)
    day.write(4, "A fourth story of the morning", "2026-03-04T04:30", site=server.url)
    server.put("/4", page("A fourth story of the morning"), Content_Type="text/html")
    day.collect()
    build.build(day.app, NEWSLETTER, DAY)
    found = {one.check: one for one in preflight.findings(day.app, NEWSLETTER, DAY)}
    assert found["links"].what == "Not asked yet: 1 of 4 links."
    assert found["headline"].what == "Not looked at yet: the sources of 1 of 4 stories."
    assert {found[name].level for name in ("links", "headline")} == {"warn"}
    assert {one.level for one in look(day)["links"]} == {"ok"}


def test_what_build_says_of_a_story_that_holds_much_of_a_source_stands_in_the_list_as_well(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    def level() -> str:
        return next(
            one.level for one in preflight.findings(day.app, NEWSLETTER, DAY) if one.check == "lumped"
        )

    assert level() == "ok"
    monkeypatch.setattr(lumped, "FEWEST", 1)
    monkeypatch.setattr(lumped, "SHARE", 0.0)
    assert level() == "warn"
