"""Who asks us to slow down: the relay that we hand mail to, or the provider behind it, who gets a pace of its own.

What a relay answers to the connection, to AUTH and to MAIL is about itself, for no reader is named yet. Later answers
are the provider's, passed on, unless their words are about our account with the relay, or its own state. Pure.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sized
from dataclasses import replace

from digest.delivery.blame import Stage, account_name, classified, enhanced
from digest.delivery.pace import Pace, halved, pace, taken
from digest.model import Message
from digest.outcomes import Accepted, Outcome, Throttled

MANY = (
    3  # providers in a row that ask for it, and nobody takes a mail meanwhile: then it is the relay after all
)
AHEAD = 2.0  # seconds' worth of a provider's rows that are claimed ahead
FEW = 5.0  # seconds until it is looked for more of them, where there were fewer
AT_ONCE = 50  # rows claimed at a time, at most

# RFC 3463: x.3.y is the state of the mail system that answers, x.4.5 its congestion; RFC 4954: 432 and 454 are about
# AUTH; SES says 454 for an account's rate and quota, Exchange Online 432 for connections
_SYSTEM = re.compile(r"\.3\.\d+$|\.4\.5$")
_ACCOUNT = re.compile(
    r"\b(?:account|subscription|plan|tenant|credits?|billing)\b|\bsending (?:rate|quota|limit)"
    r"|\b(?:daily|hourly|monthly|per.(?:day|hour|minute|second))\b.{0,40}\b(?:limit|quota|allowance|exceeded)"
    r"|\b(?:limit|quota|allowance|exceeded)\b.{0,40}\b(?:daily|hourly|monthly|per (?:day|hour|minute|second))"
    r"|quota exceeded for|connections?\b|\bsessions?\b|\bconcurren|\blog.?ins?\b|\bauthenticat"
    r"|insufficient (?:system )?(?:storage|resources)|\bsystem (?:load|resources|storage)|\bqueue\b.{0,20}\bfull",
    re.I,
)


def of_whom(stage: Stage, outcome: Outcome) -> Outcome:
    """Return *outcome*, an answer at *stage*, saying whether it is the relay or the provider that is throttling."""
    if not isinstance(outcome, Throttled) or stage == "mail":
        return outcome
    status = enhanced(outcome.reply)
    own = outcome.code in (432, 454) or _SYSTEM.search(status) or _ACCOUNT.search(outcome.reply)
    return outcome if own else replace(outcome, relay=False)


def answered(message: Message, stage: Stage, code: int, text: str, account: str = "") -> Outcome:
    """Return what the answer *code* *text* at *stage* says about *message*; *account* is our user name there."""
    if stage == "dot" and 200 <= code < 300:
        return Accepted(code, text)
    ours = message.ours | {message.sender, message.sender.rpartition("@")[2]} | account_name(account)
    return of_whom(stage, classified(stage, code, text, ours, reader=message.recipient))


class Lanes:
    """The providers that have asked us to slow down, each with a pace; the others' mails pass them by.

    Times are of one steady clock. A lane opens slowly, as a relay's pace does, and is gone when it is open.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._paces: dict[str, Pace] = {}
        self._asked: dict[str, float] = {}  # from when on more of its rows may be claimed
        self.accepted: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._paces)

    def __contains__(self, provider: str) -> bool:
        return provider in self._paces

    @property
    def names(self) -> frozenset[str]:
        """The providers that have a pace of their own."""
        return frozenset(self._paces)

    def rate(self, provider: str) -> float:
        """Return how many messages a second *provider* gets; 0 is no limit."""
        return self._paces[provider].rate if provider in self._paces else 0.0

    def slow(self, provider: str, now: float, least: float) -> None:
        """Halve what *provider* gets; before it was what it took so far, *least* messages a second at least."""
        before = self._paces.get(provider) or pace(0.0, now)
        measured = max(least, self.accepted[provider] / max(1.0, now - self._began))
        self._paces[provider] = halved(before, now, measured)
        self._asked.setdefault(provider, now)

    def take(self, provider: str, now: float) -> bool:
        """Take the token of one message, if there is one by now."""
        after, seconds = taken(self._paces[provider], now)
        if not after.rate:
            del self._paces[provider], self._asked[provider]
            return True
        if seconds > 0:
            return False
        self._paces[provider] = after
        return True

    def wait(self, parked: Mapping[str, Sized], now: float) -> float | None:
        """Return in how many seconds the first of the *parked* messages may go; None where there are none."""
        times = [taken(self._paces[one], now)[1] for one, some in parked.items() if some and one in self]
        return min(times, default=None)

    def room(self, provider: str) -> int:
        """Return how many messages of *provider* may wait at a time."""
        return max(1, min(AT_ONCE, round(self.rate(provider) * AHEAD)))

    def hungry(self, now: float, but: Collection[str]) -> str:
        """Return a provider for which it is time to claim rows, none of *but*; "" where there is none."""
        found = next((one for one, at in self._asked.items() if at <= now and one not in but), "")
        if found:
            self._asked[found] = now + self.room(found) / self.rate(found)
        return found

    def found(self, provider: str, count: int, now: float) -> None:
        """Take note of how many rows of *provider* were claimed: after fewer than wanted we ask more rarely."""
        if provider in self and count < self.room(provider):
            self._asked[provider] = now + max(FEW, count / self.rate(provider))
