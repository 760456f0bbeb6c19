"""Disks of their own, small enough to be filled."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.conftest import missing


@contextmanager
def tmpfs(folder: Path, size: str = "12m") -> Iterator[Path]:
    """Give a small disk at *folder*; where nobody may mount one, that is missing."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "digest-test", folder], check=False,
                          capture_output=True)  # fmt: skip
    if made.returncode:
        missing("a disk of its own can only be made by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def filled(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
