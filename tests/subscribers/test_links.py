"""Signed links: short, for one purpose, read by any of our keys, and by nothing else."""

import base64
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from subscribers.links import Keys, Links, LinkTarget, Purpose, newsletter_mark

KEY, OLD = b"k" * 32, b"o" * 32
LINKS = Links([KEY], "https://news.example.org/")
NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
IDS = st.integers(0, 2**62)


def test_the_unsubscribe_address_is_short() -> None:
    assert len(Links([KEY], "https://newsletters.paper.example").unsubscribe(9_999_999, "daily")) <= 70


def test_the_mailbox_of_an_unsubscribe_fits_a_local_part_and_may_lose_its_case() -> None:
    box = LINKS.unsubscribe_mailbox(2**40, "daily")
    assert len(box) <= 64
    assert LINKS.target(Purpose.UNSUBSCRIBE, box[2:].upper()) == LinkTarget(2**40, newsletter_mark("daily"))


@given(IDS, st.text(max_size=40), st.booleans())
def test_a_token_says_whom_and_what_it_is_about(subscriber: int, newsletter: str, lower: bool) -> None:
    token = LINKS.subscription_token(Purpose.UNSUBSCRIBE, subscriber, newsletter, lower=lower)
    assert LINKS.target(Purpose.UNSUBSCRIBE, token) == LinkTarget(subscriber, newsletter_mark(newsletter))


@given(st.binary(min_size=16, max_size=80), st.text(max_size=20), st.binary(max_size=200))
def test_the_mac_is_that_of_rfc_2104_cut_short(key: bytes, purpose: str, payload: bytes) -> None:
    derived = hmac.digest(key, f"newsroom-digest/{purpose}".encode(), "sha256")
    right = hmac.digest(derived, payload, "sha256")
    assert Keys([key]).sign(purpose, payload) == right[:16], "by the fast way, which mails go"
    assert Keys([key]).verifies(purpose, payload, right[:16]), "by hmac, which pages go"


@given(st.binary(max_size=80))
def test_the_lower_spelling_is_base32(payload: bytes) -> None:
    token = LINKS.token("any", payload, lower=True)
    assert token == base64.b32encode(payload + LINKS.keys.sign("any", payload)).decode().rstrip("=").lower()


@given(IDS, st.text(max_size=40))
def test_what_a_mail_needs_at_once_is_what_each_gives(subscriber: int, newsletter: str) -> None:
    assert LINKS.for_reader(subscriber, newsletter) == (
        LINKS.unsubscribe(subscriber, newsletter),
        LINKS.preferences(subscriber, newsletter),
        LINKS.unsubscribe_mailbox(subscriber, newsletter),
    )


@given(IDS, st.integers(0, 2**32))
def test_a_timed_token_holds_its_time(subscriber: int, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    token = LINKS.subscription_token(Purpose.CONFIRM, subscriber, "daily", at=at)
    assert LINKS.target(Purpose.CONFIRM, token, timed=True) == LinkTarget(
        subscriber, newsletter_mark("daily"), at
    )


@given(IDS, st.sampled_from(list(Purpose)), st.sampled_from(list(Purpose)))
def test_a_token_is_good_for_its_purpose_only(subscriber: int, made: Purpose, used: Purpose) -> None:
    assume(made != used)
    assert LINKS.target(used, LINKS.subscription_token(made, subscriber, "daily")) is None


@given(IDS, st.data())
def test_a_changed_token_is_refused(subscriber: int, data: st.DataObject) -> None:
    token = LINKS.subscription_token(Purpose.UNSUBSCRIBE, subscriber, "daily")
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_=+/ .é"))
    assume(other != token[place])
    assert LINKS.read(Purpose.UNSUBSCRIBE, token[:place] + other + token[place + 1 :]) is None


@given(IDS, st.data())
def test_a_cut_or_longer_token_is_refused(subscriber: int, data: st.DataObject) -> None:
    token = LINKS.subscription_token(Purpose.UNSUBSCRIBE, subscriber, "daily")
    cut = data.draw(st.integers(0, len(token) - 1))
    assert LINKS.read(Purpose.UNSUBSCRIBE, token[:cut]) is None
    assert (
        LINKS.read(Purpose.UNSUBSCRIBE, token + data.draw(st.text("abcA=_-", min_size=1, max_size=9))) is None
    )


@given(IDS, IDS)
def test_a_payload_under_another_tokens_mac_is_refused(one: int, two: int) -> None:
    assume(one != two)
    first, second = (LINKS.subscription_token(Purpose.UNSUBSCRIBE, each, "daily") for each in (one, two))
    raw = [base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in (first, second)]
    swapped = base64.urlsafe_b64encode(raw[0][:-16] + raw[1][-16:]).rstrip(b"=").decode()
    assert LINKS.read(Purpose.UNSUBSCRIBE, swapped) is None


def test_a_token_has_one_spelling_only() -> None:
    token = LINKS.token("p", b"1234567")  # 23 bytes: the last letter has loose bits
    loose = [
        token[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    ]
    assert [each for each in loose if LINKS.read("p", each)] == [token]
    assert LINKS.read("p", token + "=") is None
    assert LINKS.read("p", token.swapcase()) is None


@given(
    st.one_of(
        st.text(max_size=300),
        st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")),
    )
)
def test_anybody_elses_text_is_no_token(text: str) -> None:
    assert LINKS.read(Purpose.UNSUBSCRIBE, text) is None


def test_nothing_longer_than_200_characters_is_read() -> None:
    """Whoever sends a megabyte gets it neither decoded nor hashed."""
    longest, longer = (LINKS.token("p", b"x" * length) for length in (134, 135))
    assert (len(longest), len(longer)) == (200, 202)
    assert LINKS.read("p", longest) == b"x" * 134
    assert LINKS.read("p", longer) is None


def test_old_links_outlive_a_new_key_and_die_with_their_own() -> None:
    made = Links([OLD], "https://x").subscription_token(Purpose.UNSUBSCRIBE, 7, "daily")
    assert Links([KEY, OLD], "https://x").target(Purpose.UNSUBSCRIBE, made) == LinkTarget(
        7, newsletter_mark("daily")
    )
    assert Links([KEY], "https://x").target(Purpose.UNSUBSCRIBE, made) is None


def test_a_key_of_16_bytes_will_do_and_its_mac_has_16() -> None:
    derived = hmac.digest(b"k" * 16, b"newsroom-digest/p", "sha256")
    assert Keys([b"k" * 16]).sign("p", b"x") == hmac.digest(derived, b"x", "sha256")[:16]


def test_a_time_beyond_2106_fits() -> None:
    at = datetime(2200, 1, 1, tzinfo=UTC)
    token = LINKS.subscription_token(Purpose.CONFIRM, 7, "daily", at=at)
    assert LINKS.target(Purpose.CONFIRM, token, timed=True) == LinkTarget(7, newsletter_mark("daily"), at)


def test_the_newest_key_signs() -> None:
    assert Links([KEY, OLD], "https://x").token("p", b"x") == Links([KEY], "https://x").token("p", b"x")


@pytest.mark.parametrize("secrets", [[], [b"short"], [KEY, b""]])
def test_weak_or_missing_keys_are_refused(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Keys(secrets)


def test_every_key_is_tried_so_the_time_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    import subscribers.links as module

    true = module.hmac.compare_digest
    monkeypatch.setattr(module.hmac, "compare_digest", lambda one, two: asked.append(two) or true(one, two))
    keys = Keys([KEY, OLD, b"x" * 32])
    assert keys.verifies("p", b"x", keys.sign("p", b"x"))
    assert len(asked) == 3


def test_the_links_of_a_mail_read_as_they_should() -> None:
    assert LINKS.signup("daily") == "https://news.example.org/subscribe/daily"
    assert LINKS.preferences(1, "daily").startswith("https://news.example.org/m/")
    assert LINKS.confirm(1, "daily", NOW).startswith("https://news.example.org/c/")
    assert LINKS.token("p", b"ab", lower=True) == LINKS.token("p", b"ab", lower=True).lower()


def test_a_payload_of_the_wrong_length_is_nobodys() -> None:
    assert LINKS.target(Purpose.UNSUBSCRIBE, LINKS.token(Purpose.UNSUBSCRIBE, b"abc")) is None
    assert LINKS.target(Purpose.UNSUBSCRIBE, LINKS.token(Purpose.UNSUBSCRIBE, b"a" * 20)) is None


def test_a_text_is_found_again_by_the_hash_of_any_key() -> None:
    new, old = b"a newer key of 20 byt", b"an older key of 20 by"
    both = Keys([new, old]).hashes("limit", "ada@x.example")
    assert both == (
        *Keys([new]).hashes("limit", "ada@x.example"),
        *Keys([old]).hashes("limit", "ada@x.example"),
    )
    assert len({*both, *Keys([new]).hashes("network", "ada@x.example")}) == 3


def test_the_page_about_personal_links_names_no_reader() -> None:
    assert (
        Links([b"k" * 32], "https://news.example/").personal("daily") == "https://news.example/personal/daily"
    )
