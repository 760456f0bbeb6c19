"""The pages: what is in front of them, and whether somebody can sign in."""

from collections.abc import Iterator

from digest.app import App
from digest.hosts import is_loopback, name_of
from digest.ops.findings import Finding
from digest.store.accounts import users

PLACE = 4


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield whether the proxy that a public site has in front of it is named, and whether there is an admin."""
    site, named = app.config.site.url, app.config.web.proxies
    if named or is_loopback(name_of(site)):
        words = f"{site}, through {', '.join(named)}" if named else f"{site}, on this machine only"
        yield Finding("web", True, words)
    else:
        words = (
            f"site.url is {site}, and web.proxies names no proxy: limits by network are off for whatever comes through "
            'one. Name your web server, e.g. [web] proxies = ["127.0.0.1"], and let it set X-Forwarded-For; '
            "`digest doctor` tries it"
        )
        yield Finding("web", True, words, note=True)
    with app.db.read() as connection:
        nobody = not users.exist(connection)
    if nobody:
        words = "nobody can sign in yet: `digest init` prints a link that makes the first admin"
        yield Finding("desk", True, words, note=True)
