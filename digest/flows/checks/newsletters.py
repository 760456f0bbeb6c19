"""The newsletters: templates, texts and signatures, tried with an edition made of nothing."""

from collections.abc import Iterator

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions.sample import sample
from digest.errors import DigestError
from digest.flows.checks import Finding
from digest.flows.signing import signer
from digest.messages import render

PLACE = 3


def look(app: App, offline: bool) -> Iterator[Finding]:
    """Yield, for each newsletter, whether its mail can be made, and who signs it."""
    for name, newsletter in app.config.newsletters.items():
        yield _look_of(app, name, newsletter)
        yield _signature(app, name, newsletter)


def _look_of(app: App, name: str, newsletter: Newsletter) -> Finding:
    what = f"newsletter {name}"
    try:
        edition = sample(name, newsletter, app.now())
        render.rendered(edition, newsletter, app.config.site, nonce="0123456789abcdef")
    except DigestError as problem:
        return Finding(what, False, str(problem))
    return Finding(what, True, f"template {newsletter.look.template} and its texts compile")


def _signature(app: App, name: str, newsletter: Newsletter) -> Finding:
    what = f"signature of {name}"
    try:
        seals = signer(app, newsletter)
    except DigestError as problem:
        return Finding(what, False, str(problem))
    if seals is None:
        return Finding(what, True, "the relay's")
    return Finding(what, True, "; ".join(f"ours, {key.algorithm} by {key.name}" for key in seals.keys))
