"""How long a session lasts, and which passwords will do: pure rules of sign-in."""

from datetime import UTC, datetime, timedelta

import pytest

from digest import passwords
from digest.config.schema import Config
from digest.look.sample import newsletter
from digest.model.account import IDLE, MOST, lasts

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
KNOWN = ["dana", "The Harbour Herald", "herald.example"]


def test_a_session_lasts_while_it_is_used_and_never_longer_than_the_most() -> None:
    assert lasts(NOW, NOW) == NOW + IDLE
    assert lasts(NOW, NOW + MOST - timedelta(hours=1)) == NOW + MOST


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("x" * 11, "12 to 1,000 characters"),
        ("x" * 1_001, "12 to 1,000 characters"),
        ("aaaaaaaaaaaaaaa", "too easy to guess"),
        ("Harbour-Herald1", "too easy to guess"),
        ("the harbour herald dana", "Your name and the newsroom's count for nothing"),
        ("gravel lantern otter violin", ""),
    ],
)
def test_a_password_is_hard_to_guess_for_somebody_who_knows_whose_it_is(password: str, words: str) -> None:
    found = passwords.weakness(password, KNOWN)
    assert (words in found) if words else not found


def test_a_password_is_the_same_however_its_letters_are_composed() -> None:
    assert passwords.normal("cafe\u0301") == passwords.normal("caf\u00e9")


def test_what_anybody_knows_is_the_name_the_site_and_its_newsletters() -> None:
    config = Config.model_validate(
        {
            "site": {"url": "https://herald.example", "name": "Herald"},
            "sources": {"herald": {"url": "https://herald.example/rss"}},
            "newsletters": {"daily": newsletter().model_dump(mode="json", exclude_defaults=True)},
        }
    )
    known = set(passwords.known_of(config, "dana"))
    assert {"dana", "Herald", "herald.example", newsletter().title, newsletter().sender.address} <= known
