"""The one writer: who waits together is committed together, and a fault of one is nobody else's."""

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from digest.store.engine import Database
from digest.store.migrate import upgrade
from subscribers.model import Act, Evidence
from subscribers.pages import writer as module
from subscribers.pages.writer import Writer
from subscribers.schema import subscriptions
from subscribers.store import people
from subscribers.store.subscriptions import transition
from tests.bench import bench_subscribers as bench
from tests.bench import lists
from tests.subscribers.conftest import NEWSLETTERS, Site
from tests.waiting import lag, until_async


def test_those_who_wait_together_share_a_commit_and_one_fault_is_its_own(site: Site) -> None:
    readers = [site.reader(f"r{number}@x.example") for number in range(30)]
    commits = 0

    def write() -> AbstractContextManager[Connection]:
        nonlocal commits
        commits += 1
        lag(0.05)  # a slow disk
        return site.database.write()

    writer = Writer(write)

    def leave(connection: Connection, reader: int) -> bool:
        if reader == readers[7]:
            raise RuntimeError("on purpose")
        return transition(
            connection, reader, NEWSLETTERS[0].name, Act.END, Evidence(site.now, "a test")
        ).changed

    async def everyone() -> list[object]:
        jobs = [writer.run(lambda connection, reader=reader: leave(connection, reader)) for reader in readers]  # type: ignore[misc]
        return await asyncio.gather(*jobs, return_exceptions=True)

    done = asyncio.run(everyone())
    assert [each for index, each in enumerate(done) if index != 7] == [True] * 29
    assert isinstance(done[7], RuntimeError)
    assert commits < 2 * len(readers)
    with site.database.read() as connection:
        states = [people.find_subscription(connection, reader, "daily").state for reader in readers]  # type: ignore[union-attr]
    assert [index for index, state in enumerate(states) if state == "active"] == [7]


def test_many_at_once_take_few_commits(site_on_sqlite: Site) -> None:
    commits = 0

    def write() -> AbstractContextManager[Connection]:
        nonlocal commits
        commits += 1
        lag(0.02)
        return site_on_sqlite.database.write()

    async def everyone() -> None:
        writer = Writer(write)
        await asyncio.gather(*(writer.run(lambda connection: None) for _ in range(200)))

    asyncio.run(everyone())
    assert commits <= 10


def test_the_thread_goes_when_idle_and_comes_back(
    site_on_sqlite: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.05)
    writer = Writer(site_on_sqlite.database.write)

    async def twice() -> list[int]:
        one = await writer.run(lambda connection: 1)
        await until_async(lambda: not writer._running, "the end of an idle thread")
        return [one, await writer.run(lambda connection: 2)]

    assert asyncio.run(twice()) == [1, 2]


def test_nobody_who_was_answered_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bench.db'}"
    database = Database(url)
    upgrade(database)
    lists.brought_in(database, bench.made(tmp_path / "list.csv", 3000))

    def gone() -> int:
        with database.read() as connection:
            left = select(func.count()).where(subscriptions.c.state == "ended")
            return connection.execute(left).scalar_one()

    async def killed_in_between(port: int, process: "bench.subprocess.Popen[bytes]") -> list[int]:
        leaving = asyncio.create_task(bench.leave(port, list(range(1, 3001)), at_once=20))
        await until_async(lambda: gone() >= 100, "a hundred who left", 30)
        process.kill()
        return (await leaving)[0]

    with bench.served(url) as (port, process):
        answered = asyncio.run(killed_in_between(port, process))
    assert 0 < len(answered) < 3000
    with database.read() as connection:
        for reader in answered:
            wish = people.find_subscription(connection, reader, "daily")
            assert wish is not None
            assert wish.state == "ended"
    database.close()
