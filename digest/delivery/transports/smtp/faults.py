"""Whether a relay can be used at all, by what became of our mails there. Pure."""

from digest.outcomes import Accepted, Outcome, Throttled, Unknown

STRIKES = 3  # answers to MAIL in a row that refuse us for good
FORGIVEN = 0.1  # of a mail without an answer, by each one that is accepted


class Faults:
    """The refusals in a row, and the mails that were lost without an answer."""

    def __init__(self, connections: int) -> None:
        self._connections = connections  # as many as we may have
        self._strikes = 0
        self._unknown = 0.0

    def note(self, outcome: Outcome, lines: int) -> str:
        """Return why the relay needs a person, "" while it does not; *lines* are the connections that are open."""
        if isinstance(outcome, Accepted):
            self._strikes = 0
            self._unknown = max(0.0, self._unknown - FORGIVEN)
        elif isinstance(outcome, Throttled) and outcome.relay and outcome.code >= 500:
            self._strikes += 1
            if self._strikes >= STRIKES * max(1, lines):
                return f"refuses us: {outcome.code} {outcome.reply}"
        elif isinstance(outcome, Unknown):
            self._unknown += 1
            if self._unknown > 2 * self._connections + STRIKES:
                return f"takes messages and drops the line without an answer: {outcome.why}"
        return ""
