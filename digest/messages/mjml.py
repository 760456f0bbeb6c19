"""MJML to HTML in a process of its own, since mjml-python's native code can end the process it runs in.

Elements nested some thousand deep overflow its stack (a segmentation fault, which no `except` catches), so a
template's fault must cost one child process and not the sender. The child is kept: a start costs about
50 ms, an edition 1 ms.
"""

import atexit
import re
from pathlib import Path
from signal import SIGKILL
from threading import Lock

from digest.errors import TemplateError
from digest.runtime.child import Child, killed_after, read, written

LIMIT = 10.0  # seconds for one edition; 20 stories take 0.001
_CHILD = Path(__file__).with_name("_mjml_child.py")
_SPAN = re.compile(r"position (\d+):(\d+)")


class Converter:
    """Holds the child process; started on first use, again after a crash, gone with us."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._lock = Lock()
        self._child: Child | None = None

    def html(self, mjml: str) -> str:
        """Return the HTML of *mjml*; raise TemplateError with the line, or what became of the process."""
        with self._lock:
            if self._child is not None and not self._child.runs:
                self._end()
            child = self._child = self._child or Child(str(_CHILD))
            try:
                with killed_after(self._limit, [child]):
                    written(child.to, mjml.encode())
                    answer = read(child.back)
            except (OSError, EOFError):
                raise _died(self._end(), self._limit) from None
        status, said = answer[:1], answer[1:].decode()
        if status == b"-":
            raise _refusal(said, mjml)
        _known_only(said, mjml)
        return said

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._end()

    def _end(self) -> int:
        child, self._child = self._child, None
        return child.end() if child is not None else 0


_SIMPLER = "Elements nested thousands deep do this: look for a loop that opens without closing."


def _died(code: int, limit: float) -> TemplateError:
    """Return in words why there is no answer; *code* is the exit code of the process."""
    if code == -SIGKILL:
        return TemplateError(f"MJML was not done after {limit:g} s and was stopped", do=_SIMPLER)
    return TemplateError(f"MJML crashed (exit {code})", do=_SIMPLER)


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
