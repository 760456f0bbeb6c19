"""Open files of this process: how many there are, how many there may be, and a warning before none is left."""

import asyncio
import os
import resource
from collections.abc import Awaitable, Callable

SECONDS = 5.0  # between two looks
SHARE = 0.85  # of the limit: from here on somebody is told
FOLDERS = ("/proc/self/fd", "/dev/fd")


def limit() -> int:
    """Return how many files this process may have open."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1 << 20 if soft == resource.RLIM_INFINITY else soft


def open_files() -> int:
    """Return how many files this process has open, sockets included; the limit where not even that can be asked."""
    for folder in FOLDERS:
        try:
            return len(os.listdir(folder)) - 1  # the folder itself was open meanwhile
        except FileNotFoundError:
            continue
        except OSError:
            return limit()  # EMFILE: there is none left to look with
    return 0


async def watch(
    stop: asyncio.Event,
    tell: Callable[[int, int], Awaitable[bool]],
    *,
    seconds: float = SECONDS,
    share: float = SHARE,
) -> None:
    """Until *stop*, call *tell(open, limit)* each time that more than *share* of the limit comes to be in use.

    It is called again at the next look where it returns False: it could not tell.
    """
    told = False
    while not stop.is_set():
        used, most = open_files(), limit()
        if used > share * most and not told:
            told = await tell(used, most)
        elif used < (share - 0.15) * most:
            told = False
        rest = asyncio.create_task(stop.wait())
        await asyncio.wait([rest], timeout=seconds)
        rest.cancel()
