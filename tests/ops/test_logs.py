"""Events: where they go, and that nobody has to read them."""

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from digest.ops import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave structlog as the other tests expect it."""
    yield
    structlog.reset_defaults()


def test_events_go_to_standard_error_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    log = structlog.get_logger()
    logs.configure()
    for _ in range(2):
        monkeypatch.setattr(sys, "stderr", now := io.StringIO())
        log.info("edition", edition=7)
        assert json.loads(now.getvalue()) | {"timestamp": ""} == {
            "event": "edition", "edition": 7, "level": "info", "timestamp": "",
        }  # fmt: skip


def test_a_reader_of_events_who_is_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure()
    monkeypatch.setattr(sys, "stderr", gone := io.StringIO())
    gone.close()
    structlog.get_logger().warning("relay.trouble", relay="main")
