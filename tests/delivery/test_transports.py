"""What every transport promises, held to by each file in the folder the moment it appears."""

import asyncio
import hashlib
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
