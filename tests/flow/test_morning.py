"""10,000 readers at five providers: one turns against us, and the others get their mail."""

import pytest
from sqlalchemy import func, select

from digest.model import EditionState
from digest.store.engine import Database
from digest.store.schema import outbox
from subscribers.schema import suppressions
from tests.flow import morning
from tests.flow.morning import BAD, PROVIDERS

pytestmark = pytest.mark.timed

READERS = 10_000


def alarms(database: Database) -> list[str]:
    with database.read() as connection:
        found = connection.execute(select(outbox.c.content).where(outbox.c.kind == "alarm")).scalars().all()
    return [one.decode().replace("=\r\n", "") for one in found]


def suppressed(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(suppressions)).scalar_one())


def test_a_provider_that_refuses_us_is_left_and_no_reader_pays(sqlite: Database) -> None:
    went = morning.refuses_after_a_fiftieth(sqlite, READERS)
    assert went.sent is not None
    assert went.sent.state is EditionState.HALTED  # for that provider only: the others are through
    assert went.refused[BAD] <= 200
    assert {one: went.took[one] for one in PROVIDERS if one != BAD} == dict.fromkeys(
        set(PROVIDERS) - {BAD}, 2000
    )
    assert went.queued(BAD) == 2000 - 40 - went.refused[BAD]
    assert suppressed(sqlite) == 0
    told = alarms(sqlite)
    assert len(told) == 1
    assert "three.example" in told[0]
    assert "5.7.26 This mail has been blocked" in told[0]


def test_a_provider_whose_readers_complain_is_left_and_the_others_finish(sqlite: Database) -> None:
    went = morning.complains(sqlite, READERS, morning.complained)
    assert went.sent is not None
    assert went.sent.state is EditionState.HALTED
    assert 5 <= went.complaints < 10
    assert 900 <= went.took[BAD] < 2000
    assert {one: went.took[one] for one in PROVIDERS if one != BAD} == dict.fromkeys(
        set(PROVIDERS) - {BAD}, 2000
    )
    assert suppressed(sqlite) == went.complaints  # who complained, and nobody else
    told = alarms(sqlite)
    assert len(told) == 1
    assert "readers complained" in told[0]
    assert "Readers did not expect this mail" in told[0]
