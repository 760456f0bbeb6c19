"""Who holds a row: a name for this worker, from which another process can tell whether it still lives.

The name holds the machine, its pid namespace, the process and when it started. A process that is gone will
never send again, so its rows need not wait for their lease. Where the system does not say, only leases count.
"""

import hashlib
import os
from collections.abc import Collection
from pathlib import Path


def name(nonce: str) -> str:
    """Return this worker's name, 32 characters at most; *nonce* tells two runs of one process apart."""
    pid = os.getpid()
    return f"{_machine() or nonce[:8]}.{pid:x}.{_started(pid):x}.{nonce[:4]}"


def dead(names: Collection[str]) -> list[str]:
    """Return those of *names* that were processes of this machine and are gone."""
    return [one for one in names if _is_dead(one)]


def _is_dead(worker: str) -> bool:
    parts = worker.split(".")
    if len(parts) != 4 or not _machine() or parts[0] != _machine():
        return False
    try:
        pid, started = int(parts[1], 16), int(parts[2], 16)
    except ValueError:
        return False
    return _started(pid) != started


def _machine() -> str:
    """Return a mark of this boot of this machine and this pid namespace; "" where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:8]


def _started(pid: int) -> int:
    """Return when the process *pid* started, in ticks since the boot; 0 where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] in "ZX" else int(fields[19])  # a zombie sends nothing any more
