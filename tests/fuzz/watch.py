"""What a fuzzing process tells its parent, in shared memory: how many inputs it tried, and the one at hand.

So an input is known even where the process hangs in C code, is killed for its memory, or crashes.
"""

import mmap
import struct
from pathlib import Path

_HEAD = struct.Struct("<QQ")
SIZE = 1 << 20


class Watch:
    """The shared page; made by the parent, opened by the child."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(SIZE))
        with file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), SIZE)

    def begin(self, data: bytes) -> None:
        """Note that *data* is tried from now on."""
        count, _ = _HEAD.unpack_from(self._page)
        self._page[_HEAD.size : _HEAD.size + len(data)] = data
        _HEAD.pack_into(self._page, 0, count + 1, len(data))

    @property
    def count(self) -> int:
        """How many inputs were begun."""
        return int(_HEAD.unpack_from(self._page)[0])

    @property
    def data(self) -> bytes:
        """The input at hand."""
        length = _HEAD.unpack_from(self._page)[1]
        return self._page[_HEAD.size : _HEAD.size + length]

    def close(self) -> None:
        self._page.close()
