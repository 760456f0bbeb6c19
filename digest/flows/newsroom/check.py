"""Check: is everything there that a send would need? Nothing is sent, no relay is given a message."""

from digest import plugins
from digest.app import App
from digest.flows.newsroom import checks
from digest.ops.findings import Finding


def check(app: App, *, offline: bool = False) -> list[Finding]:
    """Return what was found, a line for each thing that a send needs, in the order of the checks.

    *offline* leaves out whatever asks a machine of others: the sources are not read.
    """
    found = [plugins.load(checks, name) for name in plugins.names(checks)]
    found.sort(key=lambda one: one.PLACE)
    return [finding for one in found for finding in one.examine(app, offline)]
