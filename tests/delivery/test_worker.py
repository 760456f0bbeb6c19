"""A run's name and lock tell another process whether it still lives; the process list is not asked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest.delivery import worker

HOLD = """
import sys
from pathlib import Path
from digest.delivery import worker
with worker.running(Path(sys.argv[1]), "abcd1234abcd1234") as name:
    print(name, flush=True)
    input()
"""


@contextmanager
def child(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process in which a run lives; gives it and the run's name."""
    command = [sys.executable, "-c", HOLD, str(data)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def test_a_living_run_is_not_dead_a_stopped_one_is_not_and_a_killed_one_is(tmp_path: Path) -> None:
    with child(tmp_path) as (process, name):
        assert 0 < len(name) <= 32
        assert worker.dead([name], tmp_path) == []
        process.send_signal(signal.SIGSTOP)
        assert worker.dead([name], tmp_path) == []
        process.kill()
        process.communicate()
        assert worker.dead([name, "ffff"], tmp_path) == [name]


def test_a_living_run_is_not_dead_where_its_process_cannot_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under `hidepid`, or from a container with process numbers of its own."""
    read = Path.read_text

    def hidden(path: Path, *arguments: object, **more: object) -> str:
        if path.parts[:2] == ("/", "proc") and path.name == "stat":
            raise FileNotFoundError(path)
        return read(path, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "read_text", hidden)
    with child(tmp_path) as (_, name):
        assert worker.dead([name], tmp_path) == []


def test_a_run_of_another_machine_or_data_folder_is_left_to_its_lease(tmp_path: Path) -> None:
    names = ["00000000.abcd", "", "nonsense", "a.b.c.d", "../../etc/passwd.x", "."]
    assert worker.dead(names, tmp_path) == []
    with child(tmp_path / "a") as (process, name):
        process.kill()
        process.communicate()
        assert worker.dead([name], tmp_path / "b") == []
        other = (
            f"00000000.{name.partition('.')[2]}"  # the same file on a shared disk, by another machine's name
        )
        (tmp_path / "a" / worker.FOLDER / other).touch()
        assert worker.dead([other], tmp_path / "a") == []


def test_two_runs_of_one_process_live_and_end_by_themselves(tmp_path: Path) -> None:
    with worker.running(tmp_path, "aaaa") as one:
        with worker.running(tmp_path, "bbbb") as two:
            assert one != two
            assert worker.dead([one, two], tmp_path) == []
        assert worker.dead([one], tmp_path) == []
    assert list((tmp_path / worker.FOLDER).iterdir()) == []


def test_a_run_that_ended_by_an_error_is_dead_at_once(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), worker.running(tmp_path, "aaaa") as name:
        raise RuntimeError
    assert worker.dead([name], tmp_path) == [name]


def test_files_of_runs_that_are_long_gone_are_removed_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / worker.FOLDER
    with pytest.raises(RuntimeError), worker.running(tmp_path, "aaaa") as gone:
        raise RuntimeError
    with child(tmp_path) as (_, name), worker.running(tmp_path, "bbbb") as young:
        for one in (gone, name):
            os.utime(folder / one, (time.time() - 2 * worker.OLD,) * 2)
        with worker.running(tmp_path, "cccc") as mine:
            assert {one.name for one in folder.iterdir()} == {name, young, mine}


@pytest.mark.parametrize("wrong", ["file", "away"])
def test_without_a_lock_only_the_lease_counts(tmp_path: Path, wrong: str) -> None:
    data = tmp_path / "data"
    if wrong == "file":
        data.touch()  # no folder can be made there
    else:
        (data / worker.FOLDER).parent.mkdir()
        (data / worker.FOLDER).symlink_to(tmp_path / "nowhere" / "at" / "all")
    with worker.running(data, "aaaa") as name:
        assert worker.dead([name], data) == []
    assert worker.dead([name], data) == []


def test_a_file_that_has_no_runs_name_is_no_dead_run(tmp_path: Path) -> None:
    with worker.running(tmp_path, "abcd1234abcd1234") as name:
        machine, folder = name.partition(".")[0], tmp_path / worker.FOLDER
        (folder / f"{machine}.").touch()
        assert worker.dead([f"{machine}."], tmp_path) == []
