"""Who holds a row: a name for each run, and a lock by which others on this machine tell whether it still lives.

A run holds a lock (`flock`) on a file of its own in the data folder for as long as it lives. The kernel frees it
when the process ends, however it ends, so who gets the lock knows that the run will never send again, and its rows
need not wait for their lease. Where there is no such file (another machine, another data folder, no right to read
it) only the lease counts. The process list is never asked: under `hidepid`, or from another container, a living
process is not in it.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = "senders"  # in the data folder
OLD = 3600.0  # seconds after which the file of a run that is gone is removed


@contextmanager
def running(data: Path, nonce: str) -> Iterator[str]:
    """Give this run's name, 32 characters at most, under which it holds rows; it counts as alive inside.

    *nonce* is random: it tells two runs of one process apart. Where no lock can be had, only leases count.
    """
    folder, name = data / FOLDER, f"{_machine() or 'x'}.{nonce[:16]}"
    file = _locked(folder, name)
    if file is None:
        yield f"x.{nonce[:16]}"
        return
    try:
        _sweep(folder, but=name)
        yield name
        with suppress(OSError):
            (folder / name).unlink()
    finally:
        os.close(file)  # after an error the file stays: what could not be given back may be taken at once


def dead(names: Collection[str], data: Path) -> list[str]:
    """Return those of *names* that were runs on this machine, with the same *data* folder, and are gone."""
    return [one for one in names if _is_dead(one, data / FOLDER)]


def _is_dead(name: str, folder: Path) -> bool:
    machine, _, nonce = name.partition(".")
    if not nonce or machine != _machine() or "/" in name:
        return False
    try:
        file = os.open(folder / name, os.O_RDONLY)
    except OSError:
        return False
    try:
        return _try_lock(file)
    finally:
        os.close(file)


def _locked(folder: Path, name: str) -> int | None:
    """Return the open, locked file of this run; None where the system does not give one."""
    if not _machine():
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        return None
    if _try_lock(file):
        return file
    os.close(file)
    return None


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep(folder: Path, but: str) -> None:
    """Remove the files of runs that are long gone; their rows were taken over by their lease at the latest."""
    with suppress(OSError):
        for one in os.scandir(folder):
            old = one.name != but and one.stat().st_mtime < time.time() - OLD
            if old and _is_dead(one.name, folder):
                os.unlink(one.path)


def _machine() -> str:
    """Return a mark of this boot of this machine; "" where the system does not say.

    A lock is one kernel's: on a shared disk another machine may get it although its holder lives.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    return hashlib.sha256(boot.encode()).hexdigest()[:8]
