"""Names of web hosts: one spelling for each, and which of them are this machine."""

from ipaddress import ip_address

import pytest

from digest.hosts import address_of, canonical, is_loopback, name_of


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://News.Example.ORG:8443/a?b", "news.example.org"),
        ("https://news.example.org.", "news.example.org"),
        ("http://[::1]:8000/", "::1"),
        ("http://[2001:DB8:0:0::1]", "2001:db8::1"),
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("https://zeitung-köln.example/", "xn--zeitung-kln-zfb.example"),
        ("http://[::1", ""),
        ("news.example.org", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address(url: str, name: str) -> None:
    assert name_of(url) == name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("NEWS.example.org:443", "news.example.org"),
        (" news.example.org ", "news.example.org"),
        ("news.example.org.", "news.example.org"),
        ("news.example.org:", "news.example.org"),
        ("[::1]:8000", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("zeitung-köln.example", "xn--zeitung-kln-zfb.example"),
        ("ZEITUNG-KÖLN.example", "xn--zeitung-kln-zfb.example"),
        ("under_score.example", "under_score.example"),
        ("ab\u200bc..example\u2024", ""),  # no name that IDNA knows
        ("a b", ""), ("a/b", ""), ("a@b", ""), ("a:b", ""), ("a:123456", ""), ("::1", ""), ("[::1", ""), ("", ""),
    ],
)  # fmt: skip
def test_each_host_has_one_spelling(host: str, name: str) -> None:
    assert canonical(host) == name


@pytest.mark.parametrize("name", ["localhost", "desk.localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_this_machines_names(name: str) -> None:
    assert is_loopback(name) is True


@pytest.mark.parametrize(
    "name", ["notlocalhost", "localhost.example", "example", "10.0.0.1", "0.0.0.0", "::", "2001:db8::1", ""]
)
def test_other_machines_names(name: str) -> None:
    assert is_loopback(name) is False


def test_an_address_is_one_in_ipv6s_clothes_too() -> None:
    assert address_of("::ffff:192.0.2.1") == ip_address("192.0.2.1")
    assert address_of("2001:db8::1") == ip_address("2001:db8::1")
    assert address_of("192.0.2.1") == ip_address("192.0.2.1")
    assert address_of("localhost") is None
