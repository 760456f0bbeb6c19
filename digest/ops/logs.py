"""Logs: one JSON object a line on standard error; ids, never addresses."""

import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


class _Stderr:
    """Standard error as it is at the moment. Whoever reads it may be gone: no send ends because of that."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def configure() -> None:
    """Send events to standard error: as JSON, or readable where that is a terminal."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if terminal else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if terminal
            else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Stderr())),
    )
