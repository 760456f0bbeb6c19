"""Which of a database's faults pass by themselves, so that a sender waits instead of halting. Pure.

Three kinds: somebody else holds it up for a moment, its disk is full, or its server is away: restarted, failed over,
or cut off. In the first two the transaction did nothing; in the last it may have been committed although its answer
was lost, so whoever tries again has to look first. A code is read before words: a server speaks its own language.
"""

import sqlite3

HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
# SQLSTATE: a deadlock, a serialisation conflict, a lock that was not to be had in time, and a full disk
HELD_STATES = {"40P01", "40001", "55P03", "53100"}
# Of a fault without a code: "busy" is our own queue's word (`digest/store/queue.py`)
HELD_WORDS = (
    "database is locked",
    "database is busy",
    "deadlock detected",
    "disk is full",
    "No space left on device",
)
# SQLSTATE: connection exceptions, shutdown and restart, a session ended for its idleness, too many connections, and
# a server that has become a standby (read only)
AWAY = ("08", "57P01", "57P02", "57P03", "25P03", "25P04", "53300", "25006")
# What a server that is there says to us, and will say again
FOR_GOOD = (
    "authentication failed",
    "no pg_hba.conf entry",
    "does not exist",
    "no password supplied",
    "certificate",
)
_KINDS = {"OperationalError", "InterfaceError"}


def passing(problem: BaseException) -> bool:
    """Return whether the database could not be written just now and may be later, without a loss."""
    return _held(getattr(problem, "orig", None) or problem) or away(problem)


def _held(fault: object) -> bool:
    if (code := getattr(fault, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in HELD  # the rest of it says more of the same
    if (state := getattr(fault, "sqlstate", None)) is not None:
        return state in HELD_STATES
    return any(words in str(fault) for words in HELD_WORDS)


def away(problem: BaseException) -> bool:
    """Return whether the server is away or the connection to it was lost: what was asked may be done or not."""
    fault = getattr(problem, "orig", None) or problem
    if not type(fault).__module__.startswith("psycopg"):
        return False
    code: str | None = getattr(fault, "sqlstate", None)
    if code:
        return code.startswith(AWAY)
    kinds = {kind.__name__ for kind in type(fault).__mro__}
    return bool(kinds & _KINDS) and not any(words in str(fault) for words in FOR_GOOD)


def reason(problem: BaseException) -> str:
    """Return the database's own words, in one line."""
    return str(getattr(problem, "orig", None) or problem).partition("\n")[0]
