"""When sending stops by itself: a provider, a relay or everybody refuses us, or calls one address after the other dead.

Pure. Counted are the final answers about a message: by who receives for its reader, by the relay that it went
through, and all of an edition's. What is counted fades or passes by, so that trouble late in a long run is noticed
as soon as at its start.

Why: docs/design-notes.md, "A provider is halted at 5 % of at least 20 answers".
"""

from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass

from digest.delivery.blame import names_authentication
from digest.delivery.breaker import USUAL, Thresholds
from digest.outcomes import Accepted, Outcome, Refused, Rejected, Undeliverable

LEAST = 20  # answers before a share says anything
STREAK = 3  # refusals in a row that name our authentication: nothing that follows can go better
SPAN = 400  # answers; from there on all counts are halved, so that old ones fade
OTHERS = 5  # answers of the others before they clear the relay, and leave the fault with one provider
RELAY = "relay "  # a halt of a relay is kept beside those of the providers, under this and its name


@dataclass(frozen=True, slots=True)
class ProviderAnswers:
    """How we stand with a provider. *streak* counts refusals in a row that name authentication.

    *looked* says that a person let it go on: dead addresses are no reason to ask again.
    """

    answers: int = 0
    refused: int = 0
    dead: int = 0
    streak: int = 0
    looked: bool = False
    accepted: int = 0


def final(outcome: Outcome) -> bool:
    """Return whether *outcome* is the last word about a message; what is tried again says nothing yet."""
    return isinstance(outcome, Accepted | Rejected | Refused | Undeliverable)


def counted(before: ProviderAnswers, outcome: Outcome) -> ProviderAnswers:
    """Return the standing after *outcome*; what is not final, or about our mail alone, says nothing."""
    if not isinstance(outcome, Accepted | Rejected | Refused):
        return before
    answers, refused = before.answers + 1, before.refused + isinstance(outcome, Refused)
    dead = before.dead + (isinstance(outcome, Rejected) and outcome.dead)
    accepted = before.accepted + isinstance(outcome, Accepted)
    if answers >= SPAN:
        answers, refused, dead, accepted = answers // 2, refused // 2, dead // 2, accepted // 2
    streak = before.streak + 1 if names_authentication(outcome) else 0
    return ProviderAnswers(answers, refused, dead, streak, before.looked, accepted)


def verdict(standing: ProviderAnswers, limits: Thresholds = USUAL) -> str:
    """Return why nothing more should be sent there, or ""."""
    answers, refused, dead = standing.answers, standing.refused, standing.dead
    if standing.streak >= STREAK:
        return f"{standing.streak} answers in a row say that our mail is not authenticated"
    if answers >= limits.refused_tries and refused >= max(limits.events, limits.refused * answers):
        return f"{refused} of the last {answers} answers refuse us"
    if standing.looked:
        return ""
    if answers >= LEAST and 2 * standing.accepted < answers:
        return f"{standing.accepted} of the last {answers} mails were accepted"
    if answers >= limits.tries and dead >= limits.events and dead > limits.hard * answers:
        return (
            f"{dead} of the last {answers} addresses are said not to exist: "
            "the list is old, or the provider is ill"
        )
    return ""


class Tally:
    """The last answers of a relay, or of an edition: when fewer than half of twenty accept, something is wrong with us.

    After the first twenty, what is said of an address is left to its provider's standing: a part of a list may be
    old. So it is from the start where a person *looked*.
    """

    def __init__(self, looked: bool = False) -> None:
        self._last: deque[tuple[str, str, bool]] = deque(maxlen=LEAST)
        self._seen = LEAST if looked else 0

    def count(self, provider: str, relay: str, outcome: Outcome) -> str:
        """Take note of an answer; return why all this should stop, or ""."""
        if not final(outcome) or (self._seen >= LEAST and isinstance(outcome, Rejected)):
            return ""
        self._seen += 1
        full, taken = len(self._last) == LEAST, isinstance(outcome, Accepted)
        self._last.append((provider, relay, taken))
        if full and taken:
            return ""  # nearly always; it cannot have become worse
        accepted = sum(taken for _, _, taken in self._last)
        if len(self._last) < LEAST or 2 * accepted >= LEAST or self._of_one(0) or self._of_one(1):
            return ""
        return f"{accepted} of the last {LEAST} mails were accepted"

    @property
    def doubtful(self) -> bool:
        """Whether most of the last answers are no, and of more than one provider that others would clear."""
        accepted = sum(taken for _, _, taken in self._last)
        return len(self._last) >= OTHERS and 2 * accepted < len(self._last) and not self._of_one(0)

    def _of_one(self, by: int) -> bool:
        """Return whether a single provider (0) or relay (1) is at fault: the others take their mail."""
        worst, _ = Counter(one[by] for one in self._last if not one[2]).most_common(1)[0]
        others = [taken for *name, taken in self._last if name[by] != worst]
        return len(others) >= OTHERS and 2 * sum(others) >= len(others)


class Halts:
    """What one run knows: its own standings, and the providers that any run has halted for this edition.

    *looked* says that a person let this edition go on after fewer than half of its mails had been accepted.
    """

    def __init__(self, looked: bool = False, limits: Thresholds = USUAL) -> None:
        self.halted: set[str] = set()
        self._limits = limits
        self._looked = looked
        self._standings: dict[str, ProviderAnswers] = {}
        self._relays: dict[str, Tally] = {}
        self._edition = Tally(looked)
        self._told: frozenset[str] = frozenset()

    def count(self, provider: str, outcome: Outcome, relay: str = "") -> str:
        """Take note of an answer; return why the provider is halted from now on, "" when it is not or was already.

        A row that names no provider is a single mail, and leaves nobody alone. While one of several relays is
        doubtful, what it passes on halts no provider: the other relays may reach it.
        """
        if not provider:
            return ""
        before = self._standings.get(provider) or ProviderAnswers(looked=self._looked)
        after = self._standings[provider] = counted(before, outcome)
        if not isinstance(outcome, Refused | Rejected) or provider in self.halted:
            return ""
        if len(self._relays) > 1 and relay in self._relays and self._relays[relay].doubtful:
            return ""
        if why := verdict(after, self._limits):
            self.halted.add(provider)
            why = f"{why}; the last: {outcome.code} {outcome.reply}"
        return why

    def count_all(self, provider: str, relay: str, outcome: Outcome) -> tuple[str, str]:
        """Take note of the same answer; return why its relay is to stop, and why all are."""
        if not provider:
            return "", ""
        if relay not in self._relays:
            self._relays[relay] = Tally(self._looked)
        by_relay = self._relays[relay].count(provider, relay, outcome)
        by_all = self._edition.count(provider, relay, outcome)
        last = "" if isinstance(outcome, Accepted) else f"; the last: {words(outcome)}"
        return by_relay and by_relay + last, by_all and by_all + last

    def hear(self, halted: Collection[str]) -> None:
        """Take note of who is halted by now, whoever did it; one that a person let go on starts anew."""
        for provider in self._told.difference(halted):
            self._standings[provider] = ProviderAnswers(looked=True)
            self.halted.discard(provider)
        self._told = frozenset(halted)
        self.halted |= self._told


def words(outcome: Outcome) -> str:
    """Return an answer's code and words."""
    if isinstance(outcome, Undeliverable):
        return f"{outcome.code or ''} {outcome.why}".strip()
    return f"{outcome.code} {outcome.reply}" if isinstance(outcome, Accepted | Refused | Rejected) else ""
