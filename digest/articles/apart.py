"""Run a parser on hostile input in a process of its own: there it can hang, swell or crash."""

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio
import anyio.to_process

from digest.errors import SourceError

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
SECONDS = 20.0


async def apart(
    function: Callable[[*Arguments], Result], *args: *Arguments, seconds: float = SECONDS, where: str = ""
) -> Result:
    """Return *function(*args)*, run in a worker process that is killed after *seconds*.

    What the function raises is raised here; SourceError when it takes too long or its process dies.
    """
    try:
        with anyio.fail_after(seconds):
            return await anyio.to_process.run_sync(function, *args, cancellable=True)
    except TimeoutError:
        raise SourceError(f"took longer than {seconds:g} s to read and was given up", where=where) from None
    except anyio.BrokenWorkerProcess:
        raise SourceError("is so malformed that its reader crashed", where=where) from None
