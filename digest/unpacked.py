"""An HTTP answer's body, unpacked under a cap."""

import zlib

from digest.errors import FetchError, TooLarge


def too_large(url: str, most: int) -> TooLarge:
    """Return the fault of an answer to *url* that passes *most* bytes, packed or not."""
    advice = "Raise fetch.max_bytes if it is right."
    return TooLarge(f"the answer is larger than {most:,} bytes", where=url, do=advice)


class Unpacked:
    """Collects chunks, unpacking gzip and deflate without ever holding more than the cap."""

    def __init__(self, packing: str, url: str, most: int) -> None:
        if packing not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise FetchError(f"the answer is packed as {packing!r}, which was not asked for", where=url)
        self._url, self._most = url, most
        self._parts: list[bytes] = []
        self._size = 0
        self._packed = packing not in {"", "identity"}
        self._stream = zlib.decompressobj(47)  # gzip or zlib, told apart by their heads
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raise FetchError when they are damaged, or unpack to more than the cap."""
        if chunk and not self._begun:
            self._begin(chunk)
        if not self._packed:
            self._keep(chunk)
            return
        while chunk:
            if self._stream.eof:  # the next member of the same file, or padding
                if chunk[:1] != b"\x1f":
                    return
                self._stream = zlib.decompressobj(47)
            try:
                self._keep(self._stream.decompress(chunk, self._most - self._size + 1))
            except zlib.error as problem:
                raise FetchError(f"the packed answer is damaged: {problem}", where=self._url) from None
            chunk = self._stream.unused_data or self._stream.unconsumed_tail

    def _begin(self, chunk: bytes) -> None:
        """Look at the first bytes: some servers send raw deflate, and some say gzip and send plain text."""
        self._begun = True
        if not self._packed:
            return
        if chunk[:1] in {b"<", b"{", b"[", b"\xef"} or chunk[:1].isspace():
            self._packed = False
        elif chunk[:1] != b"\x1f" and not (len(chunk) > 1 and (chunk[0] * 256 + chunk[1]) % 31 == 0):
            self._stream = zlib.decompressobj(-15)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._most:
            raise too_large(self._url, self._most)
        self._parts.append(data)

    def finished(self) -> bytes:
        """Return the whole body; raise FetchError when its packing is cut short."""
        if self._packed and self._begun and not self._stream.eof:
            raise FetchError("the packed answer ends in the middle", where=self._url)
        return b"".join(self._parts)
