"""When a provider is left alone: it refuses us, or declares one address after the other dead. Pure.

Counted are the final answers about a message, by who receives for its reader. What is counted fades, so a
provider that turns away late in a long run is noticed as soon as one that does so at its start.
"""

from collections.abc import Collection
from dataclasses import dataclass

from digest.delivery.blame import names_authentication
from digest.outcomes import Accepted, Outcome, Refused, Rejected

LEAST = 20  # answers before a share says anything
EVENTS = 5  # refusals at least: one of twenty may be a tenant's own rule
SHARE = 0.05
TRIES, DEAD = 100, 0.02  # of so many answers at least, more of them naming addresses that do not exist
STREAK = 3  # refusals in a row that name our authentication: nothing that follows can go better
SPAN = 400  # answers; from there on all counts are halved, so that old ones fade


@dataclass(frozen=True, slots=True)
class Standing:
    """How we stand with a provider. *streak* counts refusals in a row that name authentication.

    *looked* says that a person let it go on: dead addresses are no reason to ask again.
    """

    answers: int = 0
    refused: int = 0
    dead: int = 0
    streak: int = 0
    looked: bool = False


def counted(before: Standing, outcome: Outcome) -> Standing:
    """Return the standing after *outcome*; what is not final says nothing."""
    if not isinstance(outcome, Accepted | Rejected | Refused):
        return before
    answers, refused = before.answers + 1, before.refused + isinstance(outcome, Refused)
    dead = before.dead + (isinstance(outcome, Rejected) and outcome.dead)
    if answers >= SPAN:
        answers, refused, dead = answers // 2, refused // 2, dead // 2
    streak = before.streak + 1 if names_authentication(outcome) else 0
    return Standing(answers, refused, dead, streak, before.looked)


def verdict(standing: Standing) -> str:
    """Return why nothing more should be sent there, or ""."""
    if standing.streak >= STREAK:
        return f"{standing.streak} answers in a row say that our mail is not authenticated"
    if (
        standing.answers >= LEAST
        and standing.refused >= EVENTS
        and standing.refused >= SHARE * standing.answers
    ):
        return f"{standing.refused} of the last {standing.answers} answers refuse us"
    if (
        not standing.looked
        and standing.answers >= TRIES
        and standing.dead >= EVENTS
        and standing.dead > DEAD * standing.answers
    ):
        return (
            f"{standing.dead} of the last {standing.answers} addresses are said not to exist: "
            "the list is old, or the provider is ill"
        )
    return ""


class Halts:
    """What one run knows: its own standings, and the providers that any run has halted for this edition."""

    def __init__(self) -> None:
        self.halted: set[str] = set()
        self._standings: dict[str, Standing] = {}
        self._told: frozenset[str] = frozenset()

    def count(self, provider: str, outcome: Outcome) -> str:
        """Take note of an answer; return why the provider is halted from now on, "" when it is not or was already.

        A row that names no provider is a single mail, and leaves nobody alone.
        """
        if not provider:
            return ""
        before = self._standings.get(provider, Standing())
        after = self._standings[provider] = counted(before, outcome)
        if not isinstance(outcome, Refused | Rejected) or provider in self.halted:
            return ""
        if why := verdict(after):
            self.halted.add(provider)
            why = f"{why}; the last: {outcome.code} {outcome.reply}"
        return why

    def hear(self, halted: Collection[str]) -> None:
        """Take note of who is halted by now, whoever did it; one that a person let go on starts anew."""
        for provider in self._told.difference(halted):
            self._standings[provider] = Standing(looked=True)
            self.halted.discard(provider)
        self._told = frozenset(halted)
        self.halted |= self._told
