"""What a signature costs a message beyond RSA itself, and what all cores sign in a second.

    python -m tests.bench.bench_dkim [--seconds 3]

Printed, not judged. CPU time of the thread, the best of many short rounds; the rate is wall time of the whole
message (slots, headers, hash, signature) in as many threads as there are cores.
"""

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from digest.messages import dkim, personal
from digest.model import Recipient
from tests.messages import sample
from tests.messages.test_compile import LINKS, both

ROUND = 50


def cost(work: Callable[[], object], seconds: float) -> float:
    """Return the microseconds of CPU that *work* takes at best."""
    best, until = float("inf"), time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.thread_time()
        for _ in range(ROUND):
            work()
        best = min(best, (time.thread_time() - began) / ROUND)
    return best * 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    seconds = parser.parse_args().seconds
    _, _, prepared = both()
    rsa, ed = generate_private_key(65537, 2048), Ed25519PrivateKey.generate()
    keys = [dkim.Key("news.harbour.example", "a", rsa), dkim.Key("news.harbour.example", "b", ed)]
    reader = Recipient(subscriber=7, address="dana@example.org", name="Dana Levi")

    def message(sign: personal.Signer | None) -> bytes:
        return personal.message(
            prepared, reader, delivery=1, sender="b@b.example", date=sample.NOW, links=LINKS, sign=sign
        ).content

    one, two = (dkim.Signer(keys[:n], static=prepared.lines).at(sample.NOW) for n in (1, 2))
    data = b"x" * 1200
    figures = {
        "RSA-2048 alone": cost(lambda: dkim._signature(rsa, data), seconds),
        "message, unsigned": cost(lambda: message(None), seconds),
        "message, RSA": cost(lambda: message(one), seconds),
        "message, RSA and Ed25519": cost(lambda: message(two), seconds),
    }
    honest, dkim._signature = dkim._signature, lambda private, data: b"s" * 256  # all but RSA
    figures["message, signed but for RSA"] = cost(lambda: message(one), seconds)
    dkim._signature = honest
    beyond = figures["message, signed but for RSA"] - figures["message, unsigned"]
    for name, value in figures.items():
        print(f"{name:30} {value:8.1f} us")
    print(f"{'signing beyond RSA':30} {beyond:8.1f} us   ({len(message(None)):,} bytes)")
    for cores in dict.fromkeys((1, os.cpu_count() or 1)):
        with ThreadPoolExecutor(cores) as pool:
            began, count = time.monotonic(), 0
            while time.monotonic() - began < seconds:
                list(pool.map(lambda _: [message(one) for _ in range(50)], range(cores)))
                count += 50 * cores
            print(f"{f'signed, {cores} threads':30} {count / (time.monotonic() - began):8.0f} messages/s")


if __name__ == "__main__":
    main()
