"""Byte mutations: pure, driven by a random generator that is an argument."""

import random
from collections.abc import Callable, Sequence

NUMBERS = (b"0", b"-1", b"65536", b"99999999999", b"9" * 5000, "²".encode(), "٣".encode(), b"1e999")
ODD = (
    b"\x00",
    b"\r",
    b"\n",
    b"\r\n",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"&#xD800;",
    b"\x1b[2J",
    b"\xe2\x80\xa8",
)


def mutated(rng: random.Random, seeds: Sequence[bytes], tokens: Sequence[bytes], most: int) -> bytes:
    """Return one of *seeds* changed a few times, in at most *most* bytes; *tokens* are words of its language."""
    data = rng.choice(seeds)
    for _ in range(1 + rng.randrange(4)):
        data = rng.choice(_CHANGES)(rng, data, seeds, tokens, most)[:most]
    return data


Change = Callable[[random.Random, bytes, Sequence[bytes], Sequence[bytes], int], bytes]


def _span(rng: random.Random, data: bytes, longest: int = 64) -> tuple[int, int]:
    begin = rng.randrange(len(data) + 1)
    return begin, min(len(data), begin + rng.randrange(1, longest))


def _removed(rng: random.Random, data: bytes, *_: object) -> bytes:
    begin, end = _span(rng, data)
    return data[:begin] + data[end:]


def _ended(rng: random.Random, data: bytes, *_: object) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flipped(rng: random.Random, data: bytes, *_: object) -> bytes:
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]


def _inserted(
    rng: random.Random, data: bytes, _seeds: Sequence[bytes], tokens: Sequence[bytes], _most: int
) -> bytes:
    begin, end = _span(rng, data, 16)
    end = begin if rng.randrange(2) else end
    return data[:begin] + rng.choice((*tokens, *ODD, *NUMBERS)) + data[end:]


def _repeated(
    rng: random.Random, data: bytes, _seeds: Sequence[bytes], tokens: Sequence[bytes], most: int
) -> bytes:
    """A short run many times over: what takes time by its square, or a stack by its depth, shows here."""
    begin, end = _span(rng, data, 12)
    part = (rng.choice(tokens) if tokens and rng.randrange(2) else data[begin:end])[:64] or b"a"
    times = 1 << rng.randrange(1, max(2, (most // len(part)).bit_length()))
    return data[:begin] + part * times + data[begin:]


def _spliced(
    rng: random.Random, data: bytes, seeds: Sequence[bytes], _tokens: Sequence[bytes], _most: int
) -> bytes:
    other = rng.choice(seeds)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _moved(rng: random.Random, data: bytes, *_: object) -> bytes:
    begin, end = _span(rng, data, 200)
    place = rng.randrange(len(data) + 1)
    return data[:place] + data[begin:end] + data[place:]


_CHANGES: tuple[Change, ...] = (_removed, _ended, _flipped, _inserted, _inserted, _repeated, _spliced, _moved)


def minimised(data: bytes, still: Callable[[bytes], bool], tries: int = 400) -> bytes:
    """Return the shortest part of *data* found in *tries* for which *still* holds, by leaving out run after run."""
    size = max(1, len(data) // 2)
    while size and tries > 0:
        place, shorter = 0, False
        while place < len(data) and tries > 0:
            tries -= 1
            candidate = data[:place] + data[place + size :]
            if still(candidate):
                data, shorter = candidate, True
            else:
                place += size
        if not shorter or size > len(data):
            size = size // 2
    return data
