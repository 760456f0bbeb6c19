"""The loader of the configuration: every fault of a file is told as one, by name and line."""

import os
import tempfile
from pathlib import Path

from digest.configuration import load
from digest.errors import ConfigError
from tests.fuzz.targets import Broken, Target

_FOLDER = Path(tempfile.gettempdir(), f"fuzz-config-{os.getpid()}")
_EXAMPLE = Path(__file__).parents[3] / "config.example.toml"


def one(data: bytes) -> None:
    """Load the bytes as a configuration."""
    _FOLDER.mkdir(exist_ok=True)
    file = _FOLDER / "config.toml"
    file.write_bytes(data)
    try:
        load(file)
    except ConfigError as fault:
        if not str(fault).strip():
            raise Broken("a fault without words") from None


_SMALL = b"""[site]
name = "The Paper"
url = "https://news.example.org"
[database]
url = "postgresql://digest:x@db:5432/digest"
[sources.own]
url = "https://example.org/feed"
trust = 0.5
interval = "10 min"
allow_private = ["cms.internal:8080"]
[newsletters.daily]
title = "Daily"
sources = ["own"]
subject = "{{ lead.title }}"
schedule = { time = "06:00", zone = "Europe/Paris", days = ["mon"], exclude = [2026-12-25] }
sender = { address = "daily@example.org", bounces = "b.example.org" }
[[newsletters.daily.sections]]
name = "city"
title = "City"
[newsletters.daily.dkim]
selector = "s1"
key_file = "k"
[relays.main]
host = "mail.example.org"
port = 587
password_file = "secret"
ca_file = "ca"
[web]
proxies = ["10.0.0.0/8"]
[readers]
refused_domains_file = "domains"
forms_on = ["https://example.org"]
"""
_TOKENS = (
    b"[", b"]", b"[[", b"]]", b"{", b"}", b"=", b"\"", b"'''", b"\"\"\"", b"[sources.x]", b"[site]", b"[relays.a]", b"[alarms]\n", b"a.b.c = ",
    b"inf", b"nan", b"1e999", b"9999999999999999999999", b"-1", b"true", b"1979-05-27T07:32:00Z", b"0x", b"\\u0000", b"\\ud800", b"{{ ", b" }}",
    b"{% for x in range(999999999) %}", b"http://[", b"https://\xc3\xa9.example", b"postgresql://a:b@c:port/", b"sqlite:///", b"10 min", b"1e9 h",
    b"P1D", b"../../", b"/etc/hostname", b"Europe/", b"xn--", b"::1/129", b"99:99", b"keys_file = ", b"#",
)  # fmt: skip
TARGET = Target("config", one, (_SMALL, _EXAMPLE.read_bytes()), _TOKENS, most=40_000)
