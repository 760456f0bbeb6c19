from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digest.articles import clean
from digest.articles.clean import Draft
from digest.config.schema import Source
from digest.model import Item, Media
from digest.store import articles, intake, pictures, sources
from digest.store.engine import Database
from digest.store.schema import article_versions, items

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def draft(number: int, **more: Any) -> Draft:
    item = Item(
        **{
            "guid": f"g{number}",
            "url": f"https://h.example/{number}",
            "title": f"Title {number}",
            "summary": f"Dek {number}.",
            "published": NOW - HOUR,
            "position": number,
            **more,
        }
    )
    found = clean.draft(item, Source(url="https://h.example/rss"))
    assert found is not None
    return found


@pytest.fixture
def ids(database: Database) -> dict[str, int]:
    with database.write() as connection:
        known = sources.known(
            connection, {"herald": "https://h.example/rss", "wire": "https://w.example/rss"}
        )
        return {name: state.id for name, state in known.items()}


def take(database: Database, source: int, *drafts: Draft, at: datetime = NOW, **more: Any) -> intake.Taken:
    with database.write() as connection:
        return intake.take(connection, source, "Outlet", drafts, at, **more)


def window(
    database: Database, *names: str, since: datetime = NOW - 24 * HOUR, until: datetime = NOW
) -> list[Any]:
    with database.read() as connection:
        return articles.window(connection, names or ("herald", "wire"), since, until)


def test_what_goes_in_comes_out_as_the_model_knows_it(database: Database, ids: dict[str, int]) -> None:
    picture = Media(url="https://h.example/1.jpg", alt="Alt", caption="Cap", credit="Cred")
    take(
        database,
        ids["herald"],
        draft(
            1,
            byline="Ann",
            categories=("City",),
            tags=("x",),
            modified=NOW,
            media=(picture,),
            content="Long text " * 20,
        ),
    )
    (found,) = window(database)
    assert (found.title, found.dek, found.byline, found.categories, found.tags) == (
        "Title 1",
        "Dek 1.",
        "Ann",
        ("City",),
        ("x",),
    )
    assert (found.published, found.modified, found.first_seen) == (NOW - HOUR, NOW, NOW)
    assert (found.picture.alt, found.picture.caption, found.picture.credit, found.picture.wide) == (
        "Alt",
        "Cap",
        "Cred",
        "",
    )
    assert found.body.startswith("Long text")
    assert (found.version, found.source, found.outlet, found.language, found.direction) == (
        1,
        "herald",
        "Outlet",
        "en",
        "ltr",
    )


def test_the_same_reading_twice_brings_nothing(database: Database, ids: dict[str, int]) -> None:
    assert take(database, ids["herald"], draft(1), draft(2)).new == 2
    again = take(database, ids["herald"], draft(1), draft(2), at=NOW + HOUR)
    assert (again.seen, again.new, again.changed, again.new_items, again.retitled) == (2, 0, 0, (), ())
    with database.read() as connection:
        assert connection.execute(select(items.c.last_seen)).scalars().all() == [NOW + HOUR] * 2


def test_a_version_is_added_for_title_dek_body_and_picture_only(
    database: Database, ids: dict[str, int]
) -> None:
    take(database, ids["herald"], draft(1))
    assert take(database, ids["herald"], draft(1, tags=("new",), modified=NOW)).changed == 0
    assert take(database, ids["herald"], draft(1, title="Other", tags=("new",))).changed == 1
    assert take(database, ids["herald"], draft(1, title="Other", summary="Another dek.")).changed == 1
    assert (
        take(
            database,
            ids["herald"],
            draft(1, title="Other", summary="Another dek.", media=(Media(url="https://h.example/p.jpg"),)),
        ).changed
        == 1
    )
    (found,) = window(database)
    assert (found.version, found.title, found.dek, found.tags) == (4, "Other", "Another dek.", ("new",))
    with database.read() as connection:
        titles = (
            connection.execute(select(article_versions.c.title).order_by(article_versions.c.version))
            .scalars()
            .all()
        )
    assert titles == ["Title 1", "Other", "Other", "Other"]


def test_positions_are_kept_for_each_source(database: Database, ids: dict[str, int]) -> None:
    take(database, ids["herald"], draft(1, position=4))
    take(database, ids["wire"], draft(1, guid="other", position=0), at=NOW)
    take(database, ids["herald"], draft(1, position=2), at=NOW + HOUR)
    (found,) = window(database, until=NOW + HOUR)
    assert {(seen.source, seen.position, seen.at, seen.first) for seen in found.sightings} == {
        ("herald", 2, NOW + HOUR, NOW),
        ("wire", 0, NOW, NOW),
    }


def test_a_window_sees_only_its_sources_and_its_time(database: Database, ids: dict[str, int]) -> None:
    take(database, ids["herald"], draft(1))
    take(database, ids["wire"], draft(2))
    take(database, ids["herald"], draft(3, published=NOW - 30 * HOUR))
    assert [found.title for found in window(database, "herald")] == ["Title 1"]
    assert window(database, until=NOW - HOUR) == []
    assert window(database, since=NOW) == []
    assert len(window(database, since=NOW - 48 * HOUR)) == 3


def test_an_article_seen_first_elsewhere_belongs_to_the_newsletters_own_source(
    database: Database, ids: dict[str, int]
) -> None:
    take(database, ids["wire"], draft(1))
    take(database, ids["herald"], draft(1))
    assert window(database, "herald")[0].source == "herald"
    assert window(database, "wire", "herald")[0].source == "wire"


def test_late_news_of_a_known_source_is_not_lost_between_two_editions(
    database: Database, ids: dict[str, int]
) -> None:
    with database.write() as connection:
        sources.read(
            connection,
            ids["herald"],
            sources.Reading(at=NOW - 48 * HOUR, next_poll=NOW, etag="", last_modified="", body_sha256=""),
        )
    take(database, ids["herald"], draft(1, published=NOW - 26 * HOUR), draft(2, published=NOW - 40 * HOUR))
    take(database, ids["wire"], draft(3, published=NOW - 26 * HOUR))
    assert [found.title for found in window(database)] == ["Title 1"]


def test_what_is_gone_is_in_no_window_but_can_still_be_looked_up(
    database: Database, ids: dict[str, int]
) -> None:
    take(database, ids["herald"], draft(1))
    (found,) = window(database)
    with database.write() as connection:
        articles.gone(connection, found.id, NOW)
    assert window(database) == []
    with database.read() as connection:
        assert articles.by_ids(connection, [found.id, 999])[found.id].title == "Title 1"
        assert articles.latest(connection, [found.id])[found.id].gone_at == NOW


def test_a_headline_renewed_from_the_page_is_not_undone_by_the_feeds_old_one(
    database: Database, ids: dict[str, int]
) -> None:
    take(database, ids["herald"], draft(1, media=(Media(url="https://h.example/p.jpg"),)))
    (found,) = window(database)
    with database.write() as connection:
        assert articles.retitled(connection, found.id, "New at the page", NOW) == 2
    assert (
        take(
            database, ids["herald"], draft(1, media=(Media(url="https://h.example/p.jpg"),)), at=NOW + HOUR
        ).changed
        == 0
    )
    after = window(database, until=NOW + HOUR)[0]
    assert (after.title, after.version, after.dek, after.picture.url) == (
        "New at the page",
        2,
        "Dek 1.",
        "https://h.example/p.jpg",
    )
    assert take(database, ids["herald"], draft(1, title="New in the feed"), at=NOW + HOUR).changed == 1
    assert window(database, until=NOW + HOUR)[0].title == "New in the feed"


def test_an_article_follows_its_publisher_to_a_new_address(database: Database, ids: dict[str, int]) -> None:
    take(database, ids["herald"], draft(1))
    assert take(database, ids["herald"], draft(1, url="https://h.example/1-better-slug")).new == 0
    (found,) = window(database)
    assert found.url == "https://h.example/1-better-slug"
    assert take(database, ids["wire"], draft(9, guid="w", url="http://h.example/1-better-slug/")).new == 0


def test_a_moved_address_that_is_taken_joins_nothing(database: Database, ids: dict[str, int]) -> None:
    take(database, ids["herald"], draft(1), draft(2))
    take(database, ids["herald"], draft(1, url="https://h.example/2"), draft(2))
    assert sorted(found.url for found in window(database)) == ["https://h.example/1", "https://h.example/2"]


def test_an_item_without_an_address_is_counted_and_makes_no_article(
    database: Database, ids: dict[str, int]
) -> None:
    taken = take(database, ids["herald"], draft(1, url="", guid=""))
    assert (taken.seen, taken.new, taken.new_items) == (1, 0, (1,))
    assert take(database, ids["herald"], draft(1, url="", guid="")).new_items == ()
    assert window(database) == []


def test_title_with_content_finds_an_article_whose_guid_and_address_both_changed(
    database: Database, ids: dict[str, int]
) -> None:
    take(database, ids["herald"], draft(1))
    moved = draft(1, guid="renamed", url="https://new.example/articles/1")
    assert (taken := take(database, ids["herald"], moved)).new == 0
    assert taken.new_items == (1,)
    assert [found.url for found in window(database)] == ["https://new.example/articles/1"]


def test_a_thousand_items_go_in_at_once(database: Database, ids: dict[str, int]) -> None:
    many = [draft(number) for number in range(1000)]
    assert take(database, ids["herald"], *many).new == 1000
    assert take(database, ids["herald"], *many).new == 0
    assert len(window(database)) == 1000


def test_a_text_that_only_sqlite_would_take_is_clean_before_it_gets_here(
    database: Database, ids: dict[str, int]
) -> None:
    take(
        database,
        ids["herald"],
        draft(
            1, title="nul\x00 and \ud800 surrogate", byline="a\x00b", categories=("c\x00",), summary="\x00"
        ),
    )
    assert window(database)[0].title == "nul and surrogate"


# ------------------------------------------------------------------------------------------- sources


def test_a_source_remembers_and_a_changed_address_forgets(database: Database, ids: dict[str, int]) -> None:
    with database.write() as connection:
        sources.read(
            connection,
            ids["herald"],
            sources.Reading(
                at=NOW,
                next_poll=NOW + HOUR,
                etag='"e"',
                last_modified="lm",
                body_sha256="s",
                moved_to="https://n.example/",
                ttl=HOUR,
            ),
        )
        sources.failed(
            connection, ids["herald"], error="x" * 5000, failures=3, next_poll=NOW + 8 * HOUR, retired_at=NOW
        )
        state = sources.known(connection, {"herald": "https://h.example/rss"})["herald"]
        assert (state.etag, state.moved_to, state.ttl, state.failures, state.retired_at) == (
            '"e"',
            "https://n.example/",
            3600,
            3,
            NOW,
        )
        state = sources.known(connection, {"herald": "https://other.example/rss"})["herald"]
        assert (state.etag, state.moved_to, state.failures, state.retired_at, state.first_ok) == (
            "",
            "",
            0,
            None,
            NOW,
        )


# ------------------------------------------------------------------------------------------- pictures


def test_a_picture_is_wanted_until_it_is_made_and_rarely_after_a_failure(
    database: Database, ids: dict[str, int]
) -> None:
    media = [(Media(url=f"https://h.example/{number}.jpg"),) for number in range(3)]
    take(database, ids["herald"], *(draft(number, media=media[number]) for number in range(3)))
    take(database, ids["wire"], draft(9, media=(Media(url="https://w.example/9.jpg"),)))

    def wanted(at: datetime, **more: Any) -> list[str]:
        with database.read() as connection:
            return [url[-5] for url in pictures.wanted(connection, ["herald"], NOW - 24 * HOUR, at, **more)]

    assert wanted(NOW) == ["0", "1", "2"]
    with database.write() as connection:
        pictures.record(connection, "https://h.example/0.jpg", at=NOW, wide="w" * 64, square="s" * 64)
        pictures.record(connection, "https://h.example/1.jpg", at=NOW, problem="is damaged")
    assert wanted(NOW + HOUR) == ["2"]
    assert wanted(NOW + 3 * HOUR) == ["1", "2"]
    assert wanted(NOW + HOUR, again=True) == ["1", "2"]
    found = {article.id: article.picture for article in window(database, "herald")}
    assert {picture.wide for picture in found.values() if picture} == {"w" * 64, ""}


def test_readings_of_one_article_side_by_side_make_it_once(database: Database, ids: dict[str, int]) -> None:
    """Two sources, many threads: nobody trips over a row that another one has just made."""
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(take, database, ids[name], *(draft(number) for number in range(20)))
            for name in ("herald", "wire") * 8
        ]
        new = sum(job.result().new for job in jobs)
    assert new == 20
    assert all(len(found.sightings) == 2 for found in window(database))
