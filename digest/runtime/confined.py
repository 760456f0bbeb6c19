"""Confined: a process that reads strangers' bytes gets a bound on its memory, and is the first to go when memory ends.

Imports nothing but the standard library: the processes that use it should start at once.
"""

import os
import resource
from contextlib import suppress
from pathlib import Path

MORE = 768 * 1024 * 1024  # bytes of address space beyond what the process has after its imports
FIRST_TO_GO = 900  # of oom_score_adj, which ends at 1000: before the sender, the database, or anybody else


def confined(more: int = MORE) -> None:
    """Let this process take at most *more* bytes of memory from now on: a MemoryError is then all that it costs.

    What the system does not offer (no /proc, no such limit) is left out.
    """
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = pages * os.sysconf("SC_PAGE_SIZE") + more
        if most == resource.RLIM_INFINITY or wanted < most:
            resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO), encoding="ascii")
