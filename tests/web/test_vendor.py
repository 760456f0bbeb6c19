"""The vendored scripts are the ones that were looked at."""

import hashlib

from digest.messages.templates import shipped

VENDOR = shipped() / "web" / "static" / "vendor"


def test_every_vendored_script_has_the_hash_that_was_written_down() -> None:
    listed = dict(reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VENDOR.glob("*.js")}
    assert there == listed
    assert len(there) == 2
