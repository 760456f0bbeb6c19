"""A PostgreSQL server of our own on loopback, which can be stopped and started again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine

from tests.waiting import until


class Server:
    """The server's folder and port; *bin_folder* has its programs. `start` it, and `remove` it at the end."""

    def __init__(self, bin_folder: Path) -> None:
        self.bin_folder = bin_folder
        user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        self.folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
        if user:
            shutil.chown(self.folder, user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._run: dict[str, Any] = {"cwd": self.folder, "user": user, **quiet}
        self._process: subprocess.Popen[bytes] | None = None
        made = [bin_folder / "initdb", "-D", self.folder / "data", "-U", "digest", "-A", "trust", "--no-sync"]
        subprocess.run(made, check=True, **self._run)

    @property
    def url(self) -> str:
        """The server's address, without a database."""
        return f"postgresql://digest@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {
            "fsync": "off",
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [self.bin_folder / "postgres", "-D", self.folder / "data", *options]
        self._process = subprocess.Popen(command, **self._run)
        asked = f"{self.url.replace('postgresql', 'postgresql+psycopg')}/postgres"

        def answers() -> bool:
            with suppress(Exception), create_engine(asked, poolclass=NullPool).connect():
                return True
            return False

        until(answers, "PostgreSQL's start", 30)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT is the fast shutdown, which waits for no client, SIGQUIT is like a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=20)
            self._process = None

    def remove(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
