"""Whether a request is as new as it says. Pure."""

from datetime import UTC, datetime, timedelta

from digest.delivery.feedback.providers import Refused

AHEAD = timedelta(minutes=15)  # of a clock that is wrong


def recent(stamp: str, now: datetime, oldest: timedelta) -> None:
    """Raise Refused where the Unix time *stamp* is none, is older than *oldest*, or lies ahead of us."""
    try:
        sent = datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused("it has no time") from None
    if not now - oldest <= sent <= now + AHEAD:
        raise Refused(f"its time is {sent:%Y-%m-%d %H:%M:%S} UTC: too old, or ahead of our clock")
