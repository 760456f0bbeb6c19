"""The other end of `signers.py`: signs mails by their parts until stdin ends, and with it whoever asked.

A frame is a pickle. The first one says by what to sign; each further one is answered with
the signatures of its mails. What many mails share comes once and is named by its number from then on.
"""

import pickle
import sys
from datetime import datetime
from typing import Any, BinaryIO

from digest.messages import dkim
from digest.runtime.child import read, written

Lines = tuple[bytes, ...]
# the reader's own header lines; the body's chunks, a number for each that is shared
Mail = tuple[bytes, tuple[bytes | int, ...]]
# the time to sign with; what is shared from now on; the mails
Work = tuple[datetime, dict[int, bytes], list[Mail]]
# the keys, with their private half as PEM; header fields to leave out; the header lines that all share
Setup = tuple[list[tuple[str, str, bytes]], list[str], Lines]


def give(stream: BinaryIO, frame: object) -> None:
    """Write *frame* to *stream* at once."""
    written(stream, pickle.dumps(frame, pickle.HIGHEST_PROTOCOL))


def taken(stream: BinaryIO) -> Any:
    """Return the next frame of *stream*; raise EOFError where there is none any more."""
    return pickle.loads(read(stream))  # noqa: S301 - the pipe between a process and its own child


def main() -> None:
    """Answer every frame."""
    source, answer = sys.stdin.buffer, sys.stdout.buffer
    try:
        setup: Setup = taken(source)
        keys, leave, static = setup
        made = [dkim.Key(domain, selector, dkim.private_key(pem)) for domain, selector, pem in keys]
        signer, shared = dkim.Signer(made, leave=leave, static=static), dict[int, bytes]()
        give(answer, "ready")
        while True:
            work: Work = taken(source)
            moment, fresh, mails = work
            shared |= fresh
            sign = signer.at(moment)
            give(
                answer,
                [
                    sign((*static, own), [one if isinstance(one, bytes) else shared[one] for one in chunks])
                    for own, chunks in mails
                ],
            )
    except (EOFError, OSError):
        return


if __name__ == "__main__":
    main()
