"""What a setting may be beside others: each rule of the schema, and what it derives from settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from digest.config.feedback import Feedback, Imap, Ses
from digest.config.schema import Config, Dkim, Newsletter, Relay, Schedule, Source, WarmUpRule
from digest.look.sample import newsletter


def letter(**more: Any) -> dict[str, Any]:
    return newsletter().model_dump(mode="json", exclude_defaults=True) | more


def config(**more: Any) -> dict[str, Any]:
    return {
        "site": {"url": "https://herald.example"},
        "sources": {"herald": {"url": "https://herald.example/rss"}},
        "newsletters": {"daily": letter()},
    } | more


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (Source, {"url": "ftp://herald.example/rss"}, "must begin with http:// or https://"),
        (Source, {"url": "https://herald.example", "kind": "folder"}, "must be the path of a folder"),
        (Schedule, {"time": "06:00", "lead": "5m", "freeze": "10m"}, "freeze must not be longer"),
        (Schedule, {"time": "06:00", "spread": "6h", "freshness": "6h"}, "spread must be shorter"),
        (Schedule, {"time": "06:00+01:00"}, "time is local to zone"),
        (Dkim, {"key_file": "k.pem"}, "key_file needs the selector"),
        (Dkim, {"selector": "a", "key_file": "k.pem", "ed25519_selector": "b"}, "go together"),
        (Dkim, {"ed25519_selector": "b", "ed25519_key_file": "e.pem"}, "RSA's key_file is needed, too"),
        (Newsletter, letter(window="48h", longest_window="24h"), "longest_window must not be shorter"),
        (Newsletter, letter(first_wave={"share": 0.1, "wait": "5h"}), "first_wave"),
        (Newsletter, letter(sections=[{"name": "top", "title": "Top"}]), "top"),
        (Newsletter, letter(sources=["herald"], witnesses=["herald"]), "own or witness, not both: herald"),
        (WarmUpRule, {"start": "2026-03-04", "first": 300, "last": 200}, "last must not be less than first"),
        (Relay, {"host": "mx.example", "auth": "oauth"}, ""),
        (Config, config(warm_up={"other.example": {"start": "2026-03-04"}}), "other.example"),
        (Feedback, {"listen": "2424"}, "write host and port"),
        (Feedback, {"listen": "127.0.0.1:99999"}, "write host and port"),
    ],
)
def test_what_contradicts_itself_is_refused_with_what_to_do(
    kind: Any, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError) as fault:
        kind.model_validate(given)
    assert words in str(fault.value)


def test_the_fingerprint_is_that_of_the_settings() -> None:
    one, other = newsletter(), newsletter().model_copy(update={"title": "Another"})
    assert one.fingerprint == newsletter().fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("sender", "feedback", "takes"),
    [({}, {}, False), ({}, {"listen": "127.0.0.1:2424"}, True), ({"unsubscribe_by_mail": True}, {}, True),
     ({"unsubscribe_by_mail": False}, {"maildir": "/var/mail/b"}, False)],
)  # fmt: skip
def test_a_mailbox_for_leaving_is_named_where_somebody_reads_it(
    sender: dict[str, Any], feedback: dict[str, Any], takes: bool
) -> None:
    made = letter()
    made["sender"] = made["sender"] | sender
    found = Config.model_validate(config(newsletters={"daily": made}, feedback=feedback))
    assert found.takes_ways_out(found.newsletters["daily"]) is takes


def test_who_reads_what_comes_back_is_said_in_words() -> None:
    mine = Feedback.model_validate(
        {
            "listen": "[::1]:2424",
            "maildir": "/var/mail/b",
            "imap": {"host": "imap.example", "username": "b", "password": "x"},
            "ses": {"topic": "arn:aws:sns:eu-west-1:123456789012:digest"},
        }
    )
    assert mine.readers == "the listener on [::1]:2424 and the Maildir /var/mail/b and IMAP"
    assert (mine.place, mine.reads_mail, mine.posted_by) == (("::1", 2424), True, "SES")
    nothing = Feedback()
    assert (nothing.readers, nothing.posted_by, nothing.reads_mail, nothing.place) == ("", "", False, ("", 0))


def test_a_mailbox_says_where_it_is() -> None:
    made = Imap.model_validate({"host": "imap.example", "username": "b", "password": "x"})
    assert made.place == f"b at imap.example:{made.at}"
    assert Ses.model_validate({"topic": "arn:aws:sns:eu-west-1:123456789012:digest"}).missing == ""
