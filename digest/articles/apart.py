"""Run a parser on hostile input in a process of its own: there it can hang, swell or crash."""

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar, TypeVarTuple

import anyio
import anyio.to_process

from digest.errors import SourceError

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
SECONDS = 20.0
START = 120.0


async def apart(
    function: Callable[[*Arguments], Result], *args: *Arguments, seconds: float = SECONDS, where: str = ""
) -> Result:
    """Return *function(*args)*, run in a worker process that is killed after *seconds*.

    What the function raises is raised here; SourceError when it takes too long or its process dies. The time
    in which a process starts and imports is not the document's: on a busy machine that alone takes seconds.
    Nor is that in which others have their turn: the fortieth picture of a morning waits for thirty-nine.
    """
    mine = anyio.CapacityLimiter(1)
    try:
        async with anyio.to_process.current_default_process_limiter():
            with anyio.fail_after(START):
                await anyio.to_process.run_sync(_ready, function.__module__, cancellable=True, limiter=mine)
            with anyio.fail_after(seconds):
                return await anyio.to_process.run_sync(function, *args, cancellable=True, limiter=mine)
    except TimeoutError:
        raise SourceError(f"took longer than {seconds:g} s to read and was given up", where=where) from None
    except anyio.BrokenWorkerProcess:
        raise SourceError("is so malformed that its reader crashed", where=where) from None


def _ready(module: str) -> None:
    """Import what the next call needs; a module itself cannot be handed back."""
    import_module(module)
