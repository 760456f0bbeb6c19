"""Doctor against zone files: all green where all is right, and each fault is its own line."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from typer.testing import CliRunner

from digest import plugins
from digest.cli import cli
from digest.config.schema import Relay
from digest.configuration import load
from digest.errors import ConfigError, FetchError
from digest.flows.newsroom.doctor import knocked
from digest.messages import dkim
from digest.ops import doctor, records
from digest.ops.doctor import Grade, Line, Setup
from digest.ops.doctor._tree import organisation, policy_for
from digest.ops.names import Found, Zone
from tests.flow.newsroom import config

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
RSA, OTHER, SMALL = (generate_private_key(65537, bits) for bits in (2048, 2048, 1024))
ED = Ed25519PrivateKey.generate()
KEYS = (dkim.Key("news.herald.example", "s1", RSA), dkim.Key("news.herald.example", "s2", ED))


def published(key: dkim.Key) -> str:
    return records.txt(key.name, dkim.record(key.private.public_key()))


GOOD = f"""
bounce.news.herald.example. IN TXT "v=spf1 mx include:spf.relay.example -all"
bounce.news.herald.example. IN TXT "some-site-verification=1"
bounce.news.herald.example. IN MX 10 mx.herald.example.
mx.herald.example. IN A 192.0.2.1
spf.relay.example. IN TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a:out.relay.example ~all"
out.relay.example. IN A 192.0.2.7
_dmarc.herald.example. IN TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@herald.example"
{published(KEYS[0])}
{published(KEYS[1])}
"""


SEEN = {
    "/people": (200, "https://read.herald.example/sign-in?next=%2Fpeople", b"<h1>Sign in</h1>"),
    "/health": (200, "", b'{"ok": true, "peer": "198.51.100.7", "shared": ""}'),
}


def setup(zone: str = GOOD, **changes: Any) -> Setup:
    made = config(schedule={"time": "06:00", "zone": "UTC"})
    values: dict[str, Any] = {
        "name": "daily",
        "newsletter": made.newsletters["daily"],
        "relays": {"main": Relay(transport="folder", dkim="ours", rate=14.0, quota=50_000)},
        "names": Zone(zone),
        "now": NOW,
        "readers": 40_000,
        "others": 0,
        "sender": "news.herald.example",
        "signing": "news.herald.example",
        "bounces": "bounce.news.herald.example",
        "keys": KEYS,
        "lost": "",
        "unsubscribe": "https://read.herald.example/u/abc",
        "get": lambda url: (200, url),
        "knock": lambda host, address: (250, "ok"),
        "visit": lambda path, headers: SEEN[path.partition("?")[0]],
        "probe": "/health?probe=x",
        "reads_mail": "the listener on 127.0.0.1:2424",
        "bounce": lambda host, domain: 1.0,
    }
    return Setup(**{**values, **changes})


def looked(made: Setup) -> list[Line]:
    return [line for name in plugins.names(doctor) for line in plugins.load(doctor, name).look(made)]


def faults(made: Setup) -> list[tuple[str, Grade, str]]:
    return [(line.check, line.grade, line.words) for line in looked(made) if line.grade is not Grade.GREEN]


def test_all_is_green_where_all_is_right() -> None:
    lines = looked(setup())
    assert {line.grade for line in lines} == {Grade.GREEN}, lines
    assert {line.check for line in lines} == {
        "spf",
        "dkim",
        "dmarc",
        "bounces",
        "what comes back",
        "relay",
        "links",
        "quota",
        "desk",
    }


def test_every_check_has_its_place_and_survives_an_empty_dns() -> None:
    modules = [plugins.load(doctor, name) for name in plugins.names(doctor)]
    assert sorted(module.PLACE for module in modules) == list(range(1, len(modules) + 1))
    red = {check for check, grade, _ in faults(setup("")) if grade is Grade.RED}
    assert red == {"spf", "dkim", "dmarc", "bounces"}


def test_a_dns_that_does_not_answer_is_no_fault_of_the_records() -> None:
    class Deaf:
        def ask(self, name: str, kind: str) -> Any:
            return Found(fault="timed out")

    found = faults(setup(names=Deaf()))
    assert {grade for _, grade, _ in found} == {Grade.AMBER}
    assert {check for check, _, _ in found} >= {"spf", "dkim", "dmarc", "bounces"}


SPF = "bounce.news.herald.example. IN TXT"
INCLUDES = (
    "\n".join(f'i{n}.example. IN TXT "v=spf1 include:i{n + 1}.example -all"' for n in range(12))
    + '\ni12.example. IN TXT "v=spf1 -all"'
)
WRONG: list[tuple[str, str, str, Grade, str]] = [
    ("spf", '"v=spf1 mx include:spf.relay.example -all"', '"nothing"', Grade.RED, "has no SPF record"),
    ("spf", f"{SPF} \"some-site-verification=1\"", f'{SPF} "v=spf1 -all"', Grade.RED, "2 SPF records"),
    ("spf", "spf.relay.example -all", f"i0.example -all\"\n{INCLUDES}\n; \"", Grade.RED, "14 look-ups"),
    ("spf", "mx include:spf.relay.example", "a:x1.example a:x2.example a:x3.example", Grade.RED, "3 look-ups that find nothing"),
    ("spf", "include:spf.relay.example", "include:nowhere.example", Grade.RED, "leads to no SPF record"),
    ("spf", "mx include:spf.relay.example -all", "ip4:300.1.2.3 -all", Grade.RED, "is no address"),
    ("spf", "mx include:spf.relay.example -all", "mx inclde:x.example -all", Grade.RED, "is no term"),
    ("spf", "spf.relay.example -all", "spf.relay.example +all", Grade.RED, "anybody may send"),
    ("spf", "spf.relay.example -all", "spf.relay.example", Grade.AMBER, "forbids nobody"),
    ("spf", "v=spf1 mx", "v=spf1 ptr mx", Grade.AMBER, "ptr is slow"),
    ("dkim", published(KEYS[0]), "", Grade.RED, "has no record"),
    ("dkim", published(KEYS[0]), published(replace(KEYS[0], private=OTHER)), Grade.RED, "another key"),
    ("dkim", published(KEYS[1]), published(replace(KEYS[1], private=RSA)), Grade.RED, "another key"),
    ("dkim", published(KEYS[0]), published(KEYS[0]) + "\n" + published(replace(KEYS[0], private=OTHER)), Grade.RED, "has 2 records"),
    ("dkim", published(KEYS[1]), published(KEYS[1]).replace("v=DKIM1; ", "v=DKIM1; t=y; "), Grade.AMBER, "testing"),
    ("dkim", published(KEYS[1]), published(KEYS[1]).replace("v=DKIM1; ", "v=DKIM1; h=sha1; "), Grade.RED, "sha1"),
    ("dkim", published(KEYS[1]), published(KEYS[1]).replace("v=DKIM1; ", "v=DKIM1; s=tlsrpt; "), Grade.RED, "not for mail"),
    ("dkim", published(KEYS[1]), f'{KEYS[1].name}. IN TXT "v=DKIM1; k=ed25519; p="', Grade.RED, "revoked"),
    ("dkim", published(KEYS[0]), published(KEYS[0])[:200] + '" )', Grade.RED, "was it cut"),
    ("dmarc", "v=DMARC1; p=quarantine; ", "v=DMARC1; ", Grade.RED, "says no p="),
    ("dmarc", "p=quarantine", "p=quarantine; pct=20; ri=3600", Grade.AMBER, "pct, ri are no longer DMARC"),
    ("dmarc", "_dmarc.herald.example.", "_dmarc.else.example.", Grade.RED, "has no DMARC policy"),
    ("dmarc", "p=quarantine", "p=quarantine; aspf=s", Grade.AMBER, "aspf=s"),
    ("dmarc", "_dmarc.herald.example. IN TXT", '_dmarc.news.herald.example. IN TXT "v=DMARC1; p=none"\n_dmarc.news.herald.example. IN TXT', Grade.RED, "2 DMARC records"),
    ("bounces", "bounce.news.herald.example. IN MX 10 mx.herald.example.", "", Grade.RED, "has no MX"),
    ("bounces", "IN MX 10 mx.herald.example.", "IN MX 0 .", Grade.RED, "null MX"),
    ("bounces", "mx.herald.example. IN A 192.0.2.1", "", Grade.RED, "has no address"),
    ("bounces", "bounce.news.herald.example. IN MX 10 mx.herald.example.", "bounce.news.herald.example. IN A 192.0.2.1", Grade.AMBER, "only an address"),
    ("bounces", "mx.herald.example. IN A 192.0.2.1", "mx.herald.example. IN CNAME h.example.\nh.example. IN A 192.0.2.1", Grade.AMBER, "an alias"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "was", "zone", "grade", "words"), WRONG, ids=[f"{row[0]}-{row[4]}" for row in WRONG]
)
def test_each_fault_in_the_dns_is_a_line(check: str, was: str, zone: str, grade: Grade, words: str) -> None:
    assert was in GOOD
    found = [one for one in faults(setup(GOOD.replace(was, zone))) if one[0] == check]
    assert [(one[1], words in one[2]) for one in found] == [(grade, True)], found


def test_what_to_paste_mends_the_fault() -> None:
    for check, was, zone, grade, _ in WRONG:
        if grade is Grade.AMBER or check not in ("spf", "dkim", "dmarc"):
            continue
        made = setup(GOOD.replace(was, zone))
        pasted = [line.paste for line in looked(made) if line.check == check and " IN TXT " in line.paste]
        for text in pasted:
            name = text.split(".")[0] if check == "dkim" else text.split(" ")[0]
            kept = [
                row
                for row in GOOD.replace(was, zone).splitlines()
                if not row.startswith(name) or " MX " in row
            ]
            mended = faults(setup("\n".join([*kept, text])))
            assert [one for one in mended if one[0] == check and one[1] is Grade.RED] == [], (text, mended)


def test_a_small_key_is_named() -> None:
    key = replace(KEYS[0], private=SMALL)
    found = faults(setup(GOOD.replace(published(KEYS[0]), published(key)), keys=(key,)))
    assert found == [("dkim", Grade.RED, "has 1024 bits; mailbox providers want 2048")]


def test_the_key_and_the_relays_must_agree() -> None:
    relays = {"main": Relay(transport="folder", dkim="relay")}
    assert "no relay leaves the signature to us" in faults(setup(relays=relays))[0][2]
    assert "no key to sign with" in faults(setup(keys=()))[0][2]
    assert faults(setup(keys=(), lost="key.pem: gone"))[0] == ("dkim", Grade.RED, "key.pem: gone")
    assert "cannot be seen from here" in faults(setup(keys=(), relays=relays))[0][2]
    named = config(dkim={"selector": "s1"}).newsletters["daily"]
    assert faults(setup(keys=(), relays=relays, newsletter=named)) == []


@pytest.mark.parametrize(
    ("domain", "zone", "wanted"),
    [
        ("a.b.example", "", "a.b.example"),
        ("a.b.example", '_dmarc.b.example. IN TXT "v=DMARC1; p=none"', "b.example"),
        ("a.b.example", '_dmarc.b.example. IN TXT "v=DMARC1; p=none"\n_dmarc.a.b.example. IN TXT "v=DMARC1; p=none"', "b.example"),
        ("a.b.example", '_dmarc.b.example. IN TXT "v=DMARC1; p=none"\n_dmarc.a.b.example. IN TXT "v=DMARC1; p=none; psd=n"', "a.b.example"),
        ("a.b.co.example", '_dmarc.co.example. IN TXT "v=DMARC1; p=none; psd=y"', "b.co.example"),
        ("1.2.3.4.5.6.7.8.9.b.example", '_dmarc.5.6.7.8.9.b.example. IN TXT "v=DMARC1; p=none"', "5.6.7.8.9.b.example"),
        ("1.2.3.4.5.6.7.8.9.b.example", '_dmarc.3.4.5.6.7.8.9.b.example. IN TXT "v=DMARC1; p=none"', "1.2.3.4.5.6.7.8.9.b.example"),
        ("a.b.example", '_dmarc.b.example. IN TXT "p=none; v=DMARC1"', "a.b.example"),
    ],
)  # fmt: skip
def test_the_tree_walk_finds_the_organisation(domain: str, zone: str, wanted: str) -> None:
    assert organisation(Zone(zone), domain) == wanted


def test_a_policy_is_the_domain_s_own_or_its_organisation_s() -> None:
    zone = '_dmarc.example. IN TXT "v=DMARC1; p=reject; sp=none"\n_dmarc.b.example. IN TXT "v=DMARC1; p=quarantine"'
    found = {
        domain: policy_for(Zone(zone), domain) for domain in ("b.example", "a.b.example", "c.example", "else")
    }
    assert {domain: one.domain if one else "" for domain, one in found.items()} == {
        "b.example": "b.example",
        "a.b.example": "example",
        "c.example": "example",
        "else": "",
    }
    public = policy_for(Zone('_dmarc.co.example. IN TXT "v=DMARC1; p=reject; psd=y"'), "a.b.co.example")
    assert public is not None
    assert public.domain == "co.example"


def test_a_stranger_is_not_aligned() -> None:
    found = faults(setup(signing="mail.vendor.example", keys=()))
    assert ("dmarc", Grade.RED) in [one[:2] for one in found]
    assert "two organisations" in " ".join(one[2] for one in found)


def test_the_links_are_ours_and_lead_nowhere_else() -> None:
    assert "is not https" in faults(setup(unsubscribe="http://read.herald.example/u/a"))[0][2]
    assert faults(setup(unsubscribe="https://news.vendor.example/u/a"))[0][1] is Grade.AMBER
    moved = faults(setup(get=lambda url: (200, "https://www.herald.example/")))
    assert moved == [("links", Grade.RED, "redirects to https://www.herald.example/, which RFC 8058 forbids")]
    assert "keeps people out" in faults(setup(get=lambda url: (403, url)))[0][2]

    def away(url: str) -> tuple[int, str]:
        raise FetchError("the server does not answer in time")

    assert faults(setup(get=away))[0][1] is Grade.RED
    assert faults(setup(get=None))[0][:2] == ("links", Grade.AMBER)


@pytest.mark.parametrize(
    ("relay", "rows", "grade", "words"),
    [
        ({"rate": 14.0, "quota": 10_000}, 40_000, Grade.RED, "40,000 rows, quota 10,000, rate 14/s: ends never, 30,000 readers"),
        ({"rate": 14.0, "quota": 50_000}, 40_000, Grade.GREEN, "40,000 rows, quota 50,000, rate 14/s: ends 06:47"),
        ({"rate": 1.0}, 40_000, Grade.RED, "ends 17:06, but expires 12:00: 18,400 readers go without"),
        ({"rate": 0.1}, 40_000, Grade.RED, "on 2026-03-08"),
        ({}, 40_000, Grade.GREEN, "no quota, no rate: as fast as"),
    ],
)  # fmt: skip
def test_the_quota_is_held_against_the_list(
    relay: dict[str, Any], rows: int, grade: Grade, words: str
) -> None:
    made = setup(relays={"main": Relay(transport="folder", dkim="ours", **relay)}, readers=rows)
    line = next(line for line in looked(made) if line.check == "quota")
    assert line.grade is grade
    assert words in line.words


def test_two_newsletters_share_a_quota() -> None:
    assert "do not fit beside it" in faults(setup(others=20_000))[0][2]


def test_a_bounce_host_that_refuses_is_told() -> None:
    assert faults(setup(knock=lambda host, address: (550, "5.1.1 no such user")))[0][1] is Grade.RED
    assert faults(setup(knock=lambda host, address: (451, "4.7.1 greylisted")))[0][1] is Grade.AMBER

    def shut(host: str, address: str) -> tuple[int, str]:
        raise OSError("timed out")

    assert "port 25" in faults(setup(knock=shut))[0][2]


# ---------------------------------------------------------------------------- relays, for real


class Pipelining(Sink):
    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@contextmanager
def listening(**settings: Any) -> Iterator[int]:
    server = Controller(Pipelining(), hostname="127.0.0.1", port=free_port(), **settings)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    made, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    return made, file


def context(authority: trustme.CA, **settings: Any) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", **settings).configure_cert(made)
    return made


def at(port: int, file: Path, **settings: Any) -> Setup:
    given = {"host": "localhost", "port": port, "ca_file": file, "dkim": "ours", **settings}
    return setup(relays={"main": Relay(**given)}, now=datetime.now(UTC))


def right(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == b"right", handled=False)


def test_a_good_relay_is_green_and_its_faults_are_lines(authority: tuple[trustme.CA, Path]) -> None:
    ca, file = authority
    with listening(tls_context=context(ca), authenticator=right, require_starttls=True) as port:
        made = at(port, file, username="u", password="right")
        assert faults(made) == []
        words = " ".join(line.words for line in looked(made) if line.check == "relay")
        assert "TLSv1.3" in words
        assert "days" in words
        assert "knows the user u" in words
        assert "PIPELINING, SIZE" in words
        assert (
            "refuses user name or password: 535" in faults(at(port, file, username="u", password="no"))[0][2]
        )
        strange = faults(at(port, authority[1].parent / "ca.pem", host="127.0.0.1"))
        assert "does not hold" in strange[0][2]
        assert (
            "does not hold"
            in faults(setup(relays={"main": Relay(host="localhost", port=port, dkim="ours")}))[0][2]
        )
    with listening() as port:
        assert "does not offer STARTTLS" in faults(at(port, file))[0][2]
        assert faults(at(port, file, security="none")) == []
        assert "does not offer AUTH" in faults(at(port, file, security="none", username="u"))[0][2]
    assert "cannot be used" in faults(at(port, file))[0][2]


def test_a_certificate_near_its_end_is_told(authority: tuple[trustme.CA, Path]) -> None:
    ca, file = authority
    soon = datetime.now(UTC) + timedelta(days=5)
    with listening(tls_context=context(ca, not_after=soon)) as port:
        assert [one[:2] for one in faults(at(port, file))] == [("relay", Grade.AMBER)]
    with listening(tls_context=context(ca, not_before=NOW - timedelta(9), not_after=NOW)) as port:
        found = faults(at(port, file))
        assert found[0][1] is Grade.RED
        assert "expired" in found[0][2]


def test_a_relay_that_takes_passwords_in_the_clear_is_told(authority: tuple[trustme.CA, Path]) -> None:
    ca, file = authority
    with listening(tls_context=context(ca), authenticator=right, auth_require_tls=False) as port:
        assert "AUTH before TLS" in faults(at(port, file))[0][2]


def test_clear_text_to_a_relay_elsewhere_is_red() -> None:
    found = faults(setup(relays={"main": Relay(host="192.0.2.1", security="none", dkim="ours", port=9)}))
    assert any("clear text" in words for _, _, words in found)


@pytest.mark.parametrize(("lifetime", "grade"), [("5d", Grade.AMBER), ("12h", Grade.GREEN), ("", None)])
def test_a_queue_that_keeps_old_news_is_told(lifetime: str, grade: Grade | None) -> None:
    with listening() as port:
        relays = {"main": Relay(port=port, security="none", dkim="ours")}
        found = [
            line
            for line in looked(setup(relays=relays, lifetime=lambda: lifetime))
            if "cannot deliver" in line.words
        ]
    assert [line.grade for line in found] == ([grade] if grade else [])


def test_a_knock_asks_and_sends_nothing() -> None:
    class Handler(Sink):
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, options: Any
        ) -> str:
            envelope.rcpt_tos.append(address)
            return "250 ok" if address.startswith("b+") else "550 5.1.1 nobody"

        async def handle_DATA(self, *_: Any) -> str:
            raise AssertionError("nothing is to be sent")

    server = Controller(Handler(), hostname="127.0.0.1", port=(port := free_port()))
    server.start()
    try:
        assert knocked("127.0.0.1", "b+x@bounce.example", port)[0] == 250
        assert knocked("127.0.0.1", "x@bounce.example", port) == (550, "5.1.1 nobody")
    finally:
        server.stop()
    with pytest.raises(OSError):
        knocked("127.0.0.1", "x@bounce.example", port)


# ---------------------------------------------------------------------------- the desk, as a stranger sees it


def seen(people: tuple[int, str], health: bytes = SEEN["/health"][2], forged: bytes = b"") -> list[Line]:
    def visit(path: str, headers: Any) -> tuple[int, str, bytes]:
        if path == "/people":
            return (*people, b"")
        return 200, "", forged if forged and headers else health

    return [line for line in looked(setup(visit=visit)) if line.check == "desk"]


SITE = "https://read.herald.example"


@pytest.mark.parametrize(
    ("status", "url", "grade"),
    [
        (200, f"{SITE}/people", Grade.RED),
        (200, f"{SITE}/sign-in?next=%2Fpeople", Grade.GREEN),
        (404, f"{SITE}/people", Grade.GREEN),
        (401, f"{SITE}/people", Grade.GREEN),
        (421, f"{SITE}/people", Grade.RED),
        (502, f"{SITE}/people", Grade.RED),
        (200, "https://login.herald.example/", Grade.AMBER),
    ],
)
def test_what_a_stranger_gets_of_the_desk_is_told(status: int, url: str, grade: Grade) -> None:
    assert seen((status, url))[0].grade is grade


@pytest.mark.parametrize(
    ("honest", "forged", "grade", "said"),
    [
        (b'{"peer": "198.51.100.7", "shared": ""}', b'{"peer": "192.0.2.1", "shared": ""}', Grade.RED, "is believed"),
        (b'{"peer": "127.0.0.1", "shared": "a proxy without a name"}', b"", Grade.AMBER, "are off"),
        (b'{"peer": "198.51.100.7", "shared": ""}', b'{"peer": "198.51.100.7", "shared": "x"}', Grade.GREEN, "198.51.100.7"),
        (b'{"ok": true}', b"", Grade.AMBER, "could not be tried"),
        (b"<html>", b"", Grade.AMBER, "could not be tried"),
        (b"[1]", b"", Grade.AMBER, "could not be tried"),
    ],
)  # fmt: skip
def test_whether_a_forged_header_is_believed_is_told(
    honest: bytes, forged: bytes, grade: Grade, said: str
) -> None:
    line = seen((404, f"{SITE}/people"), honest, forged)[1]
    assert (line.grade, said in line.words) == (grade, True), line


def test_a_site_that_cannot_be_reached_is_one_red_line() -> None:
    def away(path: str, headers: Any) -> tuple[int, str, bytes]:
        raise FetchError("the connection is refused")

    found = [line for line in looked(setup(visit=away)) if line.check == "desk"]
    assert [(line.grade, "refused" in line.words) for line in found] == [(Grade.RED, True)]


# ---------------------------------------------------------------------------- the command


def test_the_command_says_all_of_it_and_exits_for_monitoring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.flows.newsroom.doctor._lifetime", lambda: "")
    run = CliRunner().invoke
    file, zone = tmp_path / "digest.toml", tmp_path / "zone"
    base = """
[site]
url = "https://read.herald.example"
[sources.own]
url = "https://herald.example/rss"
[newsletters.daily]
title = "Daily"
sources = ["own"]
schedule = { time = "06:00" }
sender = { address = "a@news.herald.example", bounces = "bounce.news.herald.example" }
[relays.main]
transport = "folder"
dkim = "ours"
[feedback]
listen = "127.0.0.1:2424"
"""
    file.write_text(base)
    config = ["--config", str(file)]
    monkeypatch.setenv("DIGEST_SITE__KEYS", json.dumps(["k" * 40]))
    made = json.loads(run(cli, [*config, "dkim", "new", "--json", "daily"]).output)
    assert Path(made["file"]).stat().st_mode & 0o777 == 0o600
    again = run(cli, [*config, "dkim", "new", "daily"])
    assert isinstance(again.exception, ConfigError)
    printed = run(cli, [*config, "dkim", "new", "--ed25519", "daily"]).output
    settings = [line for line in printed.splitlines() if line.startswith("ed25519_")]
    record = next(line for line in printed.splitlines() if " IN TXT " in line)
    file.write_text(base + "[newsletters.daily.dkim]\n" + "\n".join([*made["settings"], *settings]))
    assert load(file).newsletters["daily"].dkim.key_file == Path(made["file"])
    kept = [line for line in GOOD.splitlines() if "_domainkey" not in line]
    zone.write_text("\n".join([*kept, record, records.txt(made["name"], made["record"])]))
    good = run(cli, [*config, "doctor", "daily", "--zone", str(zone)])
    assert good.exit_code == 0, good.output
    assert "RSA, 2048 bits, resolves and verifies" in good.output
    zone.write_text("\n".join(kept))
    bad = run(cli, [*config, "doctor", "--zone", str(zone), "--json"])
    assert bad.exit_code == 1
    lines = json.loads(bad.output)
    assert [line["paste"] for line in lines if line["grade"] == "red"] == [
        records.txt(made["name"], made["record"]),
        record,
    ]


def test_a_long_record_is_cut_into_strings() -> None:
    text = dkim.record(RSA.public_key())
    assert [len(one) for one in records.strings(text)] == [255, len(text) - 255]
    assert Zone(records.txt("a.example", text)).ask("A.example.", "TXT").records == (text,)
    assert Zone(records.txt("a.example", 'say "hi" \\')).ask("a.example", "TXT").records == ('say "hi" \\',)


@pytest.mark.parametrize(
    ("changes", "grade", "words"),
    [
        ({}, Grade.GREEN, "came back by the listener on 127.0.0.1:2424 in 1 s"),
        ({"bounce": None}, Grade.GREEN, "no bounce was sent to try it"),
        ({"bounce": lambda host, domain: None}, Grade.RED, "did not come back"),
        ({"reads_mail": ""}, Grade.RED, "nothing reads what comes to b+"),
        ({"reads_mail": "", "posted": "SES"}, Grade.RED, "nothing reads u+"),
    ],
)
def test_somebody_reads_what_comes_back(changes: dict[str, Any], grade: Grade, words: str) -> None:
    (line,) = plugins.load(doctor, "returned").look(setup(**changes))
    assert line.grade is grade
    assert words in line.words
