"""Before no file is left to open, somebody is told."""

import asyncio
import os

from digest.runtime import files


def test_the_open_files_are_counted() -> None:
    before = files.open_files()
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    try:
        assert files.open_files() == before + 20
    finally:
        for one in held:
            os.close(one)


def test_it_is_told_once_and_again_after_it_was_better(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    told, looks, stop = list[int](), [50, 90, 95, 99, 20, 90], asyncio.Event()

    def used() -> int:
        if len(looks) == 1:
            stop.set()
        return looks.pop(0)

    async def tell(used: int, most: int) -> bool:
        told.append(used)
        return True

    monkeypatch.setattr(files, "open_files", used)
    monkeypatch.setattr(files, "limit", lambda: 100)
    asyncio.run(files.watch(stop, tell, seconds=0.001))
    assert told == [90, 90]


def test_what_could_not_be_told_is_told_at_the_next_look(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    told, looks, stop = list[int](), [90, 91, 92, 93], asyncio.Event()

    def used() -> int:
        if len(looks) == 1:
            stop.set()
        return looks.pop(0)

    async def tell(used: int, most: int) -> bool:
        told.append(used)
        return len(told) == 2

    monkeypatch.setattr(files, "open_files", used)
    monkeypatch.setattr(files, "limit", lambda: 100)
    asyncio.run(files.watch(stop, tell, seconds=0.001))
    assert told == [90, 91]
