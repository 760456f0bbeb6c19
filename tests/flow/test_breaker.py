"""What comes in about an edition while it goes out: it halts a provider or everybody, once, and counts afresh later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from digest.app import App
from digest.delivery.breaker import Trip
from digest.flows.sending.breaker import examine
from digest.flows.sending.send import missing, resume
from digest.model import DeliveryState, EditionState
from digest.store import editions, halts
from digest.store.engine import Database
from digest.store.schema import deliveries, outbox
from subscribers.api import suppress
from tests.flow.newsroom import add_edition, add_readers, app_for
from tests.states import begin_sending

START = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START + timedelta(minutes=10)

    def __call__(self) -> datetime:
        return self.at


class Desk:
    """An edition that is being sent, with rows at two providers."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database, self.clock = database, Clock()
        self.app: App = app_for(database, now=self.clock, alarms=["ops@example.org"], **settings)
        add_readers(database, 1000)
        self.edition = add_edition(database)
        with database.write() as connection:
            begin_sending(connection, self.edition, START)
            rows = [
                {
                    "edition_id": self.edition, "subscriber_id": one, "revision": 1, "state": "sent",
                    "provider": "one.example" if one <= 500 else "two.example", "due": START,
                    "deadline": START + timedelta(hours=6), "at": START + timedelta(minutes=1), "reply": "",
                }
                for one in range(1, 1001)
            ]  # fmt: skip
            connection.execute(insert(deliveries), rows)

    def become(self, state: DeliveryState, *readers: int, code: int = 0, reply: str = "") -> None:
        """Rows of *readers* come to *state* by a report, as of now."""
        with self.database.write() as connection:
            theirs = deliveries.c.subscriber_id.in_(readers)
            values = {"state": state, "code": code, "reply": reply, "at": self.clock()}
            connection.execute(update(deliveries).where(theirs).values(**values))
            for reader in readers if state in (DeliveryState.BOUNCED, DeliveryState.COMPLAINED) else ():
                suppress(connection, reason="bounce", at=self.clock(), subscriber_id=reader)

    def state(self) -> EditionState:
        with self.database.read() as connection:
            return editions.existing(connection, self.edition).state

    def halted(self) -> dict[str, str]:
        with self.database.read() as connection:
            return halts.of(connection, self.edition)

    def alarms(self) -> list[str]:
        with self.database.read() as connection:
            found = (
                connection.execute(select(outbox.c.content).where(outbox.c.kind == "alarm")).scalars().all()
            )
        return [one.decode().replace("=\r\n", "") for one in found]


def test_complaints_at_one_provider_leave_the_other_alone(database: Database) -> None:
    desk = Desk(database)
    desk.become(DeliveryState.COMPLAINED, 1, 2, 3, 4)
    assert examine(desk.app, desk.edition) == {}
    desk.become(DeliveryState.COMPLAINED, 5)
    stops = examine(desk.app, desk.edition)
    assert {name: stop.trip for name, stop in stops.items()} == {"one.example": Trip.COMPLAINTS}
    assert examine(desk.app, desk.edition) == {}  # once
    assert list(desk.halted()) == ["one.example"]
    assert desk.state() is EditionState.SENDING
    told = desk.alarms()
    assert len(told) == 1
    assert "5 of 500 readers complained" in told[0]


def test_late_hard_bounces_count_and_those_that_suppress_nobody_do_not(database: Database) -> None:
    desk = Desk(database)
    with database.write() as connection:  # full mailboxes: bounced, and nobody is suppressed
        soft = update(deliveries).where(deliveries.c.subscriber_id.between(600, 640))
        connection.execute(
            soft.values(state=DeliveryState.BOUNCED, code=552, reply="5.2.2 full", at=desk.clock())
        )
    assert examine(desk.app, desk.edition) == {}
    desk.become(DeliveryState.BOUNCED, *range(1, 12), code=550, reply="5.1.1 no such user")
    stops = examine(desk.app, desk.edition)
    assert stops["one.example"].trip is Trip.HARD
    assert "550 5.1.1 no such user" in stops["one.example"].why


def test_refusals_heard_by_a_run_that_is_gone_still_count(sqlite: Database) -> None:
    desk = Desk(sqlite)
    desk.become(DeliveryState.REFUSED, *range(501, 530), code=550, reply="5.7.1 blocked by bl.example")
    assert examine(desk.app, desk.edition)["two.example"].trip is Trip.REFUSED


def test_what_a_halted_relay_said_counts_against_no_provider(sqlite: Database) -> None:
    desk = Desk(sqlite)
    desk.become(DeliveryState.REFUSED, *range(501, 530), code=550, reply="5.1.1 no such user")
    with sqlite.write() as connection:
        connection.execute(update(deliveries).where(deliveries.c.state == "refused").values(relay="ill"))
        halts.halt(connection, desk.edition, "relay ill", "0 of the last 20 mails were accepted", START)
    assert examine(desk.app, desk.edition) == {}


def test_what_is_spread_halts_the_edition_for_everybody(sqlite: Database) -> None:
    desk = Desk(sqlite)
    desk.become(DeliveryState.COMPLAINED, 1, 2, 3, 501, 502)
    assert list(examine(desk.app, desk.edition)) == [""]
    assert desk.state() is EditionState.HALTED
    assert "5 of 1,000 readers complained" in desk.alarms()[0]
    assert examine(desk.app, desk.edition) == {}  # it is halted


def test_after_a_person_resumed_only_what_comes_later_counts(sqlite: Database) -> None:
    desk = Desk(sqlite)
    desk.become(DeliveryState.COMPLAINED, 1, 2, 3, 4, 5)
    examine(desk.app, desk.edition)
    desk.clock.at += timedelta(minutes=5)
    assert resume(desk.app, desk.edition, by="dana")
    desk.clock.at += timedelta(minutes=5)
    assert examine(desk.app, desk.edition) == {}
    desk.become(DeliveryState.SENT, *range(200, 300))
    desk.become(DeliveryState.COMPLAINED, 6, 7, 8, 9)
    assert examine(desk.app, desk.edition) == {}
    desk.become(DeliveryState.COMPLAINED, 10)
    assert "5 of 105 readers" in examine(desk.app, desk.edition)["one.example"].why
    desk.clock.at += timedelta(minutes=5)
    assert resume(desk.app, desk.edition, by="dana")  # a second look begins anew, too
    desk.clock.at += timedelta(minutes=5)
    assert examine(desk.app, desk.edition) == {}


def test_an_edition_that_is_not_being_sent_is_left_alone(sqlite: Database) -> None:
    desk = Desk(sqlite)
    desk.become(DeliveryState.COMPLAINED, *range(1, 100))
    with sqlite.write() as connection:
        assert editions.transition(connection, desk.edition, editions.EditionEvent.PAUSE, at=START)
    assert examine(desk.app, desk.edition) == {}
    assert missing(desk.app, desk.edition) == 0


@pytest.mark.parametrize(("complaints", "stops"), [(0.001, True), (0.02, False), (1, False)])
def test_the_thresholds_are_the_configurations(sqlite: Database, complaints: float, stops: bool) -> None:
    desk = Desk(sqlite)
    rule = desk.app.config.breaker.model_copy(update={"complaints": complaints})
    app = App(desk.app.config.model_copy(update={"breaker": rule}), sqlite, desk.clock)
    desk.become(DeliveryState.COMPLAINED, 1, 2, 3, 4, 5)
    assert bool(examine(app, desk.edition)) is stops
