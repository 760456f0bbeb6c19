"""The process is tuned once, where it starts; a run leaves the garbage collector alone."""

import asyncio
import gc
import os
import platform
import resource
import subprocess
import sys
import weakref

from digest.delivery.transports.memory import Memory
from digest.flows.sending import outbox as flow
from digest.runtime import process
from digest.store.engine import Database
from tests.conftest import missing
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
    assert gc.get_freeze_count() <= frozen, "a run froze what lived; what is frozen already may end meanwhile"


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


MEMORY = """
import os, resource, threading
from digest.runtime import process

process.tune()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

before, held, turn = resident(), [], threading.Lock()
met = threading.Barrier(16)

def work():
    met.wait()  # all of them live at the same time, and allocate one after the other
    with turn:
        blocks = [b"x" * 100_000 for _ in range(200)]
        held.append(b"x" * 100_000)  # something lives on above them
        del blocks
    met.wait()

threads = [threading.Thread(target=work) for _ in range(16)]
for one in threads: one.start()
for one in threads: one.join()
print((resident() - before) // 1_000_000)
"""


def test_what_threads_have_freed_is_not_kept_once_for_each_of_them(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    libc, _ = platform.libc_ver()
    if libc != "glibc":
        missing(f"this machine's C library is {libc or 'unknown'}: only glibc keeps an arena for each thread")
    for name in [name for name in os.environ if name.startswith(("MALLOC_", "GLIBC_TUNABLES"))]:
        monkeypatch.delenv(name)
    assert int(in_a_process(MEMORY)) < 100, "sixteen threads that freed 20 MB each"


def test_malloc_is_left_alone_where_it_was_tuned_outside(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("MALLOC_ARENA_MAX", "8")
    assert process.bound_malloc() is False


FREED = """
import os
from digest.runtime import process

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

process.tune()
blocks = [b"x" * 100_000 for _ in range(500)]
blocks[:-1] = []  # the last of them lives on above all that is free
kept = resident()
process.give_back_memory()
print((kept - resident()) // 1_000_000)
"""


def test_freed_memory_goes_back_to_the_system_when_it_is_asked_to() -> None:
    libc, _ = platform.libc_ver()
    if libc != "glibc":
        missing(f"this machine's C library is {libc or 'unknown'}: only glibc keeps what lies between")
    assert int(in_a_process(FREED)) > 30, "fifty megabytes were free"
