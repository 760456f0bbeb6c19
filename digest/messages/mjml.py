"""MJML to HTML in a process of its own, since mjml-python's native code can end the process it runs in.

Elements nested some thousand deep overflow its stack (a segmentation fault, which no `except` catches), so a
template's fault must cost one child process and not the sender. The child is kept: a start costs about
50 ms, an edition 1 ms.
"""

import atexit
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer

from digest.errors import TemplateError

LIMIT = 10.0  # seconds for one edition; 20 stories take 0.001
_CHILD = Path(__file__).with_name("_mjml_child.py")
_SPAN = re.compile(r"position (\d+):(\d+)")


class Converter:
    """Holds the child process; started on first use, again after a crash, gone with us."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def html(self, mjml: str) -> str:
        """Return the HTML of *mjml*; raise TemplateError with the line, or what became of the process."""
        with self._lock:
            child = self._running()
            timer = Timer(self._limit, child.kill)
            timer.start()
            try:
                status, said = _exchange(child, mjml)
            except OSError:
                status, said = b"", ""
            finally:
                timer.cancel()
            if not status:
                raise self._died(child)
        if status == b"-":
            raise _refusal(said, mjml)
        _known_only(said, mjml)
        return said

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            if self._child is not None:
                self._child.kill()
                self._reap()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._reap()
            self._child = subprocess.Popen(  # noqa: S603 - our own file, our own interpreter
                [sys.executable, "-P", str(_CHILD)],  # -P: a module beside it must not hide the real mjml
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._child

    def _reap(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):  # it may still want to flush into a process that is gone
                    pipe.close()
        child.wait()

    def _died(self, child: subprocess.Popen[bytes]) -> TemplateError:
        child.kill()
        self._reap()
        code = child.returncode
        if code == -9:
            return TemplateError(f"MJML was not done after {self._limit:g} s and was stopped", do=_SIMPLER)
        return TemplateError(f"MJML crashed (exit {code})", do=_SIMPLER)


_SIMPLER = "Elements nested thousands deep do this: look for a loop that opens without closing."


def _exchange(child: subprocess.Popen[bytes], mjml: str) -> tuple[bytes, str]:
    """Return the child's status byte and words; b"" when it went away."""
    assert child.stdin is not None
    assert child.stdout is not None
    data = mjml.encode()
    child.stdin.write(b"+" + len(data).to_bytes(4, "big") + data)
    child.stdin.flush()
    head = child.stdout.read(5)
    size = int.from_bytes(head[1:], "big")
    answer = child.stdout.read(size) if len(head) == 5 else b""
    if len(head) < 5 or len(answer) < size:
        return b"", ""
    return head[:1], answer.decode()


def _refusal(said: str, mjml: str) -> TemplateError:
    """Return the fault with a line: mjml counts bytes, and often says no place at all."""
    span = _SPAN.search(said)
    if span is None:
        return MjmlError(f"this is no MJML: {said}", line=0)
    before = mjml.encode()[: int(span[1])].decode("utf-8", "replace")
    return MjmlError(f"this is no MJML: {said[: span.start()].strip(' at')}", line=before.count("\n") + 1)


def _known_only(html: str, mjml: str) -> None:
    """Raise where an element of MJML came through as it stood: mjml does not know it, and says nothing."""
    found = re.search(r"<(mj-[a-z-]+)", html)
    if found is not None:
        line = mjml[: max(mjml.find(f"<{found[1]}"), 0)].count("\n") + 1
        raise MjmlError(f"MJML has no element <{found[1]}>", line=line)


class MjmlError(TemplateError):
    """MJML that mjml refuses; *line* counts in the filled-in source from 1, 0 where it says none."""

    def __init__(self, what: str, *, line: int) -> None:
        super().__init__(what)
        self.line = line


shared = Converter()  # one child serves the process; it holds nothing of an edition
atexit.register(shared.close)
