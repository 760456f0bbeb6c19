"""The configuration of this installation: loaded with the names that are installed, its templates tried."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import digest.articles.sources
import digest.delivery.transports
import digest.stories.signals
from digest import config, plugins
from digest.config import Config, Installed
from digest.config.lines import Path as Key
from digest.editions import sample, subject
from digest.errors import TemplateError


def load(file: Path) -> Config:
    """Return the configuration in *file*; raise ConfigError with every fault, by name and line."""
    installed = Installed(
        sources=plugins.names(digest.articles.sources),
        transports=plugins.names(digest.delivery.transports),
        signals=plugins.names(digest.stories.signals),
    )
    return config.load(file, installed, _failing_texts)


def _failing_texts(loaded: Config) -> Iterator[tuple[Key, TemplateError]]:
    """Yield subjects and preheaders that fail, tried with stories made of nothing."""
    now = datetime(2026, 3, 4, 6, tzinfo=UTC)
    stories = sample.stories(["top"] * 8, now)
    for name, newsletter in loaded.newsletters.items():
        for key, made in (("subject", subject.subject), ("preheader", subject.preheader)):
            try:
                made(name, newsletter, stories, now.date())
            except TemplateError as problem:
                yield ("newsletters", name, key), problem
