"""Signing on all cores: a batch of mails is shared out to processes that do nothing else.

In threads of one process, whoever signs has to wait for the interpreter's lock four times a mail, and so have the
others because of it: a mail cost half as much again as its signature, its hash and itself together. A child knows the
key, gets what all mails share once, and then, of each mail, only what is its own: a kilobyte. It starts within a
tenth of a second while the first batches are signed here, holds nothing that matters, and is gone with us, however
we end: its stdin is then at its end.

Why: docs/design-notes.md, "Mails are signed by processes, not by threads".
"""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread
from weakref import finalize

import structlog
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.messages import _signing_child as child
from digest.messages.dkim import Private, Signer
from digest.messages.personal import sealed
from digest.model import Message
from digest.runtime.child import Child, killed_after

WORTH = 40  # mails in a batch from which children are started: a short list is signed before they are there
SHARED = 1024  # bytes of a chunk from which it is worth a number: no reader's own is as long
LIMIT = 30.0  # seconds for a batch, which takes a hundredth of one; who takes longer is stopped
NUMBERS = 512  # chunks that are numbered; a list with more section masks than that sends the rest as they are

log = structlog.get_logger()


class _Child(Child):
    """One process that signs."""

    def __init__(self, setup: child.Setup) -> None:
        root = str(Path(__file__).parents[2])  # where `digest` is imported from, installed or not
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        super().__init__("-m", child.__name__, env={**os.environ, "PYTHONPATH": path})
        self.known: set[int] = set()  # the chunks that it has
        child.give(self.to, setup)

    def ask(self, moment: datetime, shared: dict[int, bytes], mails: Sequence[child.Mail]) -> None:
        fresh = {number: chunk for number, chunk in shared.items() if number not in self.known}
        self.known |= fresh.keys()
        child.give(self.to, (moment, fresh, list(mails)))

    def answer(self) -> list[bytes]:
        found: list[bytes] = child.taken(self.back)
        return found


class Signers:
    """Signs batches of mails by *signer*, on *cores* cores once that is worth it; `close` when done."""

    def __init__(self, signer: Signer, cores: int | None = None) -> None:
        self._signer = signer
        self._cores = cores or os.cpu_count() or 1
        self._children: list[_Child] = []
        self._starting: Thread | None = None
        self._lock = Lock()
        self._numbers: dict[int, int] = {}  # id of a chunk -> its number; `_shared` keeps it alive
        self._shared: dict[int, bytes] = {}
        self._end = finalize(self, _ended, self._children)

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the processes that sign besides this one."""
        return tuple(one.pid for one in self._children)

    def signed(self, mails: Sequence[Message], moment: datetime) -> list[Message]:
        """Return *mails* with their signatures, with *moment* in `t=`."""
        if not self._children:
            if len(mails) >= WORTH and self._cores > 1:
                self._start()
            return self._here(mails, moment)
        signatures = self._there(mails, moment)
        if signatures is None:
            return self._here(mails, moment)
        return [sealed(mail, signature) for mail, signature in zip(mails, signatures, strict=True)]

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            if self._starting is not None:
                self._starting.join(LIMIT)
            self._end()

    def _here(self, mails: Sequence[Message], moment: datetime) -> list[Message]:
        sign, head = self._signer.at(moment), self._signer.static
        return [sealed(one, sign((*head, one.parts[2][:-2]), one.parts[3:])) for one in mails]

    def _there(self, mails: Sequence[Message], moment: datetime) -> list[bytes] | None:
        """Return the signatures that the children made; None where they are gone."""
        with self._lock:  # one batch at a time: the next is composed meanwhile
            words = [(one.parts[2][:-2], tuple(map(self._short, one.parts[3:]))) for one in mails]
            share = -(-len(words) // max(1, len(self._children))) or 1
            parts = [words[at : at + share] for at in range(0, len(words), share)]
            asked = list(zip(self._children, parts, strict=False))
            try:
                with killed_after(LIMIT, [one for one, _ in asked]):
                    for one, part in asked:
                        one.ask(moment, self._shared, part)
                    found = [signature for one, _ in asked for signature in one.answer()]
            except (OSError, EOFError) as problem:
                log.warning("signers.lost", why=repr(problem), do="This process signs from now on.")
                self._cores = 1
                _ended(self._children)
                return None
        return found if len(found) == len(mails) else None

    def _short(self, chunk: bytes) -> bytes | int:
        """Return the number of a chunk that many mails share, and one's own chunk as it is."""
        if len(chunk) < SHARED:
            return chunk
        number = self._numbers.get(id(chunk))
        if number is None and len(self._shared) >= NUMBERS:
            return chunk
        if number is None:
            number = len(self._shared)
            self._shared[number] = chunk
            self._numbers[id(chunk)] = number
        return number

    def _start(self) -> None:
        """Start the children beside the work; they are there when the first answers."""
        if self._starting is None:
            self._starting = Thread(target=self._started, name="signers", daemon=True)
            self._starting.start()

    def _started(self) -> None:
        setup = (
            [(key.domain, key.selector, _pem(key.private)) for key in self._signer.keys],
            sorted(self._signer.left),
            self._signer.static,
        )
        made: list[_Child] = []
        try:
            for _ in range(self._cores):
                made.append(_Child(setup))  # noqa: PERF401 - one by one: if the next cannot start, these are ended
            for one in made:
                one.answer()
        except (OSError, EOFError) as problem:
            log.warning("signers.missing", why=repr(problem), do="This process signs alone.")
            _ended(made)
        self._children.extend(made)


def _pem(private: Private) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _ended(children: list[_Child]) -> None:
    while children:
        children.pop().end()
