"""The page of sources: who may see it, and what it says of one that cannot be read."""

from datetime import timedelta
from pathlib import Path

import pytest

from digest.store import sources
from digest.store.engine import Database
from tests.web.site import Site


@pytest.fixture
def site(sqlite: Database, tmp_path: Path) -> Site:
    made = Site(sqlite, tmp_path)
    made.user("ada", "admin")
    made.user("vic", "viewer")
    return made


def fails(site: Site, error: str) -> None:
    """Let the one source fail three times."""
    with site.app.db.write() as connection:
        state = sources.known(connection, {"own": "https://example.org/rss"})["own"]
        for count in (1, 2, 3):
            sources.failed(
                connection,
                state.id,
                error=error,
                failures=count,
                next_poll=site.app.now() + timedelta(hours=1),
            )


def test_a_stranger_does_not_see_the_sources(site: Site) -> None:
    assert site.browser().client.get("/sources").status_code in (303, 404)


def test_a_source_that_was_never_read_has_no_figures(site: Site) -> None:
    answer = site.signed_in("vic").client.get("/sources")
    assert answer.status_code == 200
    assert "own" in answer.text
    assert "never" in answer.text


def test_a_source_that_fails_says_why_and_what_it_says_is_no_markup(site: Site) -> None:
    fails(site, "https://example.org/rss: the server answers 403 <script>alert(1)</script>")
    text = site.signed_in("vic").client.get("/sources").text
    assert "failing" in text
    assert "the server answers 403" in text
    assert "<script>alert" not in text
