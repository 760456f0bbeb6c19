"""The relays of the configuration as ways out; a transport is found by its file's name."""

from collections.abc import Mapping

from digest import plugins
from digest.app import App
from digest.delivery import transports
from digest.delivery.route import Route
from digest.delivery.transports import Transport


def routes(app: App, relays: Mapping[str, Transport] | None = None) -> list[Route]:
    """Return a route for each relay in its order, or for each of *relays* in their place."""
    if relays is not None:
        return [Route(name=name, transport=transport) for name, transport in relays.items()]
    return [
        Route(
            name=name,
            transport=plugins.load(transports, relay.transport).transport(relay, name),
            rate=relay.rate,
            backup=relay.backup,
        )
        for name, relay in app.config.relays.items()
    ]
