"""Who has which revision of an edition: what the desk, the report and the commands say, read from the ledger's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from digest.model import OPEN, DeliveryState, EditionState

GOT = frozenset({DeliveryState.SENT, DeliveryState.COMPLAINED})  # it arrived, as far as anybody can say
Done = Literal["done", "now", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A correction mail: which revision it brings, its words, and how many have it, of how many it goes to."""

    id: int
    revision: int
    subject: str
    words: str
    state: EditionState
    at: datetime
    got: int
    total: int


@dataclass(frozen=True, slots=True)
class Step:
    """One of the steps of a correction, in words, and whether it is *done*, to be done *now*, or *later*."""

    kind: Literal["mend", "send", "tell", ""]  # what a person has to do; "" is nothing but wait
    words: str
    done: Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """The rows of an edition by revision and state; *standing* is the revision that the edition has now."""

    standing: int
    state: EditionState
    begun: bool = False  # something of it has gone out
    rows: Mapping[int, Mapping[DeliveryState, int]] = field(default_factory=dict)
    told: Sequence[Told] = ()

    def of(self, revision: int) -> int:
        """Return how many readers have *revision*."""
        return sum(count for state, count in self.rows.get(revision, {}).items() if state in GOT)

    @property
    def have(self) -> dict[int, int]:
        """How many readers have which revision, the one that stands always among them."""
        numbers = {revision for revision in self.rows if self.of(revision)} | {self.standing}
        return {revision: self.of(revision) for revision in sorted(numbers)}

    @property
    def got(self) -> int:
        """How many readers have a revision before the one that stands."""
        return sum(count for revision, count in self.have.items() if revision < self.standing)

    @property
    def waiting(self) -> int:
        """How many rows have nothing yet, and will get the revision that stands then."""
        return sum(
            count
            for states in self.rows.values()
            for state, count in states.items()
            if state in OPEN and state is not DeliveryState.HANDED
        )

    @property
    def unanswered(self) -> int:
        """How many mails of an earlier revision are in a relay's hands, the answer awaited."""
        return self._earlier(DeliveryState.HANDED)

    @property
    def unknown(self) -> int:
        """For how many of an earlier revision nobody can say whether it arrived."""
        return self._earlier(DeliveryState.UNKNOWN)

    def _earlier(self, state: DeliveryState) -> int:
        return sum(each.get(state, 0) for revision, each in self.rows.items() if revision < self.standing)

    @property
    def states(self) -> dict[DeliveryState, int]:
        """How many rows are in which state, whatever their revision."""
        found: dict[DeliveryState, int] = {}
        for each in self.rows.values():
            for state, count in each.items():
                found[state] = found.get(state, 0) + count
        return {state: found[state] for state in DeliveryState if found.get(state)}

    @property
    def corrected(self) -> bool:
        """Whether this edition was stopped and corrected, or is being corrected now."""
        stopped = self.begun and self.state in (EditionState.DRAFT, EditionState.APPROVED)
        return stopped or self.got > 0 or bool(self.told)

    @property
    def words(self) -> str:
        """Who has what: "r4: 20, r5: 0, correction: 20"; "" for an edition that never was corrected."""
        if not self.corrected:
            return ""
        parts = [f"r{revision}: {count:,}" for revision, count in self.have.items()]
        parts += [f"correction: {sum(one.got for one in self.told):,}"] if self.told else []
        return ", ".join(parts)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of a correction in order; none where all is done, or nothing is corrected."""
        if not self.corrected or self.state is EditionState.CANCELLED:
            return ()
        mended = self.state is not EditionState.DRAFT
        steps = [
            Step("mend", "Mend it and approve it", "done" if mended else "now"),
            self._rest(),
            self._telling(),
        ]
        found = tuple(step for step in steps if step is not None)
        return found if any(step.done != "done" for step in found) else ()

    def _rest(self) -> Step | None:
        """The step of those who have nothing yet; None where nobody waits."""
        if self.state is EditionState.DRAFT:
            return Step("send", "Send it to those who wait", "later") if self.waiting else None
        if self.state is EditionState.APPROVED:
            words = f"Send revision {self.standing} to {_readers(self.waiting)} who {_wait(self.waiting)}"
            return Step("send", words, "now") if self.waiting else None
        if self.state is EditionState.SENT:
            return None
        return Step(
            "", f"Revision {self.standing} goes to those who wait: {self.state}, {self.waiting:,} left", "now"
        )

    def _telling(self) -> Step | None:
        """The step of those who got a wrong one; None where nobody did."""
        if self.state is EditionState.DRAFT:
            return Step("tell", "Tell those who got it", "later") if sum(self.have.values()) else None
        if not self.got and not self.unanswered:
            return None
        mail = next((one for one in self.told if one.revision == self.standing), None)
        if mail is None:
            return Step("tell", f"Tell {_readers(self.got)} who got an earlier one", "now")
        words = f"The correction goes to {_readers(self.got)} who got an earlier one: {mail.got:,} have it"
        return Step("", words, "done" if mail.state is EditionState.SENT else "now")


def _readers(count: int) -> str:
    return f"the {count:,} readers" if count != 1 else "the one reader"


def _wait(count: int) -> str:
    return "wait" if count != 1 else "waits"
