"""The other end of `mjml.py`: reads MJML from stdin, writes HTML to stdout, until stdin ends.

A frame is UTF-8; that of an answer begins with `+` or `-`. It runs as a file of its own, with nothing imported but
mjml, the frames and the bound on its memory, so that it starts fast and a crash takes nothing with it.
"""

import sys
from contextlib import suppress

import mjml

from digest.runtime.child import read, written
from digest.runtime.confined import confined


def main() -> None:
    """Answer every frame: `+` with the HTML, or `-` with mjml's own words."""
    confined()
    with suppress(EOFError):
        while True:
            text = read(sys.stdin.buffer).decode()
            try:
                answer = "+" + mjml.mjml2html(text, fonts={})
            except ValueError as fault:
                answer = f"-{fault}"
            written(sys.stdout.buffer, answer.encode())


if __name__ == "__main__":
    main()
