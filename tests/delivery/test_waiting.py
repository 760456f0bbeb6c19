"""Which faults of a database pass by themselves: those of real drivers, by their codes and words."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from digest.delivery.database_faults import away, passing, reason


def wrapped(problem: Exception) -> OperationalError:
    return OperationalError("SELECT 1", {}, problem)


@pytest.mark.parametrize(
    "code", ["08000", "08003", "08006", "57P01", "57P02", "57P03", "25P03", "25P04", "53300", "25006"]
)
def test_a_server_that_went_away_comes_back(code: str) -> None:
    fault = psycopg.errors.lookup(code)("terminating connection")
    for problem in (fault, wrapped(fault)):
        assert away(problem) is True
        assert passing(problem) is True


@pytest.mark.parametrize("code", ["23505", "42P01", "57014", "25001", "53100"])
def test_what_a_server_says_of_our_statements_does_not_pass(code: str) -> None:
    assert away(psycopg.errors.lookup(code)("no")) is False


@pytest.mark.parametrize(
    "words",
    [
        'connection failed: FATAL:  password authentication failed for user "x"',
        'FATAL:  no pg_hba.conf entry for host "192.0.2.1"',
        'FATAL:  database "x" does not exist',
        "fe_sendauth: no password supplied",
        "SSL error: certificate verify failed",
    ],
)
def test_what_will_be_said_again_is_no_pause(words: str) -> None:
    assert away(psycopg.OperationalError(words)) is False
    assert passing(wrapped(psycopg.OperationalError(words))) is False


def test_a_connection_that_breaks_without_a_word_is_one_that_was_lost() -> None:
    assert away(psycopg.OperationalError("server closed the connection unexpectedly")) is True
    assert away(psycopg.InterfaceError("the connection is closed")) is True
    assert away(psycopg.ProgrammingError("the cursor is closed")) is False
    assert away(sqlite3.OperationalError("server closed the connection unexpectedly")) is False
    assert away(RuntimeError("connection refused")) is False


@pytest.mark.parametrize(
    ("code", "good"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY | 1 << 8, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_CORRUPT, False),
        (sqlite3.SQLITE_IOERR, False),
    ],
)
def test_sqlites_codes_say_it_whatever_the_words_are(code: int, good: bool) -> None:
    fault = sqlite3.OperationalError("database is locked")
    fault.sqlite_errorcode = code
    assert passing(wrapped(fault)) is good


@pytest.mark.parametrize("code", ["40P01", "40001", "55P03", "53100"])
def test_what_holds_postgresql_up_passes_and_nothing_of_it_was_done(code: str) -> None:
    fault = psycopg.errors.lookup(code)("no")
    assert (passing(wrapped(fault)), away(fault)) == (True, False)


@pytest.mark.parametrize(
    ("problem", "good"),
    [
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("database or disk is full"), True),
        (RuntimeError("database is busy: 64 writers wait"), True),  # our own queue
        (psycopg.OperationalError("could not write: No space left on device"), True),
        (psycopg.OperationalError("deadlock detected\nDETAIL:  x"), True),
        (psycopg.errors.DeadlockDetected("deadlock detected"), True),
        (psycopg.errors.DiskFull("could not extend file: No space left on device"), True),
        (sqlite3.OperationalError("no such table: deliveries"), False),
        (sqlite3.DatabaseError("database disk image is malformed"), False),
    ],
)
def test_a_lock_and_a_full_disk_pass_and_a_broken_file_does_not(problem: Exception, good: bool) -> None:
    assert passing(problem) is good
    assert passing(wrapped(problem)) is good


@pytest.mark.parametrize(
    ("state", "good"),
    [("40P01", True), ("40001", True), ("55P03", True), ("53100", True), ("42P01", False), ("23505", False)],
)
def test_a_server_that_speaks_another_language_is_understood_by_its_code(state: str, good: bool) -> None:
    assert passing(wrapped(psycopg.errors.lookup(state)("Verklemmung (Deadlock) entdeckt"))) is good


@pytest.mark.parametrize(
    ("code", "good"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_CORRUPT, False),
        (sqlite3.SQLITE_ERROR, False),
    ],
)
def test_sqlites_own_code_counts_and_not_its_words(code: int, good: bool) -> None:
    fault = sqlite3.OperationalError("a table is in use")
    fault.sqlite_errorcode = code
    assert passing(wrapped(fault)) is good


def test_the_reason_is_the_databases_own_first_line() -> None:
    assert reason(wrapped(psycopg.OperationalError("deadlock detected\nDETAIL:  x"))) == "deadlock detected"
    assert reason(RuntimeError("plain")) == "plain"
