"""What a word can say of a reader."""

from enum import StrEnum


class Sense(StrEnum):
    """What a word says of a reader, ever less consent; *off* is a no of a status, but common in other columns, too."""

    YES = "yes"
    CONFIRMED = "confirmed"  # a yes; its opposite is an unconfirmed sign-up, not a no
    SOFT = "soft"  # mail failed for the moment
    PENDING = "pending"
    OFF = "off"
    NO = "no"
    DELETED = "deleted"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    NEVER = "never"  # an address that must not be written to


Y, C, T, P, F, N, D, B, J, X = Sense
"""Short, for the tables of words."""
