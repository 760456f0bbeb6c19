"""How fast a relay may be fed: a token bucket whose rate is halved on throttling and opens again slowly. Pure.

Times are seconds of any steady clock. A rate of 0 is "as fast as it goes".
"""

from dataclasses import dataclass, replace

BURST = 1.0  # seconds' worth of tokens that may be saved up
SLOWEST = 0.1  # messages a second: throttling never stops a relay for good
OPENING = 1.05  # the rate grows by this each second without another complaint
CALM = 10.0  # a second complaint within this many seconds is the same one


@dataclass(frozen=True, slots=True)
class Pace:
    """*limit* is the configured rate; *rate* what holds now; *tokens* at time *at*; *slowed* the last halving."""

    limit: float = 0.0
    rate: float = 0.0
    tokens: float = 1.0
    at: float = 0.0
    slowed: float = float("-inf")


def pace(limit: float, now: float) -> Pace:
    """Return a fresh bucket with room for one message."""
    return Pace(limit=limit, rate=limit, at=now)


def limited(before: Pace, limit: float) -> Pace:
    """Return the bucket with another configured rate; a rate that was halved stays so, and opens to the new one."""
    if limit == before.limit:
        return before
    throttled = before.rate != before.limit
    rate = min(before.rate, limit) if throttled and limit else before.rate if throttled else limit
    return replace(before, limit=limit, rate=rate)


def taken(before: Pace, now: float, count: int = 1) -> tuple[Pace, float]:
    """Return the bucket without *count* tokens, and how many seconds to wait before using them."""
    before = _opened(before, now)
    if before.rate == 0:
        return before, 0.0
    most = max(1.0, before.rate * BURST)
    tokens = min(most, before.tokens + (now - before.at) * before.rate) - count
    after = replace(before, tokens=tokens, at=now)
    return after, max(0.0, -tokens / before.rate)


def halved(before: Pace, now: float, measured: float) -> Pace:
    """Return the bucket at half its rate; *measured* is the present rate of answers, for one without a limit."""
    if now - before.slowed < CALM:
        return before
    rate = max(SLOWEST, (before.rate or measured) / 2)
    return replace(before, rate=rate, tokens=min(before.tokens, 0.0), at=max(before.at, now), slowed=now)


def _opened(before: Pace, now: float) -> Pace:
    """The rate grows back to the limit; without a limit, until it is 32 times the rate that was too fast."""
    calm = now - before.slowed - CALM
    if before.rate == before.limit or calm <= 0:
        return before
    rate = before.rate * float(OPENING ** min(now - max(before.at, before.slowed + CALM), 60.0))
    if before.limit and rate >= before.limit:
        rate = before.limit
    if not before.limit and calm > 600:
        rate = 0.0
    return replace(before, rate=rate)
