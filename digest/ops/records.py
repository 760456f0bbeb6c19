"""DNS records as one pastes them."""

CUT = 255  # bytes of one string in a TXT record (RFC 1035, 3.3.14); a long key takes several


def strings(text: str) -> list[str]:
    """Return *text* cut into the strings of a TXT record."""
    return [text[at : at + CUT] for at in range(0, len(text), CUT)] or [""]


def txt(name: str, text: str) -> str:
    """Return the zone file's line for a TXT record."""
    quoted = " ".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in strings(text))
    return f"{name}. IN TXT {quoted}" if '" "' not in quoted else f"{name}. IN TXT ( {quoted} )"
