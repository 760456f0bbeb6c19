"""A provider that refuses us is left alone, the others get their mail; a person lets it go on."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from digest.app import App
from digest.delivery.transports.memory import Memory
from digest.flows.clock.tidy import tidy
from digest.flows.sending import providers as learning
from digest.flows.sending.report import report
from digest.flows.sending.send import missing, resume, send, status
from digest.model import EditionState, Message
from digest.ops.names import Found
from digest.outcomes import Accepted, Outcome, Refused, Rejected
from digest.store import halts, providers
from digest.store.engine import Database
from digest.store.reports import Sent
from digest.store.schema import calls, deliveries, outbox
from subscribers.schema import subscribers
from tests.delivery.relay import Relay
from tests.flow.newsroom import add_edition, add_readers, app_for, compose
from tests.waiting import lag, lag_async, stays_async, until_async

READERS = 60


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.store.deliveries.edition_queue.CLEANING", 0.2)


def newsroom(database: Database, **settings: Any) -> tuple[App, int]:
    """Sixty readers, every second one at big.example."""
    add_readers(database, READERS)
    with database.write() as connection:
        for number in range(1, READERS + 1, 2):
            values = {"domain": "big.example", "address": f"r{number}@big.example"}
            connection.execute(update(subscribers).where(subscribers.c.id == number).values(**values))
    alarms = {"alarms": ["ops@example.org"]} | settings
    return app_for(database, **alarms), add_edition(database)


def states_of(app: App, provider: str) -> dict[str, int]:
    with app.db.read() as connection:
        found = connection.execute(
            select(deliveries.c.state).where(deliveries.c.provider == provider)
        ).scalars()
        made: dict[str, int] = {}
        for state in found:
            made[state] = made.get(state, 0) + 1
        return made


@pytest.mark.parametrize(
    ("answer", "most"),
    [("550 5.7.26 unauthenticated", 3 + 4), ("554 5.7.1 blocked, see https://b.example", 20 + 4)],
)
def test_a_provider_that_refuses_us_is_halted_and_the_others_get_their_mail(
    database: Database, answer: str, most: int
) -> None:
    app, edition = newsroom(database)
    closed = True

    def script(step: str, line: int, to: str) -> Any:
        return answer if step == "dot" and closed and to.endswith("@big.example") else None

    with Relay(script=script) as relay:
        app = app_for(database, relays={"main": relay.table(connections=2)}, alarms=["ops@example.org"])
        sent = asyncio.run(send(app, edition, compose=compose))
        assert sent.state is EditionState.HALTED
        assert sent.counts["sent"] == READERS / 2
        refused = sent.counts["refused"]
        assert 3 <= refused <= most  # what was under way when the last answer came
        assert states_of(app, "big.example") == {"refused": refused, "queued": READERS // 2 - refused}
        with app.db.read() as connection:
            (why,) = halts.of(connection, edition).values()
            alarms = connection.execute(select(outbox)).all()
            paid = set(
                connection.execute(
                    select(deliveries.c.attempts).where(deliveries.c.state == "queued")
                ).scalars()
            )
            assert connection.execute(select(subscribers.c.id).where(subscribers.c.suppressed)).all() == []
        assert answer[4:] in why
        assert sent.why == f"big.example: {why}"
        assert report(app, edition).halts == {"big.example": why}
        assert paid == {0}
        assert [(one.kind, one.recipient) for one in alarms] == [("alarm", "ops@example.org")]
        assert b"digest resume daily" in alarms[0].content

        closed = False
        assert resume(app, edition)
        assert asyncio.run(send(app, edition, compose=compose)).counts == {
            "sent": READERS - refused, "refused": refused,
        }  # fmt: skip
        assert missing(app, edition) == refused
        assert asyncio.run(send(app, edition, compose=compose)).counts == {"sent": READERS}
    assert len(relay.recipients) == len(set(relay.recipients)) == READERS


@pytest.mark.timed
def test_a_halt_reaches_the_other_sender_and_a_resume_both(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.supply.BATCH", 4)  # so that each has some of everybody's
    monkeypatch.setattr("digest.delivery.supply.CLAIM", 4)
    app, edition = newsroom(sqlite)
    taken: list[tuple[float, str]] = []

    class Slow(Memory):
        """Refuses one provider for good, or knows nothing of it, and takes its time."""

        def __init__(self, refuses: bool) -> None:
            super().__init__(self.told)
            self.refuses = refuses

        def told(self, message: Message) -> Outcome:
            if self.refuses and message.recipient.endswith("@big.example"):
                return Refused(550, "5.7.26 unauthenticated")
            taken.append((time.monotonic(), message.recipient))
            return Accepted(250, "ok")

        async def send(self, messages: Any, mark: Any) -> Any:
            async for one in super().send(messages, mark):
                await lag_async(0.02)
                yield one

    refusing = Slow(refuses=True)

    async def scenario() -> list[Sent]:
        ways = (refusing, Slow(refuses=False))
        runs = [
            asyncio.create_task(send(app, edition, relays={"main": way}, compose=compose)) for way in ways
        ]
        await until_async(lambda: _halted(app, edition), "the halt")
        halted = time.monotonic()
        late = lambda: [to for at, to in taken if at > halted + 0.9 and to.endswith("@big.example")]  # noqa: E731
        await stays_async(lambda: not late(), 1.2, "nobody sends there any more")
        refusing.refuses = False
        assert resume(app, edition)
        return [await asyncio.wait_for(run, 20) for run in runs]

    # rows of the others are there for the whole of it: the edition is not at its end while it is looked at
    add_readers(sqlite, 120, start=1001)
    asyncio.run(scenario())
    ended = status(app, edition)
    assert ended.state is EditionState.SENT
    assert ended.counts == {"sent": 177, "refused": 3}
    assert len(taken) == len(set(taken)) == 177


def _halted(app: App, edition: int) -> dict[str, str]:
    with app.db.read() as connection:
        return halts.of(connection, edition)


def test_a_provider_that_calls_many_dead_does_not_cost_the_whole_list(sqlite: Database) -> None:
    add_readers(sqlite, 300)
    app, edition = app_for(sqlite), add_edition(sqlite)

    def twentieth(message: Message) -> Outcome:
        old = int(message.recipient[1:].partition("@")[0]) % 20 == 0
        return Rejected(550, "5.1.1 no such user") if old else Accepted(250, "ok")

    ill = Memory(twentieth)
    sent = asyncio.run(send(app, edition, relays={"main": ill}, compose=compose))
    assert sent.state is EditionState.HALTED
    assert "said not to exist" in sent.why
    assert 5 <= sent.counts["failed"] <= 6
    with sqlite.read() as connection:
        dead = connection.execute(select(subscribers.c.id).where(subscribers.c.suppressed)).all()
    assert len(dead) == sent.counts["failed"]
    assert resume(app, edition)  # a person has looked
    well = asyncio.run(send(app, edition, relays={"main": Memory()}, compose=compose))
    assert well.counts == {"sent": 300 - len(dead), "failed": len(dead)}


def test_the_webhook_hears_of_it(sqlite: Database) -> None:
    app, edition = newsroom(sqlite)
    config = app.config.model_copy(
        update={"alarms": app.config.alarms.model_copy(update={"webhook": "https://hooks.example.org/x"})}
    )
    memory = Memory(lambda message: Refused(550, "5.7.515 no"))
    sent = asyncio.run(send(App(config, sqlite), edition, relays={"main": memory}, compose=compose))
    assert sent.state is EditionState.HALTED
    assert sent.counts == {"refused": 6, "queued": READERS - 6}  # three of each of two providers
    with sqlite.read() as connection:
        told = connection.execute(select(calls.c.body)).scalars().all()
    assert [one["kind"] for one in told] == ["provider", "provider"]


def test_planning_names_the_provider_where_it_is_known_else_the_domain(database: Database) -> None:
    app, edition = newsroom(database, seeds=["seed@big.example"])
    with database.write() as connection:
        providers.keep(connection, {"big.example": "google"}, app.now())
    sent = asyncio.run(send(app, edition, relays={"main": Memory()}, compose=compose))
    assert sent.counts == {"sent": READERS + 1}
    assert states_of(app, "google") == {"sent": READERS / 2 + 1}
    assert states_of(app, "example.net") == {"sent": READERS / 2}


# ---------------------------------------------------------------------------- who receives for a domain


class Names:
    """A DNS that knows a little, and notes what it is asked; *seconds* is how long it takes."""

    def __init__(self, known: dict[str, tuple[str, ...]], *, seconds: float = 0.0, fault: str = "") -> None:
        self.known, self.seconds, self.fault = known, seconds, fault
        self.asked: list[str] = []

    def ask(self, name: str, kind: str) -> Found:
        assert kind == "MX"
        self.asked.append(name)
        lag(self.seconds)
        return Found(fault=self.fault) if self.fault else Found(self.known.get(name, ()))


def at_domains(database: Database, *domains: str) -> None:
    """The first readers are at *domains*."""
    with database.write() as connection:
        for number, domain in enumerate(domains, 1):
            values = {"domain": domain, "address": f"r{number}@{domain}"}
            connection.execute(update(subscribers).where(subscribers.c.id == number).values(**values))


def test_domains_are_learnt_once_and_the_next_plan_knows_them(database: Database) -> None:
    add_readers(database, 6)
    at_domains(database, "paper.news", "paper.news", "school.news", "gmail.com", "own.news")
    app = app_for(database)
    names = Names({"paper.news": ("1 smtp.google.com",), "school.news": ("1 mx.school-host.de",)})
    assert asyncio.run(learning.learn(app, "daily", names, most=1)) == 1
    assert names.asked == ["paper.news"]  # the most frequent first; and nobody asks for example.net
    assert asyncio.run(learning.learn(app, "daily", names)) == 3
    assert sorted(names.asked) == ["gmail.com", "own.news", "paper.news", "school.news"]
    assert asyncio.run(learning.learn(app, "daily", names)) == 0
    asyncio.run(send(app, add_edition(database), relays={"main": Memory()}, compose=compose))
    with database.read() as connection:
        found = connection.execute(
            select(deliveries.c.provider).order_by(deliveries.c.subscriber_id)
        ).scalars()
        assert list(found) == ["google", "google", "school-host.de", "gmail.com", "own.news", "example.net"]


def test_what_was_learnt_long_ago_is_forgotten(sqlite: Database) -> None:
    app = app_for(sqlite)
    with sqlite.write() as connection:
        providers.keep(
            connection, {"old.news": "google"}, app.now() - 3 * providers.FRESH - timedelta(days=1)
        )
        providers.keep(connection, {"young.news": "google"}, app.now() - providers.FRESH)
    tidy(app)
    with sqlite.read() as connection:
        assert providers.known(connection, ["old.news", "young.news"]) == {"young.news": "google"}


def test_the_large_providers_are_known_without_a_dns(sqlite: Database) -> None:
    add_readers(sqlite, 3)
    at_domains(sqlite, "gmail.com", "hotmail.com")
    asyncio.run(send(app_for(sqlite), add_edition(sqlite), relays={"main": Memory()}, compose=compose))
    with sqlite.read() as connection:
        found = connection.execute(
            select(deliveries.c.provider).order_by(deliveries.c.subscriber_id)
        ).scalars()
        assert list(found) == ["google", "microsoft", "example.net"]


@pytest.mark.timed
def test_a_dns_that_does_not_answer_delays_no_mail_and_is_not_asked_for_ever(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.flows.sending.send.LEARN", 0.0)
    add_readers(sqlite, 30)
    at_domains(sqlite, *(f"d{number}.news" for number in range(30)))
    app, silent = app_for(sqlite), Names({}, seconds=1.5)

    async def scenario() -> float:
        began = time.monotonic()
        sent = await send(app, add_edition(sqlite), relays={"main": Memory()}, compose=compose, names=silent)
        assert sent.counts == {"sent": 30}
        return time.monotonic() - began

    assert asyncio.run(scenario()) < 1.4
    refusing = Names({}, fault="timed out")
    assert asyncio.run(learning.learn(app, "daily", refusing)) == 0
    assert len(refusing.asked) <= 16
