"""Addresses of ours that say what a mail to them is; whoever makes one up names nothing."""

import pytest

from digest.delivery.feedback import tokens
from digest.model.feedback import PROBE
from subscribers.api import Links

LINKS = Links([b"k" * 40], "https://herald.example")


def test_a_way_out_is_told_by_its_address() -> None:
    mailbox = LINKS.unsubscribe_mailbox(7, "daily")
    assert tokens.way_out(f"{mailbox}@bounces.example")
    assert not tokens.way_out("bounces@bounces.example")


@pytest.mark.parametrize("header", ["To", "Delivered-To"])
def test_a_way_out_is_told_by_the_headers_of_a_mail(header: str) -> None:
    mailbox = LINKS.unsubscribe_mailbox(7, "daily")
    assert tokens.ways_out(f"From: a@b.example\r\n{header}: {mailbox}@bounces.example\r\n\r\n".encode())
    assert not tokens.ways_out(b"From: a@b.example\r\nTo: bounces@bounces.example\r\n\r\n")


def test_a_probe_is_ours_by_its_signature() -> None:
    token = LINKS.token(PROBE, b"12345678", lower=True)
    assert tokens.probe(LINKS, ["x@y.example", f"d+{token}@bounces.example"]) == token
    assert tokens.probe(LINKS, [f"D+{token.upper()}@bounces.example"]) == token
    assert tokens.probe(Links([b"x" * 40], "https://herald.example"), [f"d+{token}@bounces.example"]) == ""
    assert tokens.probe(LINKS, []) == ""
    assert tokens.probe(LINKS, ["x@y.example"] * tokens.MOST + [f"d+{token}@bounces.example"]) == ""
