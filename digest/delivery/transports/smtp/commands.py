"""What a message needs of a relay, and the commands that hand it over (RFC 5321, 1870, 6152, 6531). Pure."""

import re
from dataclasses import dataclass

from digest.model import Message
from digest.outcomes import Undeliverable

Command = tuple[str, bytes]
"""What an answer to it is called, and its line."""
LONGEST_WORDS = 2_000  # of an answer, which is an answer to one command
_ODD = re.compile("[<> ]")


def words(said: str) -> str:
    """Return what a relay *said* as it can be kept and shown: one line, not too long, without control characters."""
    said = said[:LONGEST_WORDS].strip()
    if said.isprintable():
        return said
    return " ".join("".join(mark if mark.isprintable() else " " for mark in said).split())


@dataclass(frozen=True, slots=True)
class Offer:
    """What the relay offered in its answer to EHLO. *size* 0 is no limit."""

    pipelining: bool = False
    size: int | None = None
    eight_bit: bool = False
    utf8: bool = False


def envelope(message: Message, offer: Offer) -> list[Command]:
    """Return the commands that stand before the body of *message*."""
    size = f" SIZE={message.size}" if offer.size is not None else ""
    eight = " BODY=8BITMIME" if offer.eight_bit and message.eight_bit else ""
    utf8 = " SMTPUTF8" if message.smtputf8 or not (message.sender + message.recipient).isascii() else ""
    return [
        ("mail", f"MAIL FROM:<{message.sender}>{size}{eight}{utf8}\r\n".encode()),
        ("rcpt", f"RCPT TO:<{message.recipient}>\r\n".encode()),
        ("data", b"DATA\r\n"),
    ]


def unfit(message: Message, offer: Offer) -> Undeliverable | None:
    """Return why a relay with this *offer* cannot carry *message* at all, None where it can."""
    if offer.size and message.size > offer.size:
        return Undeliverable(f"{message.size} bytes, and the relay takes {offer.size}")
    addresses = message.sender + message.recipient
    if (message.smtputf8 or not addresses.isascii()) and not offer.utf8:
        return Undeliverable("the address needs SMTPUTF8, and the relay does not offer it")
    if message.eight_bit and not offer.eight_bit:
        return Undeliverable("the message has 8-bit bytes, and the relay does not offer 8BITMIME")
    if not addresses.isprintable() or not message.recipient or _ODD.search(addresses):
        return Undeliverable("the address holds characters that no address may hold")
    return None
