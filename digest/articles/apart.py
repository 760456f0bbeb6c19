"""Run a parser on hostile input in a process of its own: there it can hang, swell or crash."""

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar, TypeVarTuple

import anyio
import anyio.to_process

from digest import extension_folder
from digest.errors import SourceError, WorkerError
from digest.runtime.confined import confined

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
SECONDS = 20.0
START = 120.0


async def apart(
    function: Callable[[*Arguments], Result], *args: *Arguments, seconds: float = SECONDS, where: str = ""
) -> Result:
    """Return *function(*args)*, run in a worker process that is killed after *seconds*, with a bound on its memory.

    What the function raises is raised here; SourceError when it takes too long, too much memory, or its process
    dies; WorkerError when there is no process to run it in, which is this machine's fault and no document's. The
    time in which a process starts and imports is not the document's: on a busy machine that alone takes seconds.
    Nor is that in which others have their turn: the fortieth picture of a morning waits for thirty-nine.
    """
    mine = anyio.CapacityLimiter(1)
    async with anyio.to_process.current_default_process_limiter():
        await _started(function.__module__, mine)
        try:
            with anyio.fail_after(seconds):
                return await anyio.to_process.run_sync(function, *args, cancellable=True, limiter=mine)
        except TimeoutError:
            words = f"took longer than {seconds:g} s to read and was given up"
            raise SourceError(words, where=where) from None
        except MemoryError:
            raise SourceError("takes more memory to read than a document may have", where=where) from None
        except anyio.BrokenWorkerProcess:
            raise SourceError("is so malformed that its reader crashed", where=where) from None


async def _started(module: str, mine: anyio.CapacityLimiter) -> None:
    """Have a worker ready that knows *module*; raise WorkerError where there is none to be had."""
    try:
        with anyio.fail_after(START):
            folder = extension_folder.using()
            await anyio.to_process.run_sync(_ready, module, folder, cancellable=True, limiter=mine)
    except TimeoutError:
        problem = f"it was not ready within {START:g} s"
    except (anyio.BrokenWorkerProcess, MemoryError, OSError, ImportError) as fault:
        problem = str(fault) or type(fault).__name__
    else:
        return
    raise WorkerError(
        f"a process to read it in could not be started on this machine: {problem}",
        do="Nothing is wrong with the source. Look at the machine's memory, its limit of processes, and its load.",
    )


def _ready(module: str, extensions: str) -> None:
    """Import what the next call needs, then bound the process; a module itself cannot be handed back.

    A module of the newsroom's own is found in the folder *extensions*.
    """
    extension_folder.use(extensions)
    if module not in _known:
        import_module(module)
        _known.add(module)
        confined()


_known = set[str]()
