"""The other end of `mjml.py`: reads MJML from stdin, writes HTML to stdout, until stdin ends.

Each way a frame is a status byte (`+` or `-`), four bytes of length, and UTF-8. It runs as a file of its own,
with nothing imported but mjml and the bound on its memory, so that it starts fast and a crash takes nothing with it.
"""

import sys

import mjml

from digest.runtime.confined import confined


def main() -> None:
    """Answer every frame: `+` with the HTML, or `-` with mjml's own words."""
    confined()
    source, answer = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(5)) == 5:
        text = source.read(int.from_bytes(head[1:], "big")).decode()
        try:
            status, said = b"+", mjml.mjml2html(text, fonts={})
        except ValueError as fault:
            status, said = b"-", str(fault)
        data = said.encode()
        answer.write(status + len(data).to_bytes(4, "big") + data)
        answer.flush()


if __name__ == "__main__":
    main()
