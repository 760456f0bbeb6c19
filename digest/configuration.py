"""The configuration of this installation: loaded with the names that are installed, its templates tried."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from digest import config, plugins
from digest.config import Config, Installed
from digest.config.lines import Path as Key
from digest.editions import sample, subject
from digest.errors import TemplateError
from digest.stories.rank import GONE


def load(file: Path) -> Config:
    """Return the configuration in *file*, and use its extensions from now on; raise ConfigError with every fault."""
    loaded = config.load(file, _installed, _failing_texts)
    plugins.use(loaded.site.extensions)
    return loaded


def _installed(extensions: Path | None) -> Installed:
    known = plugins.known
    return Installed(
        sources=known("sources", extensions),
        transports=known("transports", extensions),
        signals=replace(known("signals", extensions), gone=tuple(GONE)),
    )


def _failing_texts(loaded: Config) -> Iterator[tuple[Key, TemplateError]]:
    """Yield subjects and preheaders that fail, tried with stories made of nothing."""
    now = datetime(2026, 3, 4, 6, tzinfo=UTC)
    stories = sample.stories(["top"] * 8, now)
    for name, newsletter in loaded.newsletters.items():
        for key, made in (("subject", subject.subject), ("preheader", subject.preheader)):
            try:
                made(newsletter, stories, now.date())
            except TemplateError as problem:
                yield ("newsletters", name, key), problem
