"""What comes back to our addresses: read, proved by a token of ours, and its consequences written."""

from digest.flows.feedback.reports import Receipt, receive, take

__all__ = ["Receipt", "receive", "take"]
