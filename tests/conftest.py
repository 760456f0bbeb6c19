"""What every test may ask for: a fixed clock, a browser, and a database on SQLite and on PostgreSQL."""

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from playwright.sync_api import Browser, sync_playwright

from digest.store.engine import Database
from tests.databases import on_postgresql, on_sqlite
from tests.postgres import Server

SHARED = Path(os.environ.get("DIGEST_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


# A machine that is busy with other tests is no fault of the code; a try of `make mutants` is repeatable, and only asks
# whether something fails.
settings.register_profile("default", deadline=None)
settings.register_profile("mutants", deadline=None, derandomize=True, database=None,
                          phases=(Phase.explicit, Phase.generate))  # fmt: skip
settings.load_profile("default")


def missing(reason: str) -> None:
    """Skip the test with *reason*; in CI, where everything was installed, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {reason}")
    pytest.skip(reason)


UMASK = os.umask(0o022)
os.umask(UMASK)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The umask as it was at the start: a command that a test runs in this process sets 077 for all that follows."""
    os.umask(UMASK)
    yield
    os.umask(UMASK)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that shows nothing; each test opens pages of its own."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        missing("Chromium is not installed (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real feeds and pages; it is not part of the project, so its absence is no fault."""
    if not SHARED.is_dir():
        pytest.skip(reason=f"the real-input data is not at {SHARED} (set DIGEST_TEST_DATA)")
    return SHARED


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """The folder of PostgreSQL's programs; without them the tests skip."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        missing("PostgreSQL's initdb is not installed (Debian: postgresql)")
    return found[-1].parent


@pytest.fixture(scope="session")
def postgres_url(postgres_programs: Path) -> Iterator[str]:
    """A PostgreSQL server of our own on loopback, gone at the end."""
    server = Server(postgres_programs)
    try:
        server.start()
        yield server.url
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'digest.db'}"
    server = request.getfixturevalue("postgres_url")
    return on_postgresql(server, f"t{uuid.uuid4().hex[:16]}", empty="database" not in request.fixturenames)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with our tables, once of each kind: the store's tests run on both."""
    if database_url.startswith("sqlite"):
        database = on_sqlite(Path(database_url.removeprefix("sqlite:///")))
    else:
        database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A database with our tables on SQLite only, for flows that the store's tests already cover on both."""
    database = on_sqlite(tmp_path / "digest.db")
    yield database
    database.close()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a parameter of bytes by its argument: packed ones hold the time, and each process would name them anew."""
    return argname if isinstance(val, bytes) else None
