"""The process is tuned once, where it starts; a run leaves the garbage collector alone."""

import asyncio
import gc
import resource
import subprocess
import sys
import weakref

from digest.delivery.transports.memory import Memory
from digest.flows import outbox as flow
from digest.runtime import process
from digest.store.engine import Database
from tests.flow.newsroom import app_for
from tests.flow.test_outbox import put


class Cycle:
    """An object that only the garbage collector can end."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_garbage_while_single_mails_go_out_is_collected(database: Database) -> None:
    app, kept = app_for(database), []
    frozen = gc.get_freeze_count()
    for number in range(20):
        put(app, str(number))
        kept.append(weakref.ref(Cycle()))
        asyncio.run(flow.deliver(app, relays={"main": Memory()}))
    gc.collect()
    assert [one for one in kept if one() is not None] == []
    assert gc.get_freeze_count() == frozen


def in_a_process(code: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return found.stdout.strip()


def test_tuning_happens_once() -> None:
    code = (
        "import gc; from digest.runtime import process; process.tune(); before = gc.get_freeze_count(); "
        "more = [[] for _ in range(50_000)]; process.tune(); print(gc.get_freeze_count() == before > 0)"
    )
    assert in_a_process(code) == "True"


def test_more_files_may_be_open_than_the_system_gives_at_first() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    code = (
        "import resource; from digest.runtime import process; "
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (200, {min(hard, 100_000) if hard > 0 else 4096})); process.tune(); "
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    assert int(in_a_process(code)) == min(process.FILES, min(hard, 100_000) if hard > 0 else 4096)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
