"""What a message asks of a relay, and what is said of it in the commands."""

from dataclasses import replace

import pytest

from digest.delivery.transports.smtp.commands import LONGEST_WORDS, Offer, envelope, unfit, words
from digest.model import Message

ALL = Offer(pipelining=True, size=1_000, eight_bit=True, utf8=True)
NOTHING = Offer()
PLAIN = Message(
    delivery=1, sender="b@x.org", recipient="r@example.net", message_id="<1@x>", parts=(b"a\r\n",)
)


@pytest.mark.parametrize(
    ("message", "offer", "mail"),
    [
        (PLAIN, NOTHING, "MAIL FROM:<b@x.org>"),
        (PLAIN, ALL, "MAIL FROM:<b@x.org> SIZE=3"),
        (PLAIN, Offer(size=0), "MAIL FROM:<b@x.org> SIZE=3"),
        (replace(PLAIN, eight_bit=True), Offer(eight_bit=True), "MAIL FROM:<b@x.org> BODY=8BITMIME"),
        (replace(PLAIN, smtputf8=True), Offer(utf8=True), "MAIL FROM:<b@x.org> SMTPUTF8"),
        (replace(PLAIN, recipient="ü@example.net"), Offer(utf8=True), "MAIL FROM:<b@x.org> SMTPUTF8"),
    ],
)
def test_mail_says_what_the_message_needs_and_no_more(message: Message, offer: Offer, mail: str) -> None:
    assert unfit(message, offer) is None
    assert [line.decode() for _, line in envelope(message, offer)] == [
        f"{mail}\r\n", f"RCPT TO:<{message.recipient}>\r\n", "DATA\r\n",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "offer", "why"),
    [
        (replace(PLAIN, smtputf8=True), NOTHING, "SMTPUTF8"),  # a header may need it where no address does
        (replace(PLAIN, sender="ü@x.org"), NOTHING, "SMTPUTF8"),
        (replace(PLAIN, recipient="ü@example.net"), NOTHING, "SMTPUTF8"),
        (replace(PLAIN, eight_bit=True), NOTHING, "8BITMIME"),
        (PLAIN, Offer(size=2), "3 bytes, and the relay takes 2"),
        (replace(PLAIN, recipient=""), ALL, "characters"),
        (replace(PLAIN, sender="a b@x.org"), ALL, "characters"),
        (replace(PLAIN, recipient="a@x.org\nDATA"), ALL, "characters"),
    ],
)
def test_what_a_relay_cannot_carry_is_said(message: Message, offer: Offer, why: str) -> None:
    found = unfit(message, offer)
    assert found is not None
    assert why in found.why


@pytest.mark.parametrize("offer", [NOTHING, Offer(size=0), Offer(size=3)])
def test_no_size_and_a_size_of_nought_are_no_limit_and_a_limit_is_the_largest_that_goes(offer: Offer) -> None:
    assert unfit(PLAIN, offer) is None


def test_the_words_of_a_relay_are_kept_in_one_line() -> None:
    assert words("  2.0.0 ok ") == "2.0.0 ok"
    assert words("a\r\n\x1b[2J  b") == "a [2J b"
    assert len(words("x" * 5_000)) == LONGEST_WORDS
