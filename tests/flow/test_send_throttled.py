"""A provider that asks for less gets less; everybody else's mails pass its own by."""

import asyncio
import time
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from digest.app import App
from digest.delivery.settle import Policy
from digest.flows.sending.send import send
from digest.model import EditionState
from digest.store.engine import Database
from digest.store.reports import Sent
from subscribers.schema import subscribers
from tests.delivery.relay import Relay
from tests.flow.newsroom import add_edition, add_readers, app_for, compose, rows, states
from tests.waiting import until_async

pytestmark = pytest.mark.timed

READERS = 120
QUICK = Policy(first_wait=timedelta(milliseconds=100), longest_wait=timedelta(milliseconds=200))
SLOW = "451 4.7.28 mail from you is temporarily rate limited"


def newsroom(database: Database, of: int = 3) -> int:
    """Readers at big.example, every third of all, and everybody else at a domain of their own."""
    add_readers(database, READERS)
    with database.write() as connection:
        for number in range(1, READERS + 1):
            domain = "big.example" if number % of == 0 else f"d{number}.example"
            values = {
                "domain": domain,
                "address": f"r{number}@{domain}",
                "address_key": f"r{number}@{domain}",
            }
            connection.execute(update(subscribers).where(subscribers.c.id == number).values(**values))
    return add_edition(database)


def sending(app: App, edition: int) -> Sent:
    return asyncio.run(asyncio.wait_for(send(app, edition, compose=compose, policy=QUICK), 40))


class Busy:
    """A relay's script that says *answer* at *step* to *whom*, the first *times*; knows when each mail came."""

    def __init__(self, step: str, answer: str, whom: str, times: int) -> None:
        self.step, self.answer, self.whom, self.left = step, answer, whom, times
        self.taken: list[tuple[float, str]] = []

    def __call__(self, step: str, line: int, to: str) -> Any:
        if step == self.step and to.endswith(self.whom) and self.left:
            self.left -= 1
            return self.answer
        if step == "dot":
            self.taken.append((time.monotonic(), to))
        return None

    def times(self, *, big: bool) -> list[float]:
        return [at for at, to in self.taken if to.endswith("@big.example") is big]


@pytest.mark.parametrize("step", ["rcpt", "dot"])
def test_the_others_go_at_full_speed_while_one_provider_is_slowed(
    database: Database, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.answers.SLOWEST_GUESS", 20.0)
    edition = newsroom(database, of=6)
    busy = Busy(step, SLOW, "@big.example", 2)
    with Relay(script=busy) as relay:
        sent = sending(app_for(database, relays={"main": relay.table(connections=2)}), edition)
    assert (sent.state, sent.counts) == (EditionState.SENT, {"sent": READERS})
    assert len(set(relay.recipients)) == len(relay.taken) == READERS
    others, big = busy.times(big=False), busy.times(big=True)
    assert others[-1] - others[0] < 3.0  # at half of the guess for the relay it would be ten
    assert len(big) == READERS / 6
    gaps = sorted(after - before for before, after in pairwise(big))
    assert gaps[len(gaps) // 2] > 0.05  # ten a second
    with database.read() as connection:
        assert {row.attempts for row in rows(connection)} == {1}


def test_what_the_relay_says_of_our_account_slows_the_relay(sqlite: Database) -> None:
    edition = newsroom(sqlite, of=2)
    quota = "454 4.7.0 Throttling failure: Maximum sending rate exceeded."
    busy = Busy("dot", quota, "", 1)
    with Relay(script=busy) as relay:
        app = app_for(sqlite, relays={"main": relay.table(connections=1)})

        async def scenario() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(send(app, edition, compose=compose, policy=QUICK), 3)

        asyncio.run(scenario())
    assert 5 <= len(relay.taken) <= 40  # both alike, at about five a second
    assert min(len(busy.times(big=True)), len(busy.times(big=False))) > 1


def test_many_providers_that_ask_for_less_are_the_relay_itself(sqlite: Database) -> None:
    """A relay that counts recipients says so at RCPT, whoever they are: nobody's own pace would slow it down."""
    edition = newsroom(sqlite)
    busy = Busy("rcpt", "450 4.7.1 rate limit, try again later", "", 6)
    with Relay(script=busy) as relay:
        app = app_for(sqlite, relays={"main": relay.table(connections=1)})

        async def scenario() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(send(app, edition, compose=compose, policy=QUICK), 3)

        asyncio.run(scenario())
    assert 3 <= len(relay.taken) <= 40


def test_a_lane_takes_only_its_share_of_many_rows_and_all_end_well(sqlite: Database) -> None:
    """All are of one provider: its rows wait in the queue, not in our hands."""
    edition = newsroom(sqlite, of=1)
    busy = Busy("dot", SLOW, "", 1)
    with Relay(script=busy) as relay:
        app = app_for(sqlite, relays={"main": relay.table(connections=1)})

        async def scenario() -> dict[str, int]:
            task = asyncio.create_task(send(app, edition, compose=compose, policy=QUICK))
            await until_async(lambda: len(relay.taken) >= 10, "ten mails")
            found = states(sqlite)
            task.cancel()
            await asyncio.wait([task])
            return found

        found = asyncio.run(scenario())
    assert found["queued"] > 60
    assert found.get("sending", 0) <= 25
