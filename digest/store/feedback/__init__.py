"""What came back: the mails and their effects (`kept`), and how editions fare with each provider (`shares`)."""

from digest.store.feedback.shares import Rates, rates

__all__ = ["Rates", "rates"]
