"""A child process that is asked over its stdin and answers over its stdout, in frames: both ends of the pipe.

A frame is four bytes of length and as many bytes of whatever the two agree on. A child holds nothing that matters, is
killed when it takes too long, and is gone with us, however we end: its stdin is then at its end. Nothing but the
standard library is imported, so a child starts at once.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from typing import BinaryIO, cast


def written(stream: BinaryIO, data: bytes) -> None:
    """Write a frame with *data* to *stream* at once; raise OSError where nobody reads it."""
    stream.write(len(data).to_bytes(4, "big") + data)
    stream.flush()


def read(stream: BinaryIO) -> bytes:
    """Return the next frame of *stream*; raise EOFError where there is none any more."""
    head = stream.read(4)
    size = int.from_bytes(head, "big")
    data = stream.read(size) if len(head) == 4 else b""
    if len(head) < 4 or len(data) < size:
        raise EOFError
    return data


class Child:
    """A process of our own interpreter with *arguments*, and our end of its pipes."""

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own modules
            [sys.executable, "-P", *arguments],  # -P: a module beside a file must not hide a real one
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
        )
        self.to, self.back = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it; whoever reads its answer gets an EOFError."""
        self._process.kill()

    def end(self) -> int:
        """End it and clear it away; return its exit code, below 0 for the signal that ended it."""
        self.kill()
        for pipe in (self.to, self.back):
            with suppress(OSError):  # it may still want to flush into a process that is gone
                pipe.close()
        return self._process.wait()


@contextmanager
def killed_after(seconds: float, children: Sequence[Child]) -> Iterator[None]:
    """Kill *children* when what is done here takes longer than *seconds*."""

    def kill() -> None:
        for child in children:
            child.kill()

    late = Timer(seconds, kill)
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()
