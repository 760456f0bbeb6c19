"""Tuning of the whole process. It happens once, where a process starts: nothing here belongs to a run or a mail."""

import ctypes
import gc
import os
import resource
import sys

SWITCH = 0.0005  # seconds that a thread which composes or signs may keep the event loop from its work
THRESHOLDS = (10_000, 20, 20)  # a mail makes hundreds of objects, and hardly any of them is part of a cycle
FILES = 65_536  # file descriptors that we ask for, as far as the system's hard limit goes

ARENAS, MAPPED = (
    (-8, 2),
    (-3, 1 << 20),
)  # M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h, each with our value

_tuned: list[bool] = []


def tune() -> None:
    """Tune the interpreter for sending, bound what malloc keeps, raise the limit on open files; once.

    What was imported by now lives as long as the process, so the garbage collector need not walk through it
    every few hundred mails (`gc.freeze`). What is made later stays the collector's: called at each run, this
    would keep every cycle that happened to be garbage at that moment, for ever.
    """
    if _tuned:
        return
    _tuned.append(True)
    sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    bound_malloc()
    raise_open_files(FILES)


def bound_malloc() -> bool:
    """Return whether malloc was told to keep less freed memory; False where it is not glibc's, or was tuned outside.

    glibc gives threads up to eight arenas for each core, and each keeps the most that it ever held. Pages are
    served by a pool of threads, so resident memory grew with whatever thread a large page happened to meet. Only one
    thread of Python's allocates at a time: two arenas do. With a fixed threshold, blocks of a megabyte and more
    (pictures, password hashes) go back to the system when they are freed.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # musl, macOS
        return False
    return all(mallopt(*each) == 1 for each in (ARENAS, MAPPED))


def give_back_memory() -> bool:
    """Return whether malloc gave freed memory back to the system; False where it is not glibc's.

    What a morning's build and a crowd at the pages leave behind is free, but lies between what is in use: without this
    a process that runs for months keeps the most that it ever needed, and some more each day.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return False
    return bool(trim(0))


def raise_open_files(wanted: int) -> int:
    """Return the soft limit on open files after it was raised to *wanted*, or to the hard limit where that is lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):  # a sandbox may forbid it; the limit that stands is what there is
            return soft
        return most
    return soft
