"""Tuning of the whole process. It happens once, where a process starts: nothing here belongs to a run or a mail."""

import gc
import resource
import sys

SWITCH = 0.0005  # seconds that a thread which composes or signs may keep the event loop from its work
THRESHOLDS = (10_000, 20, 20)  # a mail makes hundreds of objects, and hardly any of them is part of a cycle
FILES = 65_536  # file descriptors that we ask for, as far as the system's hard limit goes

_tuned: list[bool] = []


def tune() -> None:
    """Tune the interpreter for sending, and raise the limit on open files; further calls do nothing.

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
    raise_open_files(FILES)


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
