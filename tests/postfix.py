"""A Postfix of a test's own: configuration, queue, log and maildirs in a folder, on a port of loopback."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import missing
from tests.waiting import until

DAEMONS = Path("/usr/lib/postfix/sbin")
READERS = "reader.example"  # delivered into maildirs
SEVEN = "seven.example"  # the same, by one more hop that offers no 8BITMIME

SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{second} inet n - n - - smtpd -o smtpd_discard_ehlo_keywords=8bitmime,smtputf8,chunking,pipelining -o cleanup_service_name=home
home unix n - n - 0 cleanup -o {{ virtual_alias_maps = inline:{{ @{seven}=@{readers} }} }}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""
SETTINGS = """
compatibility_level = 3.6
mail_owner = postfix
setgid_group = postdrop
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = {readers}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_alias_maps =
transport_maps = inline:{{ {seven}=smtp:[127.0.0.1]:{second} }}
smtp_dns_support_level = disabled
"""


@dataclass(frozen=True)
class Postfix:
    """A running one: its port, and where its mails end up."""

    port: int
    folder: Path

    def mails(self) -> list[Path]:
        """Return what was delivered."""
        return sorted((self.folder / "mail" / "box" / "new").glob("*"))

    def wait(self, count: int, seconds: float = 20.0) -> list[Path]:
        """Return *count* delivered mails; fail with the log when they do not come."""
        until(lambda: len(self.mails()) >= count, (self.folder / "log").read_text, seconds)
        return self.mails()


@contextmanager
def postfix(more: str = "") -> Iterator[Postfix]:
    """Give a running Postfix, gone at the end. It needs root: its parts change to users of their own.

    *more* are settings that are added to its main.cf, or stand in place of ours.
    """
    if not (DAEMONS / "master").is_file():
        missing("Postfix is not installed (Debian: postfix)")
    if os.geteuid() != 0:
        missing("Postfix can only be started by root")
    folder = Path(tempfile.mkdtemp(prefix="digest-postfix-"))
    folder.chmod(0o755)
    first, second = _ports()
    user = pwd.getpwnam("postfix")
    uid, gid = user.pw_uid, user.pw_gid
    for name in ("config", "queue", "data", "mail"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, uid, gid)
    values = {
        "folder": folder,
        "daemons": DAEMONS,
        "readers": READERS,
        "seven": SEVEN,
        "uid": uid,
        "gid": gid,
        "second": second,
    }
    (folder / "config" / "main.cf").write_text(SETTINGS.format(**values) + more)
    (folder / "config" / "master.cf").write_text(SERVICES.format(port=first, **values))
    running = subprocess.Popen(
        ["/usr/sbin/postfix", "-c", folder / "config", "start-fg"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _answers(first, folder)
        yield Postfix(first, folder)
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _answers(port: int, folder: Path) -> None:
    log = folder / "log"

    def greets() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            return line.recv(3) == b"220"
        return False

    until(greets, lambda: f"Postfix's greeting; {log.read_text() if log.exists() else 'it says nothing'}")
