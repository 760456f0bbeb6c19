"""The pace of sending, changed while it runs: every process obeys within a second, whoever set it."""

from dataclasses import dataclass

from digest.app import App
from digest.errors import DigestError
from digest.store import paces


@dataclass(frozen=True, slots=True)
class Set:
    """What holds for a relay, or for `all` together: messages a second, 0 is no limit."""

    name: str
    rate: float
    configured: float


def set_pace(app: App, name: str, rate: float | None) -> None:
    """Let the relay *name*, or `all` together, take *rate* messages a second; None is what the configuration says."""
    if name != paces.ALL and name not in app.config.relays:
        raise DigestError(
            f"there is no relay {name!r}",
            where="relays",
            do=f"There are: {', '.join(app.config.relays)}, all.",
        )
    with app.db.write() as connection:
        paces.set_rate(connection, name, rate)


def current(app: App) -> list[Set]:
    """Return the pace of each relay, and of all together."""
    with app.db.read() as connection:
        changed = paces.rates(connection)
    configured = {name: relay.rate for name, relay in app.config.relays.items()} | {paces.ALL: 0.0}
    return [Set(name, changed.get(name, rate), rate) for name, rate in configured.items()]
