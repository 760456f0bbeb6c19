"""The sources: is there a reader for each kind?"""

from collections.abc import Iterator

from digest import plugins
from digest.app import App
from digest.articles import sources
from digest.errors import DigestError
from digest.flows.checks import Finding

PLACE = 2


def look(app: App, offline: bool) -> Iterator[Finding]:
    """Yield a finding for each source that cannot be read."""
    for name, source in app.config.sources.items():
        try:
            plugins.load(sources, source.kind)
        except (DigestError, ImportError) as problem:
            yield Finding(f"source {name}", False, str(problem))
