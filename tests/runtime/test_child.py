"""A child process over its pipes: frames whole or not at all, a limit on its time, and an end that leaves nothing."""

import io
import signal
from collections.abc import Iterator

import pytest

from digest.runtime.child import Child, killed_after, read, written

ECHO = (
    "import sys; from digest.runtime.child import read, written\n"
    "while True: written(sys.stdout.buffer, read(sys.stdin.buffer)[::-1])"
)


@pytest.fixture
def echo() -> Iterator[Child]:
    child = Child("-c", ECHO)
    yield child
    child.end()


@pytest.mark.parametrize("data", [b"", b"a", b"\n\0\xff" * 100_000])
def test_a_frame_comes_back_whole(data: bytes) -> None:
    stream = io.BytesIO()
    written(stream, data)
    stream.seek(0)
    assert read(stream) == data
    with pytest.raises(EOFError):
        read(stream)


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 8])
def test_a_frame_that_is_cut_is_none(cut: int) -> None:
    stream = io.BytesIO()
    written(stream, b"12345")
    with pytest.raises(EOFError):
        read(io.BytesIO(stream.getvalue()[:cut]))


def test_it_answers_and_ends(echo: Child) -> None:
    written(echo.to, b"abc")
    assert read(echo.back) == b"cba"
    assert echo.runs
    assert echo.end() == -signal.SIGKILL
    assert not echo.runs
    assert echo.to.closed


def test_one_that_takes_too_long_is_killed(echo: Child) -> None:
    with killed_after(0.05, [echo]), pytest.raises(EOFError):
        read(echo.back)  # it was asked nothing, so it never answers
    assert echo.end() == -signal.SIGKILL


def test_one_that_is_done_in_time_goes_on(echo: Child) -> None:
    with killed_after(60.0, [echo]):
        written(echo.to, b"ab")
        assert read(echo.back) == b"ba"
    assert echo.runs
