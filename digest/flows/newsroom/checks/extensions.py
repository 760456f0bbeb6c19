"""The extensions: whether each of the newsroom's own, and each installed one, can be used."""

from collections.abc import Iterator

from digest.app import App
from digest.contracts import trial
from digest.ops.findings import Finding

PLACE = 2


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield a line for each extension; none where there is none."""
    yield from trial.loaded(app.config.site.extensions)
