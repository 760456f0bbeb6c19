"""What every transport promises, held to by each file in the folder the moment it appears."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from digest import plugins
from digest.config.schema import Relay as Settings
from digest.contracts import transports as contract
from digest.contracts.transports import run
from digest.delivery import transports
from digest.errors import PluginError, RelayError
from digest.outcomes import Accepted

from .relay import Relay, messages

NAMES = plugins.names(transports)


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Any]:
    """The transport *name*, with a good relay behind it where it needs one."""
    with Relay() as relay:
        settings = relay.settings(transport=name, folder=folder, connections=1)
        yield plugins.load(transports, name).transport(settings, "main")


def test_there_are_three() -> None:
    assert {"smtp", "folder", "memory"} <= set(NAMES)
    with pytest.raises(PluginError, match="smtp"):
        plugins.load(transports, "pigeon")


@pytest.mark.parametrize("name", NAMES)
def test_every_transport_keeps_the_contract(name: str) -> None:
    assert list(contract.kept(partial(opened, name))) == []


def test_the_folder_holds_whole_files_with_their_envelope(tmp_path: Path) -> None:
    with opened("folder", tmp_path / "deep" / "out") as transport:
        asyncio.run(run(transport, messages(2)))
    files = sorted((tmp_path / "deep" / "out").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    content = files[0].read_bytes()
    assert content.startswith(
        b"Return-Path: <b+1@bounces.example.org>\r\nDelivered-To: r1@example.net\r\nSubject: 1\r\n"
    )


def test_a_message_has_the_same_file_name_in_every_process(tmp_path: Path) -> None:
    with opened("folder", tmp_path) as transport:
        asyncio.run(run(transport, messages(1)))
    (file,) = tmp_path.iterdir()
    one = messages(1)[0]
    assert file.name == f"{one.delivery:08d}-{hashlib.sha256(one.message_id.encode()).hexdigest()[:12]}.eml"


def test_a_folder_that_cannot_be_written_needs_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    transport = plugins.load(transports, "folder").transport(Settings(folder=tmp_path / "file"), "main")
    with pytest.raises(RelayError, match="cannot be written"):
        asyncio.run(run(transport, messages(1)))


def test_a_mail_in_the_folder_is_on_the_disk_before_it_has_its_name_and_is_called_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, list[str]]] = []
    real = os.fsync

    def fsync(file: int) -> None:
        there = [one.name for one in tmp_path.glob("*.eml") if not one.name.startswith(".")]
        seen.append((Path(f"/proc/self/fd/{file}").readlink().name, os.fstat(file).st_size, there))
        real(file)

    monkeypatch.setattr("digest.delivery.transports.folder.os.fsync", fsync)
    with opened("folder", tmp_path) as transport:
        outcomes, _ = asyncio.run(run(transport, messages(1)))
    (mail,) = tmp_path.iterdir()
    assert outcomes == {1: Accepted(250, mail.name)}
    assert seen == [(f".{mail.name}.part", mail.stat().st_size, [])]
