"""`digest serve` as it is installed: it mails the day's edition by itself, survives kill -9, and stops when told."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from digest.app import wired
from digest.flows.clock import advance
from digest.flows.readers import readers
from tests.waiting import until

CONFIG = """
[site]
url = "http://127.0.0.1:{port}"
[web]
port = {port}
[sources.own]
kind = "folder"
url = "articles"
outlet = "The Paper"
[newsletters.daily]
title = "The Daily"
sources = ["own"]
schedule = {{ time = "{due}", freshness = "23h" }}
sender = {{ address = "news@example.org", postal = "1 Harbour Street" }}
look = {{ pictures = "none" }}
[relays.main]
transport = "folder"
folder = "sent"
rate = {rate}
"""
READERS = 30


@contextmanager
def serving(house: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `digest serve` in a process group of its own, ended at the end whatever happened."""
    command = [sys.executable, "-m", "digest", "serve"]
    with (house / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=house, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def told(house: Path) -> Callable[[], str]:
    """What the service said last, for a wait that was in vain."""
    return lambda: (house / "log").read_text()[-3000:]


def house_due_an_hour_ago(tmp_path: Path, rate: float) -> Path:
    """A newsroom that knew its clock yesterday, stood still, and is an hour late today."""
    now = datetime.now(UTC)
    due = now - timedelta(hours=1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "articles").mkdir()
    item = {
        "url": "http://127.0.0.1:9/1",
        "title": "Council votes",
        "date_published": (now - timedelta(hours=3)).isoformat(),
    }
    (tmp_path / "articles" / "1.json").write_text(json.dumps(item))
    (tmp_path / "digest.toml").write_text(CONFIG.format(port=port, due=f"{due:%H:%M}", rate=rate))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys").write_text("k" * 40)
    app = wired(tmp_path / "digest.toml", now=lambda: due - timedelta(hours=2))
    anyio.run(advance.tick, app)
    for number in range(READERS):
        readers.add(app, "daily", f"r{number}@example.net", source="test")
    app.close()
    (tmp_path / "port").write_text(str(port))
    return tmp_path


def arrived(house: Path) -> list[str]:
    """The addresses that got a mail, one for each mail."""
    files = (house / "sent").glob("*.eml")
    return sorted(
        line[14:]
        for file in files
        for line in file.read_text().splitlines()
        if line.startswith("Delivered-To: ")
    )


def test_it_mails_the_day_by_itself_and_stops_when_told(tmp_path: Path) -> None:
    house = house_due_an_hour_ago(tmp_path, rate=0)
    with serving(house) as process:
        until(lambda: len(arrived(house)) == READERS, told(house), 60)
        answer = urllib.request.urlopen(f"http://127.0.0.1:{(house / 'port').read_text()}/health", timeout=5)
        assert json.load(answer)["ok"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert arrived(house) == sorted(f"r{number}@example.net" for number in range(READERS))


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_and_nobody_gets_two(tmp_path: Path) -> None:
    house = house_due_an_hour_ago(tmp_path, rate=8)
    with serving(house) as process:
        until(lambda: len(arrived(house)) >= 5, told(house), 60)
        process.kill()
        process.wait(timeout=10)
    began = len(arrived(house))
    assert began < READERS, "it was killed in the middle"
    with serving(house) as process:
        until(lambda: "edition" in (house / "log").read_text() and _settled(house), told(house), 120)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    got = arrived(house)
    assert len(got) == len(set(got)), "nobody got two"
    assert set(got) | _unknown(house) == {f"r{number}@example.net" for number in range(READERS)}


def _settled(house: Path) -> bool:
    return _count(house, "state IN ('queued', 'sending', 'handed')") == 0 and _count(house, "1") >= READERS


def _unknown(house: Path) -> set[str]:
    with sqlite3.connect(house / "data" / "digest.db") as connection:
        query = "SELECT address FROM deliveries JOIN subscribers s ON s.id = subscriber_id WHERE state = 'unknown'"
        return {row[0] for row in connection.execute(query)}


def _count(house: Path, where: str) -> int:
    with sqlite3.connect(house / "data" / "digest.db") as connection:
        return int(connection.execute(f"SELECT count(*) FROM deliveries WHERE {where}").fetchone()[0])
