"""A worker's name tells another process whether it still lives."""

import subprocess
import sys

from digest.delivery import worker

PRINT = "from digest.delivery import worker; print(worker.name('abcd1234'), flush=True); input()"


def test_a_living_process_is_not_dead_and_a_killed_one_is() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", PRINT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    assert len(name) <= 32
    assert worker.dead([name]) == []
    child.kill()
    child.communicate()
    assert worker.dead([name, worker.name("ffff")]) == [name]


def test_a_worker_of_another_machine_is_left_to_its_lease() -> None:
    assert worker.dead(["00000000.1.1.abcd", "", "nonsense", "a.b.c.d"]) == []


def test_two_runs_of_one_process_have_two_names() -> None:
    assert worker.name("aaaa") != worker.name("bbbb")
