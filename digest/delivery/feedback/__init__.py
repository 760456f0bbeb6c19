"""What comes back later: bounces, complaints and automatic replies, read from the mail itself by `report`."""

from digest.delivery.feedback.read import report

__all__ = ["LONGEST", "report"]
LONGEST = 10_000_000  # bytes of a mail that are read
