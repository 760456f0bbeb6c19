"""The relays: does each answer?"""

import socket
from collections.abc import Iterator

from digest.app import App
from digest.config.schema import Relay
from digest.flows.checks import Finding

PLACE = 9
SECONDS = 5


def look(app: App, offline: bool) -> Iterator[Finding]:
    """Yield, for each relay, whether it answers."""
    for name, relay in app.config.relays.items():
        yield _relay(name, relay)


def _relay(name: str, relay: Relay) -> Finding:
    if relay.transport != "smtp":
        return Finding(f"relay {name}", True, relay.transport)
    address = f"{relay.host}:{relay.port}"
    try:
        with socket.create_connection((relay.host, relay.port), timeout=SECONDS):
            return Finding(f"relay {name}", True, f"{address} answers")
    except OSError as problem:
        words = f"{address} does not answer ({problem}); is relays.{name}.host right?"
        return Finding(f"relay {name}", False, words)
