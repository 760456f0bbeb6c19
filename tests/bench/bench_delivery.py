"""What sending costs, against what there is, in one run: the table of `docs/delivery.md`.

    python -m tests.bench.bench_delivery [--quick] [--only unsigned,signed,tls,postgres,million,unsubscribe]

A and B go in turn, five times, and the median of the pairs' ratios counts, so whoever else uses the machine
falls on both. The last line is JSON: a list of what was measured, with its bar. `--quick` is too short to judge
by. The million takes ten minutes and 600 MB.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.messages import render
from digest.store.engine import Database
from tests.bench import house, peers
from tests.bench.bench_subscribers import posting
from tests.bench.peers import Sink
from tests.messages import sample

PARTS = ("unsigned", "signed", "tls", "postgres", "million", "unsubscribe")
CONNECTIONS = 10
FIXED = 100e-6  # seconds of CPU a message that the bar for signed mail allows besides signature and sink


class Bench:
    """The run: its folder, its sizes, and what it found."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.options = options
        self.count: int = options.count or (2_000 if options.quick else 20_000)
        self.pairs = 2 if options.quick else 5
        self.million: int = options.million or (20_000 if options.quick else 1_000_000)
        self.few = 10_000 if not options.quick else 2_000
        self.found: list[dict[str, Any]] = []
        self.url = f"sqlite:///{folder}/bench.db"
        self.database = house.filled(self.url, self.count)
        self.key = folder / "dkim.pem"
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key.write_bytes(self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def note(self, what: str, value: float, unit: str, **bar: float) -> None:
        """Keep and print one figure; *bar* is at_least or at_most."""
        self.found.append({"what": what, "value": round(value, 3), "unit": unit, **bar})
        said = "".join(f"  ({name.replace('_', ' ')} {least:g})" for name, least in bar.items())
        missed = value < bar.get("at_least", value) or value > bar.get("at_most", value)
        print(f"{'MISSED ' if missed else '       '}{what}: {value:,.2f} {unit}{said}", flush=True)

    def sent(
        self, to: Sink, *, database: Database | None = None, leaving: bool = False, **more: object
    ) -> dict[str, Any]:
        """Send a fresh edition to *to* from a process of its own; return its figures and the sink's CPU."""
        database = database or self.database
        edition, before = house.approved(database), to.cpu
        command = [
            sys.executable,
            "-m",
            "tests.bench.sender",
            "--edition",
            str(edition),
            "--port",
            str(to.port),
        ]
        command += ["--database", database.url, "--connections", str(CONNECTIONS)]
        for name, value in more.items():
            command += [f"--{name}", str(value)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=peers.ROOT, timeout=7200)
        figures: dict[str, Any] = json.loads(done.stdout)
        spared = {"suppressed"} if leaving else set()  # who left meanwhile is not sent to, and nobody else
        assert {"sent"} <= set(figures["counts"]) <= {"sent"} | spared, figures["counts"]
        figures["sink_us"] = 1e6 * (to.cpu - before) / figures["count"]
        return figures

    def middle(self, pair: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Return the medians of what *pair* gives, over the pairs."""
        rows = [pair() for _ in range(self.pairs)]
        return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def unsigned(bench: Bench) -> None:
    """Against smtp-source and against nodemailer."""
    with peers.sink() as to:
        bench.sent(to)  # a first run warms the caches of both

        def pair() -> dict[str, float]:
            ours = bench.sent(to)
            size = round(ours["size"])
            theirs = peers.source(to, size=size, count=bench.count, connections=CONNECTIONS)
            node = peers.nodemailer_rate(to, letter(bench))
            return {
                "ratio": ours["rate"] / theirs, "node": ours["rate"] / node, "cpu": ours["cpu_us"],
                "rate": ours["rate"], "theirs": theirs, "nodes": node, "size": size, "peak": ours["peak_mb"],
            }  # fmt: skip

        found = bench.middle(pair)
    bench.note("size of a message", found["size"] / 1000, "KB")
    bench.note("unsigned", found["rate"], "messages/s")
    bench.note("smtp-source -d", found["theirs"], "messages/s")
    bench.note("unsigned / smtp-source -d", found["ratio"], "times", at_least=0.9)
    bench.note("CPU a message in the sender, unsigned", found["cpu"], "us", at_most=200)
    bench.note("nodemailer, unsigned", found["nodes"], "messages/s")
    bench.note("unsigned / nodemailer", found["node"], "times", at_least=6)
    bench.note("unsigned / listmonk's best elsewhere (1,307/s)", found["rate"] / 1307, "times", at_least=2)
    bench.note("CPU / listmonk's best elsewhere (877 us)", found["cpu"] / 877, "times", at_most=0.25)
    bench.note("peak memory / listmonk's (2,200 MB)", found["peak"] / 2200, "times", at_most=0.1)


def signed(bench: Bench) -> None:
    """Against what two cores can do at best, and against nodemailer."""
    cores = os.cpu_count() or 1
    with peers.sink() as to:

        def pair() -> dict[str, float]:
            signature = seconds_a_signature(bench)
            ours = bench.sent(to, keys=bench.key)
            best = cores / (signature + ours["sink_us"] / 1e6 + FIXED)
            node = peers.nodemailer_rate(to, letter(bench, signed=True))
            return {
                "rate": ours["rate"], "best": best, "ratio": ours["rate"] / best, "signature": 1e6 * signature,
                "node": ours["rate"] / node, "nodes": node, "cpu": ours["cpu_us"],
            }  # fmt: skip

        found = bench.middle(pair)
    bench.note("signed", found["rate"], "messages/s")
    bench.note("a signature, one core", found["signature"], "us")
    bench.note("CPU a message in the sender, signed", found["cpu"], "us")
    bench.note("CPU a message beyond the signature", found["cpu"] - found["signature"], "us", at_most=200)
    bench.note(f"signed / the best of {cores} cores", found["ratio"], "times", at_least=0.85)
    bench.note("nodemailer, signed", found["nodes"], "messages/s")
    bench.note("signed / nodemailer", found["node"], "times", at_least=8)


def seconds_a_signature(bench: Bench, count: int = 400) -> float:
    """Return what one RSA-2048 signature costs, of CPU, when every core makes some."""

    def some(_: int) -> float:
        begun = time.thread_time()
        for number in range(count):
            bench.private.sign(b"%d" % number, padding.PKCS1v15(), SHA256())
        return (time.thread_time() - begun) / count

    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        return statistics.mean(pool.map(some, range(cores)))


def tls(bench: Bench) -> None:
    """The same over STARTTLS; only reported, for the sink is not the same."""
    with peers.tls_sink(bench.folder) as (to, authority):
        found = bench.middle(lambda: bench.sent(to, ca=authority) | {"counts": 0, "laps": 0, "threads": 0})
    bench.note("unsigned over TLS", found["rate"], "messages/s")
    bench.note("CPU a message in the sender, over TLS", found["cpu_us"], "us")


def postgres(bench: Bench) -> None:
    """Client and server together, against SQLite's."""
    with peers.postgres() as server, peers.sink() as to:
        there = house.filled(server.url, bench.count)

        def pair() -> dict[str, float]:
            here, before = bench.sent(to), server.cpu
            other = bench.sent(to, database=there)
            both = other["cpu_us"] + 1e6 * (server.cpu - before) / other["count"]
            return {"ratio": both / here["cpu_us"], "both": both, "rate": other["rate"]}

        found = bench.middle(pair)
        there.close()
    bench.note("unsigned on PostgreSQL", found["rate"], "messages/s")
    bench.note("CPU a message, client and server", found["both"], "us")
    bench.note("CPU on PostgreSQL / on SQLite", found["ratio"], "times", at_most=2)


def million(bench: Bench) -> None:
    """A list of a million: its memory, its first message, and whether the last ones cost what the first did."""
    few = house.filled(f"sqlite:///{bench.folder}/few.db", bench.few)
    many = house.filled(f"sqlite:///{bench.folder}/many.db", bench.million)
    with peers.sink() as to:
        small = bench.sent(to, database=few)
        if "unsubscribe" in bench.options.only:
            with posting(many.url, bench.million) as waits:
                big = bench.sent(to, database=many, leaving=True)
            waits.sort()
            bench.note("unsubscribe POSTs meanwhile", len(waits), "")
            bench.note("unsubscribe POST, p99", 1000 * waits[len(waits) * 99 // 100], "ms", at_most=150)
        else:
            big = bench.sent(to, database=many)
    bench.note("readers", big["count"], "")
    bench.note("sent", big["rate"], "messages/s")
    bench.note("first message after", big["first"], "s", at_most=2)
    bench.note("peak memory", big["peak_mb"], "MB", at_most=200)
    bench.note(
        f"peak memory / that of {bench.few:,} readers",
        big["peak_mb"] / small["peak_mb"],
        "times",
        at_most=1.1,
    )
    early, late = _part(big["laps"], 0.05, 0.25), _part(big["laps"], 0.75, 0.95)
    bench.note("CPU a message, the last fifth / the first", late[1] / early[1], "times", at_most=1.1)
    bench.note("time a message, the last fifth / the first", late[0] / early[0], "times", at_most=1.1)


def _part(laps: list[list[float]], start: float, end: float) -> tuple[float, float]:
    """Return seconds and CPU seconds a message between two shares of the whole."""
    whole = laps[-1][2]
    one = next(lap for lap in laps if lap[2] >= start * whole)
    other = next(lap for lap in laps if lap[2] >= end * whole)
    sent = max(1.0, other[2] - one[2])
    return (other[0] - one[0]) / sent, (other[1] - one[1]) / sent


def letter(bench: Bench, *, signed: bool = False) -> dict[str, Any]:
    """Return what nodemailer is to send: the same edition, a link of the reader's own in each slot."""
    one, _ = render.rendered(house.morning(), sample.newsletter(), sample.SITE, nonce=sample.NONCE)
    dkim = {
        "domainName": "news.harbour.example",
        "keySelector": "bench",
        "privateKey": bench.key.read_text(),
    }
    return {
        "connections": CONNECTIONS,
        "count": max(200, bench.count // 10),
        "html": one.html.replace(sample.NONCE, "{own}"),
        "text": one.text.replace(sample.NONCE, "{own}"),
        **({"dkim": dkim} if signed else {}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument(
        "--quick", action="store_true", help="a look at whether it runs; no figure to judge by"
    )
    parser.add_argument("--count", type=int, default=0, help="messages a run")
    parser.add_argument("--million", type=int, default=0, help="how many a million is")
    options = parser.parse_args()
    options.only = options.only.split(",")
    if wrong := set(options.only) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(wrong))}; there are {', '.join(PARTS)}")
    parts = {"unsigned": unsigned, "signed": signed, "tls": tls, "postgres": postgres, "million": million}
    if "unsubscribe" in options.only:
        options.only.append("million")  # it is measured during that
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
        bench = Bench(Path(folder), options)
        for name, part in parts.items():
            if name in options.only:
                print(f"-- {name}", flush=True)
                part(bench)
        bench.database.close()
    print(json.dumps(bench.found))


if __name__ == "__main__":
    main()
