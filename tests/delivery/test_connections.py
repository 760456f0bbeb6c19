"""How many connections the SMTP transport opens, and when; what it takes meanwhile, and what is left at its end."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop
from structlog.testing import capture_logs

from digest.delivery.transports.smtp import Smtp
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Accepted, Lost, Outcome, Throttled, Unknown
from tests.waiting import never, stays_async, until_async

from .relay import Feed, Relay, messages


def unsettled(outcome: Outcome) -> bool:
    return isinstance(outcome, Lost | Throttled)


def fed(relay: Relay, feed: Feed, **settings: Any) -> Feed:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(feed.run(Smtp(relay.settings(**settings), "main"), unsettled, seconds=5.0))
    return feed


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay that is away is tried again soon, and one that has enough connections is not for half a minute."""
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FIRST_PAUSE", 0.02)
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FULL_PAUSE", 30.0)


def test_a_relay_that_is_away_is_tried_again_soon_and_said_to_be_back() -> None:
    left = ["421 4.3.2 too busy"] * 2

    def script(step: str, line: int, to: str) -> Any:
        return left.pop() if step == "greeting" and left else None

    with Relay(script=script) as relay, capture_logs() as said:
        feed = fed(relay, Feed(messages(4)), connections=1)
    assert sum(isinstance(feed.last(one), Accepted) for one in feed.outcomes) == 4
    assert relay.lines == 3
    events = [one["event"] for one in said]
    assert (events.count("relay.trouble"), events.count("relay.back")) == (2, 1)
    assert all(one["pause"] <= 0.1 for one in said if one["event"] == "relay.trouble")


def test_a_relay_that_was_never_away_is_not_said_to_be_back() -> None:
    with Relay() as relay, capture_logs() as said:
        fed(relay, Feed(messages(20)), connections=3)
    assert [one["event"] for one in said] == []


def test_a_relay_that_takes_one_more_connection_after_all_was_not_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FULL_PAUSE", 0.05)

    def script(step: str, line: int, to: str) -> Any:
        if step == "greeting" and line == 2:
            return "421 4.7.0 too many connections"
        return 0.4 if step == "dot" and not relay.taken[2:] else None

    with Relay(script=script) as relay, capture_logs() as said:
        fed(relay, Feed(messages(12)), connections=2)
    assert "relay.back" not in [one["event"] for one in said]


def test_a_relay_that_takes_no_more_connections_is_left_alone_with_those_that_it_has() -> None:
    def script(step: str, line: int, to: str) -> Any:
        if step == "greeting" and line > 1:
            return "421 4.7.0 too many connections"
        return 0.01 if step == "dot" else None

    with Relay(script=script) as relay:
        feed = fed(relay, Feed(messages(40)), connections=3)
    assert sum(isinstance(feed.last(one), Accepted) for one in feed.outcomes) == 40
    assert 2 <= relay.lines <= 3  # the first, and those that were on their way when it said so


@pytest.mark.parametrize("ends", ["our share", "its own", "a fault"])
def test_a_relay_with_one_connection_at_a_time_is_called_again_as_soon_as_that_one_ends(ends: str) -> None:
    """The pause before one more connection is for one beside others, never for the only one."""

    def script(step: str, line: int, to: str) -> Any:
        if step == "greeting" and len(relay._tasks) > 1:
            return "421 4.7.0 too many connections"
        if (
            ends == "a fault"
            and step == "mail"
            and len(relay.taken) in (5, 11)
            and not broken[len(relay.taken)]
        ):
            broken[len(relay.taken)] = True
            return "reset"
        return 0.01 if step == "dot" else None

    broken = dict.fromkeys((5, 11), False)
    with Relay(script=script, most=4 if ends == "its own" else 1_000) as relay:
        feed = fed(
            relay,
            Feed(messages(20)),
            connections=3,
            messages_per_connection=4 if ends == "our share" else 100,
        )
    assert sorted(relay.recipients) == sorted(f"r{one}@example.net" for one in feed.outcomes)
    assert len(relay.taken) == 20


def test_a_relay_that_refuses_us_is_told_although_another_connection_is_not_open_yet() -> None:
    def script(step: str, line: int, to: str) -> Any:
        if step == "greeting" and line > 1:
            return "421 4.7.0 too many connections"
        return "550 5.7.1 sender not allowed" if step == "mail" else None

    with Relay(script=script) as relay, pytest.raises(RelayError, match="refuses us"):
        fed(relay, Feed(messages(40)), connections=3)
    assert relay.taken == []


def test_of_a_relay_that_refuses_us_few_messages_are_tried() -> None:
    feed = Feed(messages(100))
    with (
        Relay(script=lambda step, line, to: "550 5.7.1 not allowed" if step == "mail" else None) as relay,
        pytest.raises(RelayError, match="refuses us"),
    ):
        fed(relay, feed, connections=1)
    assert len(feed.outcomes) <= 8
    assert len(feed.waiting) >= 90


def test_a_relay_that_says_later_to_every_mail_for_a_while_needs_nobody() -> None:
    left = ["451 4.3.2 the queue is full, later"] * 7

    def script(step: str, line: int, to: str) -> Any:
        return left.pop() if step == "mail" and left else None

    with Relay(script=script) as relay:
        feed = fed(relay, Feed(messages(4)), connections=1)
    assert [type(one) for outcomes in feed.outcomes.values() for one in outcomes].count(Throttled) == 7
    assert len(relay.taken) == 4


def test_a_relay_that_goes_away_is_called_by_one_connection_alone() -> None:
    """Its others were refused before; they do not all come back at once."""
    gone = False

    def script(step: str, line: int, to: str) -> Any:
        nonlocal gone
        if step == "greeting" and line > 1:
            return "421 4.7.0 too many connections" if not gone else "hang"
        if step == "dot" and len(relay.taken) > 30:
            gone = True
            return "close"
        return 0.005 if step == "dot" else None

    async def scenario() -> None:
        feed = Feed(messages(60))
        running = asyncio.create_task(
            feed.run(Smtp(relay.settings(connections=3, timeout="5s"), "main"), unsettled)
        )
        await until_async(lambda: gone, "it went away")
        lines = relay.lines
        await stays_async(lambda: relay.lines <= lines + 1, 0.3, "one call at a time")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    with Relay(script=script) as relay:
        asyncio.run(scenario())


def test_a_mark_that_nobody_waits_for_any_more_sends_nothing_and_the_line_goes_on() -> None:
    class Cancelled(Feed):
        async def mark(self, delivery: int) -> float:
            if delivery == 2:
                self.open.discard(delivery)
                self.more.set()
                raise asyncio.CancelledError
            return await super().mark(delivery)

    # without PIPELINING, for there a DATA that is out already would have to be cut off
    with Relay(offers=()) as relay:
        feed = fed(relay, Cancelled(messages(4)), connections=1)
    assert sorted(feed.outcomes) == [1, 3, 4]
    assert relay.recipients == [f"r{number}@example.net" for number in (1, 3, 4)]
    assert relay.lines == 1


def test_no_more_connections_are_opened_than_messages_wait_for() -> None:
    """One message waits at a time, and a second connection is on its way for it: no third is opened."""

    def script(step: str, line: int, to: str) -> Any:
        if step == "greeting" and line > 1:
            return "hang"
        return 0.02 if step == "dot" else None

    class OneByOne(Feed):
        async def stream(self) -> AsyncIterator[Message]:
            for message in self.waiting:
                yield message
                await until_async(partial(self.marked.count, message.delivery), "the message is taken")

    with Relay(script=script) as relay:
        feed = fed(relay, OneByOne(messages(6)), connections=5, timeout="1s")
    assert sum(isinstance(feed.last(one), Accepted) for one in feed.outcomes) == 6
    assert relay.lines == 2


@pytest.mark.parametrize("before", [0, 3], ids=["from the first", "after some"])
def test_a_relay_that_drops_the_line_behind_each_dot_is_left_after_as_many_as_it_may_hold_and_three(
    before: int,
) -> None:
    def script(step: str, line: int, to: str) -> Any:
        return "close" if step == "dot" and len(relay.taken) >= before else None

    feed = Feed(messages(30))
    with Relay(script=script) as relay, pytest.raises(RelayError, match="without an answer"):
        fed(relay, feed, connections=1)
    assert sum(isinstance(feed.last(one), Unknown) for one in feed.outcomes) == 2 * 1 + 3 + 1


@pytest.mark.timed
def test_one_more_connection_that_may_not_log_in_is_not_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FIRST_PAUSE", 30.0)

    def script(step: str, line: int, to: str) -> Any:
        if step == "auth" and line > 1:
            return "535 5.7.8 too many sessions of this user"
        return 0.01 if step == "dot" else None

    with Relay(script=script, password="right", mechanisms=("PLAIN",)) as relay:
        feed = fed(relay, Feed(messages(40)), connections=3, username="me", password="right")
    assert sum(isinstance(feed.last(one), Accepted) for one in feed.outcomes) == 40
    assert relay.lines <= 3


def test_a_relay_that_refuses_us_on_one_connection_is_left_although_another_rests() -> None:
    """The one that rests says good-bye, and the end is not waited for."""
    refusing = False

    def script(step: str, line: int, to: str) -> Any:
        if step == "dot" and not refusing:
            return 0.05
        return "550 5.7.1 not allowed" if step == "mail" and refusing else None

    async def scenario(relay: Relay) -> None:
        nonlocal refusing

        async def mark(delivery: int) -> float:
            return asyncio.get_running_loop().time() + 60

        async def stream() -> AsyncIterator[Message]:
            nonlocal refusing
            for message in messages(20):
                if message.delivery == 5:
                    await until_async(lambda: len(found) == 4, "the first are answered")
                    refusing = True
                if message.delivery > 5:
                    await until_async(lambda: len(found) >= message.delivery - 1, "one at a time")  # noqa: B023
                yield message

        found: list[Outcome] = []
        async with asyncio.timeout(5):
            async for delivery, outcome in Smtp(relay.settings(connections=2), "main").send(stream(), mark):
                if delivery:
                    found.append(outcome)

    with Relay(script=script) as relay, pytest.raises(RelayError, match="refuses us"):
        asyncio.run(scenario(relay))
    assert relay.lines == 2
    assert len(relay.taken) == 4


def test_it_ends_when_the_stream_does_although_no_connection_is_open() -> None:
    """The last one was closed after its share of messages, and the stream had not ended by then."""

    async def scenario(relay: Relay) -> list[Outcome]:
        found: list[Outcome] = []

        async def stream() -> AsyncIterator[Message]:
            yield messages(1)[0]
            await until_async(lambda: relay.commands[-1] == "QUIT" and found, "the line is closed")
            await stays_async(lambda: True, 0.05, "the end of the line is seen")

        async def mark(delivery: int) -> float:
            return asyncio.get_running_loop().time() + 60

        way = Smtp(relay.settings(connections=1, messages_per_connection=1), "main")
        async with asyncio.timeout(3):
            async for _, outcome in way.send(stream(), mark):
                found.append(outcome)
        return found

    with Relay() as relay:
        assert [type(one) for one in asyncio.run(scenario(relay))] == [Accepted]


def connected(port: int) -> int:
    """How many connections of this machine to *port* are up."""
    table = Path("/proc/self/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in table]
    return sum(one[2].endswith(f":{port:04X}") and one[3] == "01" for one in fields)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    made = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1").configure_cert(context)
    return context, str(file)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("security", ["none", "tls"])
def test_when_it_is_closed_no_connection_is_up(
    authority: tuple[ssl.SSLContext, str], security: str, loop: Any
) -> None:
    async def scenario(relay: Relay) -> int:
        async def mark(delivery: int) -> float:
            return asyncio.get_running_loop().time() + 60

        async def endless() -> AsyncIterator[Message]:
            for message in messages(30):
                yield message
            await never()

        more = {"ca_file": authority[1]} if security == "tls" else {}
        stream = Smtp(relay.settings(connections=3, security=security, **more), "main").send(endless(), mark)
        for _ in range(5):
            await anext(stream)
        await until_async(lambda: connected(relay.port) == 3, "three connections")
        await stream.aclose()
        return connected(relay.port)

    with (
        Relay(
            tls=authority[0] if security == "tls" else None,
            script=lambda step, line, to: 0.02 if step == "dot" else None,
        ) as relay,
        asyncio.Runner(loop_factory=loop) as runner,
    ):
        assert runner.run(scenario(relay)) == 0
