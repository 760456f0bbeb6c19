"""A Dovecot of the tests' own: an IMAP server on loopback, with and without TLS, run by an ordinary user."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

from digest.config.feedback import Imap
from tests.conftest import missing
from tests.waiting import until

PROGRAM = Path("/usr/sbin/dovecot")
PASSWORD = "four-plain-words"

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running one: its ports, and its folder. Every name is a user's, with a mailbox of his own."""

    plain: int
    tls: int
    folder: Path

    def settings(self, user: str, **more: object) -> Imap:
        """Return the settings that read the mailbox of *user*, by TLS."""
        usual = {
            "host": "127.0.0.1",
            "port": self.tls,
            "username": user,
            "password": PASSWORD,
            "ca_file": self.folder / "ca.pem",
            "timeout": "5s",
        }
        return Imap.model_validate({**usual, **more})

    def mails(self, user: str, folder: str = "") -> list[Path]:
        """Return the files of a folder's mails; a file's name ends in its flags."""
        box = self.folder / "mail" / user / (f".{folder}" if folder else "")
        return sorted(file for part in ("new", "cur") for file in (box / part).glob("*"))


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Give a running Dovecot, gone at the end."""
    if not PROGRAM.is_file():
        missing("Dovecot is not installed (Debian: dovecot-imapd)")
    folder = Path(tempfile.mkdtemp(prefix="digest-dovecot-"))
    me = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.private_key_pem.write_to_path(folder / "server.key")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    plain, tls = _ports()
    group = subprocess.run(
        ["id", "-gn", me.pw_name], capture_output=True, text=True, check=True
    ).stdout.strip()
    values = {"folder": folder, "user": me.pw_name, "group": group, "uid": me.pw_uid, "gid": me.pw_gid}
    text = CONFIGURATION.format(plain=plain, tls=tls, password=PASSWORD, **values)
    (folder / "dovecot.conf").write_text(text)
    for path in (folder, *folder.iterdir()):
        os.chown(path, me.pw_uid, me.pw_gid)
    as_user = {"user": me.pw_uid, "group": me.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    running = subprocess.Popen(
        [PROGRAM, "-F", "-c", folder / "dovecot.conf"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_user,
    )
    try:
        until(lambda: _greets(plain), lambda: _said(folder))
        yield Dovecot(plain, tls, folder)
    finally:
        running.terminate()
        running.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
        return line.recv(4) == b"* OK"
    return False


def _said(folder: Path) -> str:
    log = folder / "log"
    return f"Dovecot's greeting; {log.read_text() if log.exists() else 'it says nothing'}"


def _ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
