"""The relays of the configuration as ways out; a transport is found by its file's name."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping

from digest import plugins
from digest.config.schema import Relay
from digest.delivery import transports
from digest.delivery.route import Route
from digest.delivery.transports import Mark, Transport
from digest.errors import DigestError, RelayError
from digest.model import Message
from digest.outcomes import Outcome


def routes(relays: Mapping[str, Relay], instead: Mapping[str, Transport] | None = None) -> list[Route]:
    """Return a route for each of *relays* in its order, or for each transport of *instead*."""
    if instead is not None:
        return [Route(name=name, transport=transport) for name, transport in instead.items()]
    return [
        Route(
            name=name,
            transport=transport(relay, name),
            rate=relay.rate,
            backup=relay.backup,
        )
        for name, relay in relays.items()
    ]


def transport(relay: Relay, name: str) -> Transport:
    """Return the way out that *relay* names; where it cannot be had, one that says so and takes nothing."""
    try:
        made: Transport = plugins.load(transports, relay.transport).transport(relay, name)
    except DigestError as fault:
        return _Unusable(RelayError(str(fault), where=f"relays.{name}"))
    except Exception as fault:  # whatever an extension can raise
        if not plugins.extends(transports, relay.transport):
            raise
        words = f"its transport {relay.transport} cannot begin: {type(fault).__name__}: {fault}"
        return _Unusable(RelayError(" ".join(words.split()), where=f"relays.{name}", do=TRY))
    if not hasattr(made, "send"):
        return _Unusable(
            RelayError(f"its transport {relay.transport} has no send", where=f"relays.{name}", do=TRY)
        )
    return made


TRY = "`digest check --extensions` says more."


class _Unusable:
    """A relay that needs a person: the others carry on."""

    def __init__(self, why: RelayError) -> None:
        self._why = why

    async def send(
        self, messages: AsyncIterator[Message], mark: Mark
    ) -> AsyncGenerator[tuple[int, Outcome], None]:
        """Raise RelayError before a message is asked for."""
        outcomes: tuple[tuple[int, Outcome], ...] = ()
        for one in outcomes:
            yield one
        raise self._why
