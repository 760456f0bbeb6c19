"""The breaker: from all that is known of an edition's mails, late reports too, whether a provider or everybody is left.

Pure. What one run hears on the line is counted in `halts.py` as it comes; this looks at the rows every few seconds, so
that bounces and complaints that come later, and what an earlier run heard, count as well.

Why: docs/feedback.md, "Defence".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from digest.config.schema import Breaker


class Trip(StrEnum):
    """Why the breaker stops."""

    HARD = "hard"
    COMPLAINTS = "complaints"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Shares that are too much, each of at least *events* in *tries* mails, for refusals in *refused_tries*."""

    hard: float = 0.02
    complaints: float = 0.001
    refused: float = 0.05
    events: int = 5
    tries: int = 100
    refused_tries: int = 20

    @classmethod
    def of(cls, settings: Breaker) -> "Thresholds":
        """Return what the configuration allows."""
        return cls(
            hard=settings.bounces,
            complaints=settings.complaints,
            refused=settings.refusals,
            events=settings.events,
            tries=settings.tries,
            refused_tries=min(20, settings.tries),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Mails of an edition: how many have an answer, and of these how many came to what. *words*: the last answers."""

    tries: int = 0
    hard: int = 0
    complaints: int = 0
    refused: int = 0
    words: str = ""

    @property
    def events(self) -> int:
        """The most frequent of what is bad."""
        return max(self.hard, self.complaints, self.refused)


USUAL = Thresholds()


def tripped(counts: Counts, limits: Thresholds = USUAL, *, looked: bool = False) -> Trip | None:
    """Return what there is too much of, or None. *looked*: a person has let it go on in spite of dead addresses."""
    tries, events = counts.tries, limits.events
    if tries >= limits.refused_tries and counts.refused >= max(events, limits.refused * tries):
        return Trip.REFUSED
    if tries < limits.tries:
        return None
    if counts.complaints >= events and counts.complaints > limits.complaints * tries:
        return Trip.COMPLAINTS
    if not looked and counts.hard >= events and counts.hard > limits.hard * tries:
        return Trip.HARD
    return None


@dataclass(frozen=True, slots=True)
class Stop:
    """That a provider, or everybody, is left alone: of what there is too much, and in words how much."""

    trip: Trip
    why: str

    @property
    def cause(self) -> str:
        """What most likely lies behind it, and what to do."""
        return CAUSES[self.trip]


def judged(
    by_provider: Mapping[str, Counts],
    halted: Collection[str],
    limits: Thresholds = USUAL,
    *,
    looked: bool = False,
) -> dict[str, Stop]:
    """Return whom to leave alone from now on, and why; under "" why everybody is.

    Everybody is left where several providers, none of which is left by itself, together have too many dead addresses
    or complaints. Refusals are each provider's own.
    """
    found: dict[str, Stop] = {}
    rest: list[Counts] = []
    for provider, counts in by_provider.items():
        if provider in halted:
            continue
        if trip := tripped(counts, limits, looked=looked):
            found[provider] = Stop(trip, _why(trip, counts, limits))
        else:
            rest.append(counts)
    whole = Counts(
        tries=sum(one.tries for one in rest),
        hard=sum(one.hard for one in rest),
        complaints=sum(one.complaints for one in rest),
    )
    if trip := tripped(whole, limits, looked=looked):
        found[""] = Stop(trip, _why(trip, whole, limits))
    return found


def _why(trip: Trip, counts: Counts, limits: Thresholds) -> str:
    number, share, said = {
        Trip.HARD: (counts.hard, limits.hard, "addresses are dead"),
        Trip.COMPLAINTS: (counts.complaints, limits.complaints, "readers complained"),
        Trip.REFUSED: (counts.refused, limits.refused, "mails were refused"),
    }[trip]
    seen = 100 * number / counts.tries
    words = f"; the last: {counts.words}" if counts.words and trip is not Trip.COMPLAINTS else ""
    return f"{number:,} of {counts.tries:,} {said} ({seen:.2f} %, at most {100 * share:g} % may){words}"


CAUSES = {
    Trip.HARD: "The list is old, or a part of it: look at the last import, and at when these readers were last written"
    " to.\nWhere the provider is ill and calls living addresses dead, wait for it to be well again.",
    Trip.COMPLAINTS: "Readers did not expect this mail, or could not find the way out: look at how they came onto the"
    " list\n(the last import, an unguarded form), at what is new in this edition, and whether its unsubscribe link is"
    "\neasy to see. Who complained is off the list already.",
    Trip.REFUSED: "They refuse us, not the reader: SPF, DKIM or DMARC do not hold, or our server, domain or a link is"
    " blocked.\ndigest doctor looks at these.",
}
