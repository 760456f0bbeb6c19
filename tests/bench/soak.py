"""Senders killed at random moments of one big send, and the sum at its end: nobody lost, nobody twice.

    python -m tests.bench.soak [--kills 200] [--readers 20000] [--only sqlite,postgresql] [--senders 1,2] [--seed N]

The sink keeps who got what. With two senders some are not killed but stopped past their lease, and woken. The
last line is JSON; the exit code is 1 where the sum is wrong. At the end, a tenth of it once through a real Postfix
down to a maildir (`--only ...,postfix`).
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import func, update

from digest.flows.sending.report import report
from digest.store.engine import Database
from digest.store.migrate import upgrade
from digest.store.reports import in_state
from subscribers.schema import subscribers
from tests.bench import peers
from tests.delivery.relay import Relay
from tests.flow.newsroom import add_edition, add_readers, app_for
from tests.flow.test_send_crash import CONNECTIONS, SPAWN, kill, put_to_sleep
from tests.postfix import READERS, Postfix, postfix

LEASE = 2.0  # seconds; a sender that is stopped for longer finds its rows gone
SLOW = 0.004  # seconds before the sink answers a dot
LIFE = 0.15  # seconds that a sender lives at most once mails go out


@dataclass
class Soak:
    """One send under fire."""

    database: Database
    relay: "Sink"
    edition: int
    chance: random.Random
    kills: int = 0
    stops: int = 0
    senders: list[BaseProcess] = field(default_factory=list)
    asleep: list[tuple[float, BaseProcess]] = field(default_factory=list)

    def start(self) -> None:
        from tests.flow import child

        sender = SPAWN.Process(
            target=child.run, args=(self.database.url, self.relay.port, self.edition, LEASE), daemon=True
        )
        sender.start()
        self.senders.append(sender)

    def strike(self) -> None:
        """Kill or stop one of the senders at some moment of its life, and start another."""
        if self.chance.random() < 0.85:  # else while it starts
            goal, until = len(self.relay.taken) + 1, time.monotonic() + 10
            while len(self.relay.taken) < goal and time.monotonic() < until:
                time.sleep(0.002)
        time.sleep(self.chance.uniform(0.0, LIFE) / len(self.senders))
        sender = self.senders.pop(self.chance.randrange(len(self.senders)))
        if not sender.is_alive():
            return
        if self.senders and self.chance.random() < 0.2:
            put_to_sleep(sender, self.database)
            self.asleep.append((time.monotonic() + 1.5 * LEASE, sender))
            self.stops += 1
        else:
            kill(sender)
            self.kills += 1

    def wake(self, *, all_of_them: bool = False) -> None:
        for until, sender in tuple(self.asleep):
            if all_of_them or time.monotonic() > until:
                assert sender.pid is not None
                os.kill(sender.pid, signal.SIGCONT)
                self.asleep.remove((until, sender))
                self.senders.append(sender)


class Sink(Protocol):
    """Where the mails go: the fault-injecting server, or a real Postfix down to its maildir."""

    port: int

    @property
    def taken(self) -> Sized:
        """What arrived."""
        ...

    @property
    def recipients(self) -> list[str]:
        """Whom it was for."""
        ...


@dataclass
class Maildir:
    """What a Postfix has delivered."""

    hop: Postfix
    port: int

    @property
    def taken(self) -> list[Path]:
        return self.hop.mails()

    @property
    def recipients(self) -> list[str]:
        heads = (file.read_bytes().partition(b"\nTo: ")[2].partition(b"\n")[0] for file in self._all())
        return [head.decode().strip().replace(READERS, "example.net") for head in heads]

    def _all(self) -> list[Path]:
        """Return the mails once none has come for two seconds: Postfix delivers behind its queue."""
        count, since = -1, time.monotonic()
        while time.monotonic() - since < 2.0:
            if (now := len(self.hop.mails())) != count:
                count, since = now, time.monotonic()
            time.sleep(0.1)
        return self.hop.mails()


@contextmanager
def through_postfix(database: Database) -> Iterator[Maildir]:
    """A real Postfix that delivers to the readers' maildir."""
    with postfix() as hop:
        with database.write() as connection:
            there = func.replace(subscribers.c.address, "example.net", READERS)
            connection.execute(update(subscribers).values(address=there, domain=READERS))
        yield Maildir(hop, hop.port)


@contextmanager
def into_the_sink(database: Database) -> Iterator[Relay]:
    """The server that remembers all."""
    with Relay(script=lambda step, line, to: SLOW if step == "dot" else None) as relay:
        yield relay


def soaked(
    database: Database, *, readers: int, kills: int, senders: int, seed: int,
    into: Callable[[Database], AbstractContextManager[Sink]] = into_the_sink,
) -> dict[str, Any]:  # fmt: skip
    """Return the sum of one send under fire."""
    add_readers(database, readers)
    edition = add_edition(database)
    with into(database) as relay:
        soak = Soak(database, relay, edition, random.Random(seed))
        begun = time.monotonic()
        while soak.kills + soak.stops < kills:
            while len(soak.senders) < senders:
                soak.start()
            soak.strike()
            soak.wake()
            if len(relay.taken) >= readers - 50:
                break
        if soak.asleep:
            time.sleep(1.2 * LEASE)
        soak.wake(all_of_them=True)
        soak.start()
        for sender in soak.senders:
            sender.join(600)
            assert sender.exitcode == 0, sender.exitcode
        time.sleep(0.2)
        got = Counter(relay.recipients)
    return counted(database, edition, got, soak) | {"seconds": round(time.monotonic() - begun)}


def counted(database: Database, edition: int, got: Counter[str], soak: Soak) -> dict[str, Any]:
    """Return the sum: who is lost, who has two, who is unknown, and whether the report names each of those."""
    told = report(app_for(database), edition, limit=1_000_000)
    with database.read() as connection:
        sent = {
            f"r{row.subscriber}@example.net" for row in in_state(connection, edition, "sent", limit=10**7)
        }  # type: ignore[arg-type]
    unknown = {f"r{row.subscriber}@example.net" for row in told.unknown}
    counts = {str(state): count for state, count in told.sent.counts.items()}
    return {
        "edition": str(told.sent.state),
        "counts": counts,
        "kills": soak.kills,
        "stops": soak.stops,
        "lost": len(sent - set(got)) + told.sent.readers - len(sent | unknown),
        "twice": sum(1 for count in got.values() if count > 1),
        "unaccounted": len(set(got) - sent - unknown),
        "unknown": len(unknown),
        "unknown_at_most": 2 * CONNECTIONS * (soak.kills + soak.stops),
        "unknown_in_the_report": len(unknown) == counts.get("unknown", 0),
    }


def right(sum_: dict[str, Any]) -> bool:
    """Return whether the sum is as it must be."""
    within = sum_["unknown"] <= sum_["unknown_at_most"] and sum_["unknown_in_the_report"]
    return within and sum_["edition"] == "sent" and not sum_["lost"] + sum_["twice"] + sum_["unaccounted"]


@contextmanager
def fresh(kind: str) -> Iterator[Database]:
    """An empty database of either kind, gone at the end; SQLite for what goes through Postfix."""
    with tempfile.TemporaryDirectory(prefix="digest-soak-") as folder:
        if kind != "postgresql":
            database = Database(f"sqlite:///{Path(folder) / 'soak.db'}")
            upgrade(database)
            yield database
            database.close()
            return
        with peers.postgres() as server:
            database = Database(server.url)
            upgrade(database)
            yield database
            database.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--only", default="sqlite,postgresql,postfix")
    parser.add_argument("--senders", default="1,2")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    sums = []
    for kind in options.only.split(","):
        part = 10 if kind == "postfix" else 1
        for senders in map(int, options.senders.split(",")[: 1 if part > 1 else None]):
            with fresh(kind) as database:
                found = soaked(
                    database, readers=options.readers // part, kills=options.kills // part, senders=senders,
                    seed=options.seed, into=through_postfix if part > 1 else into_the_sink,
                )  # fmt: skip
            sums.append({"database": kind, "senders": senders, **found})
            verdict = "right" if right(found) else "WRONG"
            print(f"{verdict}: {kind}, senders {senders}: kills {found['kills']}, stops {found['stops']}, "
                  f"lost {found['lost']}, twice {found['twice']}, unknown {found['unknown']} "
                  f"(at most {found['unknown_at_most']}), {found['counts']}, {found['seconds']} s", flush=True)  # fmt: skip
    print(json.dumps(sums))
    sys.exit(not all(right(one) for one in sums))


if __name__ == "__main__":
    main()
