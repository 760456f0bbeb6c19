"""The parts of a mail that name its delivery and cannot be forged: its return address (VERP), its Message-ID key."""

from subscribers.api import Links

BOUNCE = "bounce"  # the purpose of a VERP token
MESSAGE_ID = "message-id"  # the purpose of the key that Message-IDs are made with


def message_id_key(links: Links) -> bytes:
    """Return the key of Message-IDs, of the oldest secret: a new one in front of it changes no mail that goes again."""
    return links.keys.hashes(MESSAGE_ID, "")[-1]


def verp(links: Links, delivery: int) -> str:
    """Return the local part that names a delivery: any bounce to it is about that row, and cannot be forged."""
    payload = delivery.to_bytes(max(4, (delivery.bit_length() + 7) // 8), "big")
    return f"b+{links.token(BOUNCE, payload, lower=True)}"


def delivery_of(links: Links, address: str) -> int | None:
    """Return which delivery the VERP *address* names; None where it is not ours."""
    local = address.rpartition("@")[0]
    payload = links.read(BOUNCE, local[2:]) if local[:2].lower() == "b+" else None
    return int.from_bytes(payload, "big") if payload else None
