"""Folder: writes each message as an .eml file, whole or not at all, with its envelope in two lines at the head."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from hashlib import sha256
from pathlib import Path

import anyio.to_thread

from digest.config.schema import Relay
from digest.delivery.transports import Mark
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Accepted, Lost, Outcome


def transport(relay: Relay, name: str) -> "Folder":
    """Return a transport that writes into the relay's folder."""
    return Folder(relay.folder, name)


class Folder:
    """The folder is made when the first message comes."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name

    async def send(
        self, messages: AsyncIterator[Message], mark: Mark
    ) -> AsyncGenerator[tuple[int, Outcome], None]:
        """Yield what became of each message; raises RelayError when the folder cannot be written."""
        async for message in messages:
            if not await mark(message.delivery):
                continue
            try:
                name = await anyio.to_thread.run_sync(self._write, message)
            except OSError as problem:
                yield message.delivery, Lost(f"the folder cannot be written: {problem.strerror or problem}")
                raise RelayError(
                    f"cannot be written: {problem.strerror or problem}",
                    where=f"relays.{self.name} ({self.folder})",
                    do="Make room or mend the permissions, then resume.",
                ) from problem
            yield message.delivery, Accepted(250, name)

    def _write(self, message: Message) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{message.delivery:08d}-{sha256(message.message_id.encode()).hexdigest()[:12]}.eml"
        draft = self.folder / f".{name}.part"
        with draft.open("wb") as file:
            envelope = f"Return-Path: <{message.sender}>\r\nDelivered-To: {message.recipient}\r\n"
            file.writelines((envelope.encode(), *message.parts))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / name)
        return name
