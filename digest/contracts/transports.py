"""The contract of a transport, tried with messages to nobody: marks before it hands over, one outcome for each.

What a transport hands over goes out into the world, so only one that brings a stand-in for it is tried whole: a
function `trial(folder)`, a context manager that gives the transport. What it hands over then lies in *folder*, or in
the transport's list `messages`.

Why: docs/design-notes.md, "A transport is tried only against the stand-in that it brings".
"""

import asyncio
import inspect
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from digest.config.schema import Relay
from digest.contracts import Broken, attempt, said, shown
from digest.extensions import Plugin
from digest.model import Message
from digest.outcomes import Accepted, Lost, Outcome

SECONDS = 10.0
Trial = Callable[[Path], AbstractContextManager[Plugin]]
Answers = Callable[[Plugin], Awaitable[list[str]]]


def broken(name: str, transport: Plugin) -> Iterator[Broken]:
    """Yield what the transport *transport*, whose name is *name*, does not keep. Nothing is sent."""
    if not transport.__doc__:
        yield Broken("must begin with a docstring that says where it sends to")
    if (trial := getattr(transport, "trial", None)) is not None:
        yield from kept(trial)
        return
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay.model_construct(transport=name, folder=Path(folder))
        made, faults = attempt("with a relay's settings", transport.transport, relay, name)
        if not faults and not inspect.isasyncgenfunction(getattr(made, "send", None)):
            faults = (
                Broken("must have `async def send(self, messages, mark)` that yields (delivery, Outcome)"),
            )
        if faults:  # it may need settings of its own, which the configuration has
            yield Broken(faults[0].what, note=True)
    yield Broken("has no trial(folder) with a stand-in for the far end, so no message was tried", note=True)


def kept(trial: Trial) -> Iterator[Broken]:
    """Yield each promise that the transport of *trial* does not keep."""
    for promise in (_outcomes, _refused, _empty, _closed, _failing):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            try:
                with trial(folder) as transport:
                    yield from map(Broken, asyncio.run(_in_time(promise, transport)))
                    if promise is _refused and (any(folder.iterdir()) or getattr(transport, "messages", [])):
                        yield Broken("must not hand over a message whose mark was refused")
            except Exception as fault:  # whatever a stranger's file can raise
                yield Broken(f"raises {said(fault)} {(promise.__doc__ or '').partition(':')[0].lower()}")


async def _in_time(promise: Answers, transport: Plugin) -> list[str]:
    try:
        async with asyncio.timeout(SECONDS):
            return await promise(transport)
    except TimeoutError:
        return [f"does not come to an end {(promise.__doc__ or '').partition(':')[0].lower()}"]


async def _outcomes(transport: Plugin) -> list[str]:
    """With five messages: each has one outcome, after its mark."""
    found, order = await run(transport, messages(5))
    wrong = [
        f"must yield Accepted for each of five good messages (for one it yields {shown(outcome)})"
        for outcome in found.values()
        if not isinstance(outcome, Accepted)
    ]
    if len(found) != 5:
        wrong.append(f"must yield one outcome for each of five messages (it yields {len(found)})")
    if len(order) != len(set(order)):
        wrong.append("must yield at most one outcome, and ask for at most one mark, for each message")
    early = [number for number in found if number not in order or order.index(number) > order.index(-number)]
    if early:
        wrong.append("must call mark(delivery) and wait for it before a message can be taken")
    return wrong[:3]


async def _refused(transport: Plugin) -> list[str]:
    """With a mark that is refused: nothing is handed over, and there is no outcome."""
    found, _ = await run(transport, messages(2), frozenset({1, 2}))
    return ["must yield no outcome for a message whose mark was refused"] if found else []


async def _empty(transport: Plugin) -> list[str]:
    """With no message: it ends at once."""
    found, order = await run(transport, [])
    return ["must yield nothing and mark nothing where there is no message"] if found or order else []


async def _closed(transport: Plugin) -> list[str]:
    """When it is closed early: no task of its own is left."""

    async def mark(delivery: int) -> float:
        return asyncio.get_running_loop().time() + 60

    async def endless() -> AsyncIterator[Message]:
        for message in messages(3):
            yield message
        await asyncio.Event().wait()

    stream = transport.send(endless(), mark)
    await anext(stream)
    await stream.aclose()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    return ["must leave no task behind when it is closed"] if left else []


async def _failing(transport: Plugin) -> list[str]:
    """When a mark fails: the fault is not swallowed, and no message is said to be accepted."""

    async def mark(delivery: int) -> float:
        raise _NoLedger

    async def stream() -> AsyncIterator[Message]:
        yield messages(1)[0]
        await asyncio.Event().wait()

    try:
        async for _, outcome in transport.send(stream(), mark):
            if not isinstance(outcome, Lost):
                return [
                    f"must yield nothing but Lost for a message whose mark failed (it yields {shown(outcome)})"
                ]
    except _NoLedger:
        return []
    return ["must not swallow the fault of a mark that fails"]


class _NoLedger(OSError):
    """The ledger cannot be written."""


async def run(
    transport: Plugin, sent: Sequence[Message], refuse: frozenset[int] = frozenset()
) -> tuple[dict[int, Outcome], list[int]]:
    """Send *sent*; return the outcomes, and the order of marks (as id) and outcomes (as -id)."""
    order: list[int] = []
    outcomes: dict[int, Outcome] = {}

    async def mark(delivery: int) -> float:
        order.append(delivery)
        return 0.0 if delivery in refuse else asyncio.get_running_loop().time() + 60

    async def stream() -> AsyncIterator[Message]:
        for message in sent:
            yield message

    async for delivery, outcome in transport.send(stream(), mark):
        outcomes[delivery] = outcome
        order.append(-delivery)
    return outcomes, order


def messages(count: int) -> list[Message]:
    """Return *count* messages to addresses that nobody can have (RFC 6761)."""
    return [
        Message(
            delivery=number,
            sender=f"bounce+{number}@sample.invalid",
            recipient=f"reader{number}@sample.invalid",
            message_id=f"<{number}.trial@sample.invalid>",
            parts=(b"Subject: A trial\r\n", b"\r\nA trial.\r\n"),
        )
        for number in range(1, count + 1)
    ]
