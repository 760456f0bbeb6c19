"""Whom the delivery bench is measured against, installed by itself, each in a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "digest-bench"
NODEMAILER = "nodemailer"
TICKS = os.sysconf("SC_CLK_TCK")


def program(name: str, package: str) -> str:
    """Return where *name* is, after installing Debian's *package* where it is not there yet."""
    path = os.pathsep.join((*_postgres(), os.environ.get("PATH", ""), "/usr/sbin"))
    if found := shutil.which(name, path=path):
        return found
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        [*as_root, "apt-get", "install", "-qq", "-y", "--no-install-recommends", package],
        check=True, env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    found = shutil.which(name, path=os.pathsep.join((*_postgres(), path)))
    if found is None:
        raise SystemExit(f"{package} is installed and has no {name}")
    return found


def _postgres() -> list[str]:
    return [str(one) for one in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def used(pid: int) -> float:
    """Return the CPU seconds of the process *pid*, its ended children included; 0.0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(one) for one in fields[11:15]) / TICKS


@dataclass(frozen=True)
class Sink:
    """A relay that takes everything and keeps nothing."""

    port: int
    pid: int

    @property
    def cpu(self) -> float:
        return used(self.pid)


@contextmanager
def running(command: list[str], port: int, **more: Any) -> Iterator[Sink]:
    """A server on *port*, gone at the end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, **more)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with {process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                break
            except OSError:
                time.sleep(0.05)
        yield Sink(port, process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def sink() -> Iterator[Sink]:
    """Postfix's smtp-sink."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with running([program("smtp-sink", "postfix"), *user, f"127.0.0.1:{port}", "1000"], port) as one:
        yield one


@contextmanager
def tls_sink(folder: Path) -> Iterator[tuple[Sink, Path]]:
    """A sink of our own that does STARTTLS; gives the certificate of its authority, too."""
    import trustme

    authority, port = trustme.CA(), free_port()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "own.pem"))
    command = [sys.executable, "-m", "tests.bench.tls_sink", str(port), str(folder / "own.pem")]
    with running(command, port) as one:
        yield one, folder / "ca.pem"


def source(to: Sink, *, size: int, count: int, connections: int) -> float:
    """Return the rate of Postfix's smtp-source -d: C, no ledger, the same message each time."""
    command = [program("smtp-source", "postfix"), "-d", "-s", str(connections), "-l", str(size)]
    begun = time.perf_counter()
    subprocess.run([*command, "-m", str(count), f"127.0.0.1:{to.port}"], check=True)
    return count / (time.perf_counter() - begun)


def nodemailer() -> Path:
    """Return the folder in which npm's nodemailer is, after installing it where it is not there yet."""
    if not (CACHE / "node_modules" / "nodemailer").is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        npm = program("npm", "npm")
        subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(CACHE), NODEMAILER],
                       check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    return CACHE / "node_modules"


def nodemailer_rate(to: Sink, about: dict[str, Any]) -> float:
    """Return the rate of nodemailer, pooled, one message built for each reader."""
    script = Path(__file__).with_name("nodemailer.js")
    environment = {**os.environ, "NODE_PATH": str(nodemailer())}
    text = json.dumps({**about, "port": to.port})
    done = subprocess.run([program("node", "nodejs"), str(script)], input=text.encode(), env=environment,
                          stdout=subprocess.PIPE, check=True)  # fmt: skip
    return float(json.loads(done.stdout)["rate"])


@dataclass(frozen=True)
class Postgres:
    """A server: its address, and the CPU seconds of all its processes."""

    url: str
    pid: int

    @property
    def cpu(self) -> float:
        children = [
            int(one.name)
            for one in Path("/proc").iterdir()
            if one.name.isdigit() and _parent(one) == self.pid
        ]
        return used(self.pid) + sum(used(one) for one in children)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own on loopback, as durable as it comes."""
    initdb = Path(program("initdb", "postgresql"))
    user = "postgres" if os.geteuid() == 0 else None
    folder, port = Path(tempfile.mkdtemp(prefix="digest-bench-pg-")), free_port()
    if user:
        shutil.chown(folder, user)
    quiet: dict[str, Any] = {
        "cwd": folder,
        "user": user,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    made = [initdb, "-D", folder / "data", "-U", "digest", "-A", "trust", "--no-sync"]
    subprocess.run(made, check=True, **quiet)
    options = [
        "-c",
        f"port={port}",
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        f"unix_socket_directories={folder}",
    ]
    server = subprocess.Popen([initdb.with_name("postgres"), "-D", folder / "data", *options], **quiet)
    try:
        for _ in range(200):
            ready = [initdb.with_name("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
            if subprocess.run(ready, check=False).returncode == 0:
                break
            time.sleep(0.1)
        yield Postgres(f"postgresql://digest@127.0.0.1:{port}/postgres", server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
