"""A run by itself: who gets what when, who is believed, and how it ends. The queue is in memory."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from digest.delivery.route import Route
from digest.delivery.sender import STILL
from digest.delivery.settle import Claimed
from digest.delivery.supply import HALTED
from digest.delivery.throttling import MANY
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Lost, Outcome, Refused, Rejected, Throttled
from tests.delivery.rows import OK, Rows, Way, compose, played, rows
from tests.waiting import lag_async, never, stays_async, until_async

SLOWER = Throttled(450, "4.7.28 rate limit exceeded, slow down", relay=False)
LATER = Throttled(451, "4.3.0 local trouble", relay=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run heartbeats at its queue often."""
    monkeypatch.setattr("digest.delivery.sender.TICK", 0.02)
    monkeypatch.setattr("digest.delivery.supply.TICK", 0.02)


def spread(count: int) -> list[Claimed]:
    """Rows of several providers' readers."""
    return [one for number in range(1, count + 1) for one in rows(1, f"p{number % 7}.example", first=number)]


def test_every_row_goes_once_and_is_counted() -> None:
    queue, way = Rows(rows(230)), Way()
    (route,) = played(queue, way)
    assert sorted(way.got) == list(range(1, 231))
    assert Counter(queue.states.values()) == {"sent": 230}
    assert route.accepted == 230


@pytest.mark.parametrize("refuse", [frozenset(), frozenset({1})], ids=["accepted", "not to be sent"])
def test_it_ends_as_soon_as_the_last_row_is_settled(
    monkeypatch: pytest.MonkeyPatch, refuse: frozenset[int]
) -> None:
    monkeypatch.setattr("digest.delivery.sender.TICK", 30.0)
    queue, way = Rows(rows(1), refuse=refuse), Way()
    played(queue, way)
    assert queue.states == {1: "suppressed" if refuse else "sent"}
    assert way.got == ([] if refuse else [1])


def test_who_waits_looks_now_and_then_and_does_not_press_the_database() -> None:
    answered = asyncio.Event()

    async def slowly(message: Message) -> Outcome:
        await answered.wait()
        return OK

    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: way.got, "the mail is out")
        heartbeats, claims = queue.heartbeats, len(queue.claims)
        await stays_async(
            lambda: queue.heartbeats <= heartbeats + 3 and len(queue.claims) <= claims + 8, 0.7, "at rest"
        )
        answered.set()

    queue, way = Rows(rows(1)), Way(slowly)
    played(queue, way, meanwhile=meanwhile)
    assert queue.states == {1: "sent"}


def test_who_has_nothing_due_asks_now_and_then_and_does_not_press_the_database() -> None:
    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: 1 in queue.settled, "it is put off")
        heartbeats, claims = queue.heartbeats, len(queue.claims)
        await stays_async(
            lambda: queue.heartbeats <= heartbeats + 3 and len(queue.claims) <= claims + 8, 0.7, "at rest"
        )
        stopping.set()

    queue, way = Rows(rows(1)), Way(lambda message: LATER)
    played(queue, way, meanwhile=meanwhile, patience=60.0)
    assert queue.states == {1: "queued"}
    assert way.got == [1]


def test_a_pause_that_is_over_before_the_answers_are_in_does_not_end_it(quick: None) -> None:
    answered = asyncio.Event()

    async def first_slowly(message: Message) -> Outcome:
        if message.delivery == 1:
            await answered.wait()
        return OK

    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: way.got, "the first is out")
        queue.going, heartbeats = False, queue.heartbeats
        await until_async(lambda: queue.heartbeats > heartbeats + 2, "it saw that it is paused")
        queue.going = True
        answered.set()

    queue, way = Rows(rows(3)), Way(first_slowly)
    played(queue, way, meanwhile=meanwhile)
    assert queue.states == {1: "sent", 2: "sent", 3: "sent"}


# ---------------------------------------------------------------------------- relays


def test_a_relay_that_was_halted_by_somebody_gets_nothing(quick: None) -> None:
    queue, good, bad = Rows(rows(5), halted=("relay relay2",)), Way(), Way()
    played(queue, good, bad)
    assert (sorted(good.got), bad.got) == ([1, 2, 3, 4, 5], [])


def test_the_only_relay_being_halted_needs_a_person() -> None:
    queue, way = Rows(rows(2), halted=("relay relay1",)), Way()
    with pytest.raises(RelayError, match="halted"):
        played(queue, way)
    assert way.got == []
    assert set(queue.states.values()) <= {"queued"}


class Away(Way):
    """Asks for mails, loses the first, and from then on is away."""

    async def send(self, messages: Any, mark: Any) -> Any:
        message = await anext(messages)
        self.got.append(message.delivery)
        yield message.delivery, Lost("the line was lost")
        await never()


def test_what_waits_for_a_relay_that_is_away_goes_by_another_and_a_good_one_keeps_its_rows(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.supply.CLAIM", 100)
    made = Counter[int]()

    def composing(claimed: Any) -> Any:
        made.update(row.id for row in claimed)
        return compose(claimed)

    async def slowly(message: Message) -> Outcome:
        if message.delivery % 20 == 0:
            await lag_async(0.03)
        return OK

    queue, away, good = Rows(rows(300)), Away(), Way(slowly)
    played(queue, away, good, made=composing)
    assert sorted(good.got) == list(range(1, 301))
    twice = [one for one, times in made.items() if times > 1]
    assert 0 < len(twice) <= 200  # those that the first one held, and no more
    assert max(made.values()) == 2


def test_a_backup_is_used_only_while_no_other_is_up(quick: None) -> None:
    queue, first, backup = Rows(rows(20)), Way(), Way()
    played(queue, Route("first", first), Route("backup", backup, backup=True))
    assert (len(first.got), backup.got) == (20, [])
    queue, first, backup = Rows(rows(20)), Away(), Way()
    played(queue, Route("first", first), Route("backup", backup, backup=True))
    assert len(backup.got) == 20


# ---------------------------------------------------------------------------- whose fault it is


def test_a_mail_that_breaks_the_line_while_others_pass_is_given_up(quick: None) -> None:
    def answer(message: Message) -> Outcome:
        if message.delivery != 1:
            return OK
        queue.add(rows(1, first=100 + len(queue.known)))
        return Lost("the line was lost", inside=True)

    queue, way = Rows(rows(3)), Way(answer)
    played(queue, way)
    assert way.got.count(1) == 3
    assert queue.states[1] == "broken"
    assert Counter(queue.states.values())["sent"] == len(queue.known) - 1


def test_a_line_that_breaks_whatever_it_carries_is_no_mails_fault(quick: None) -> None:
    losses = 6

    def answer(message: Message) -> Outcome:
        return OK if way.got.count(message.delivery) > losses else Lost("the line was lost", inside=True)

    queue, way = Rows(rows(1)), Way(answer)
    played(queue, way)
    assert queue.states == {1: "sent"}


NO = Rejected(550, "5.1.1 no such user")


def test_one_relay_that_takes_nothing_stops_all(quick: None) -> None:
    queue, way = Rows(spread(200)), Way(lambda message: NO)
    played(queue, way)
    assert "0 of the last 20 mails were accepted; the last: 550" in queue.stopped
    assert 20 <= len(way.got) <= 24
    assert queue.left_out == {}


def test_two_relays_that_take_nothing_stop_all_with_the_reason(quick: None) -> None:
    async def no(message: Message) -> Outcome:
        await lag_async(0.002)
        return NO

    queue, first, second = Rows(spread(400)), Way(no), Way(no)
    played(queue, first, second)
    assert "0 of the last 20 mails were accepted; the last: 550" in queue.stopped


def test_one_relay_of_two_that_takes_nothing_is_left_out_and_the_other_goes_on(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.supply.BATCH", 5)
    monkeypatch.setattr("digest.delivery.supply.CLAIM", 10)

    async def slowly(message: Message) -> Outcome:
        await lag_async(0.001)
        return OK

    queue, good, bad = Rows(spread(200)), Way(slowly), Way(lambda message: NO)
    played(queue, good, bad)
    assert queue.stopped == ""
    assert list(queue.left_out) == ["relay relay2"]
    assert len(bad.got) + len(good.got) == 200
    assert len(bad.got) <= 24


def test_a_provider_that_refuses_us_is_left_out_and_the_others_get_their_mail(quick: None) -> None:
    refused = Refused(550, "5.7.26 unauthenticated")
    queue = Rows([*rows(40, "a.example"), *rows(40, "b.example", first=101)])
    way = Way(lambda message: refused if message.recipient.endswith("a.example") else OK)

    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: sum(one > 100 for one in way.got) == 40, "the others have it")
        stopping.set()

    played(queue, way, meanwhile=meanwhile)
    assert list(queue.left_out) == ["a.example"]
    assert sum(one <= 100 for one in way.got) <= 5


# ---------------------------------------------------------------------------- who is too fast


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for less gets 20 a second, and is soon asked after where it had no more rows."""
    monkeypatch.setattr("digest.delivery.throttling.FEW", 0.1)
    monkeypatch.setattr("digest.delivery.answers.SLOWEST_GUESS", 40.0)


def test_the_mails_of_a_provider_that_asks_for_less_wait_and_the_others_pass_them(brisk: None) -> None:
    first = [SLOWER]
    queue = Rows([*rows(6, "a.example"), *rows(6, "b.example", first=101)])
    way = Way(lambda message: first.pop() if first else OK)
    played(queue, way)
    assert Counter(queue.states.values()) == {"sent": 12}
    assert way.got[0] == 1
    assert max(way.got.index(one) for one in range(101, 107)) < way.got.index(2)
    assert way.got.count(1) == 2
    assert any(claim.only == "a.example" for claim in queue.claims)
    assert not [one for one in queue.every if one.reply == HALTED]
    assert [one for one in way.got if 1 < one < 7] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("domains", [1, MANY])
def test_readers_whose_provider_is_not_known_are_told_apart_by_their_domain(
    domains: int, brisk: None
) -> None:
    made = [
        one for number in range(1, MANY + 1) for one in rows(1, f"p{number % domains}.example", first=number)
    ]
    queue = Rows([replace(row, provider="") for row in made])
    left = {row.id for row in made}

    def answer(message: Message) -> Outcome:
        if message.delivery not in left:
            return OK
        left.discard(message.delivery)
        return SLOWER

    (route,) = played(queue, Way(answer))
    assert Counter(queue.states.values()) == {"sent": MANY}
    assert (route.pace.rate > 0) is (domains == MANY), "where many ask it is the relay"


def test_one_that_has_a_trouble_of_its_own_is_not_slowed(brisk: None) -> None:
    first = [LATER]
    queue, way = Rows(rows(60, "a.example")), Way(lambda message: first.pop() if first else OK)
    (route,) = played(queue, way)
    assert Counter(queue.states.values()) == {"sent": 60}
    assert all(not claim.but and not claim.only for claim in queue.claims)
    assert route.pace.rate == 0


@pytest.mark.parametrize("asking", [MANY - 1, MANY])
def test_where_many_providers_in_a_row_ask_for_less_it_is_the_relay(asking: int, brisk: None) -> None:
    queue = Rows([one for number in range(1, 5) for one in rows(1, f"p{number}.example", first=number)])
    left = list(range(1, asking + 1))
    way = Way(
        lambda message: SLOWER if message.delivery in left and not left.remove(message.delivery) else OK
    )  # type: ignore[func-returns-value]
    (route,) = played(queue, way)
    assert Counter(queue.states.values()) == {"sent": 4}
    assert (route.pace.rate > 0) is (asking == MANY)


def test_a_provider_without_more_rows_is_asked_after_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.answers.SLOWEST_GUESS", 1000.0)
    monkeypatch.setattr("digest.delivery.sender.TICK", 0.05)
    first = [SLOWER]

    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: any(claim.only for claim in queue.claims), "rows are looked for")
        await stays_async(lambda: sum(bool(claim.only) for claim in queue.claims) <= 3, 0.6, "at rest")
        stopping.set()

    queue = Rows([*rows(2, "a.example"), *rows(2, "b.example", first=101)])
    way = Way(lambda message: first.pop() if first else OK)
    played(queue, way, meanwhile=meanwhile, patience=60.0)  # the first one is due in a minute
    assert Counter(queue.states.values()) == {"sent": 3, "queued": 1}


# ---------------------------------------------------------------------------- nobody is there


def test_people_are_told_once_of_an_edition_that_stands_still(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert STILL == 300.0
    monkeypatch.setattr("digest.delivery.sender.STILL", 0.1)
    told: list[str] = []

    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: told, "people are told")
        await stays_async(lambda: len(told) == 1, 0.15, "once")
        stopping.set()

    queue = Rows(rows(3))
    queue.stalled = lambda connection, why: told.append(why)  # type: ignore[method-assign]
    played(queue, Away(), meanwhile=meanwhile)
    assert told == ["the line was lost"]
