"""What a run over SMTP notes of each answer and of each connection that asks for work; without a line."""

import asyncio
from collections.abc import Callable

from digest.config.schema import Relay
from digest.delivery.transports.smtp.run import Run
from digest.model import Message
from digest.outcomes import Accepted, Deferred, Rejected


class Waiting:
    """A connection that asks for work."""

    def __init__(self) -> None:
        self.left = False

    def quit(self) -> None:
        self.left = True


MESSAGE = Message(
    delivery=7, sender="b@example.org", recipient="a@example.net", message_id="<7@example.org>", parts=(b"x",)
)


async def marked(delivery: int) -> float:
    return 1.0


def played(scenario: Callable[[Run], None]) -> None:
    async def all_of_it() -> None:
        scenario(Run(Relay(host="127.0.0.1", connections=2), "main", marked, 0))

    asyncio.run(all_of_it())


def test_only_an_accepted_mail_ends_the_pauses_between_calls() -> None:
    def scenario(run: Run) -> None:
        for outcome, failures in [
            (Deferred(451, "later"), 2),
            (Rejected(550, "5.1.1 nobody", dead=True), 2),
            (Accepted(250, "ok"), 0),
        ]:
            run._calls.failures = 2
            run.done(MESSAGE, outcome)
            assert run._calls.failures == failures, outcome
        assert [one for one, _ in run.exchange.outcomes] == [7, 7, 7]

    played(scenario)


def test_a_connection_that_got_work_is_not_sent_away_when_the_relay_fails() -> None:
    def scenario(run: Run) -> None:
        busy, idle = Waiting(), Waiting()
        for wire in (busy, idle):
            assert run.take(wire) is None  # type: ignore[arg-type]
        run._ready.append(MESSAGE)
        assert run.take(busy) is MESSAGE  # type: ignore[arg-type]
        run._fail(OSError("the certificate is over"))
        assert (busy.left, idle.left) == (False, True)

    played(scenario)
