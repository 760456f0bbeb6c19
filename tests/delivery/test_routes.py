"""A relay whose transport cannot be had says so and takes nothing; the others carry on."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from digest import plugins
from digest.config.schema import Relay
from digest.delivery.routes import routes, transport
from digest.errors import PluginError, RelayError
from digest.model import Message

RELAY = Relay(host="127.0.0.1", transport="pigeon", rate=3, backup=True)


class Ready:
    """A transport that could send."""

    def send(self, messages: Any, mark: Any) -> None:
        """Never asked here."""


def said(made: Any) -> str:
    """Return what a transport raises before it asks for a message."""

    async def none() -> AsyncIterator[Message]:
        raise AssertionError("it asked for a message")
        yield

    async def scenario() -> None:
        async for _ in made.send(none(), None):
            raise AssertionError("it had an outcome")

    with pytest.raises(RelayError) as fault:
        asyncio.run(scenario())
    return str(fault.value)


def given(monkeypatch: pytest.MonkeyPatch, begin: Any, *, extension: bool = True) -> None:
    """Let every transport's file be one that begins as *begin* does."""
    monkeypatch.setattr(plugins, "load", lambda kind, name: SimpleNamespace(transport=begin))
    monkeypatch.setattr(plugins, "extends", lambda kind, name: extension)


def raises(fault: Exception) -> Any:
    def begin(relay: Relay, name: str) -> None:
        raise fault

    return begin


def test_a_transport_that_is_missing_says_where_it_is_named() -> None:
    assert "relays.main" in said(transport(RELAY, "main"))
    assert "pigeon" in said(transport(RELAY, "main"))


def test_an_extension_that_cannot_begin_stops_its_own_relay_only(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, raises(ValueError("no\n  loft")))
    words = said(transport(RELAY, "main"))
    assert words.startswith("relays.main: its transport pigeon cannot begin: ValueError: no loft")
    assert "digest check --extensions" in words


def test_a_fault_of_our_own_transport_is_no_relays(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, raises(ValueError("ours")), extension=False)
    with pytest.raises(ValueError, match="ours"):
        transport(RELAY, "main")


def test_an_extensions_own_words_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, raises(PluginError("the loft is closed")))
    assert said(transport(RELAY, "main")) == "relays.main: the loft is closed"


def test_what_cannot_send_is_no_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, lambda relay, name: object())
    assert "has no send" in said(transport(RELAY, "main"))


def test_a_route_has_what_its_relay_says(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, lambda relay, name: Ready())
    first, second = routes({"a": RELAY, "b": Relay(host="127.0.0.1")})
    assert (first.name, first.rate, first.backup) == ("a", 3, True)
    assert (second.name, second.backup) == ("b", False)
    ready = Ready()
    (only,) = routes({"a": RELAY}, {"test": ready})  # type: ignore[dict-item]
    assert (only.name, only.transport) == ("test", ready)
