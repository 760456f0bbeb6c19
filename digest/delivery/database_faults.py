"""Which of a database's faults pass by themselves, so that a sender waits instead of halting. Pure.

Three kinds: somebody else holds it up for a moment, its disk is full, or its server is away: restarted, failed over,
or cut off. In the first two the transaction did nothing; in the last it may have been committed although its answer
was lost, so whoever tries again has to look first.
"""

BUSY = ("database is locked", "database is busy", "deadlock detected")
FULL = ("disk is full", "No space left on device")
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
    return any(words in reason(problem) for words in (*BUSY, *FULL)) or away(problem)


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
