"""What comes back: whether each webhook can believe its provider, and whether the mailbox for bounces opens."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from digest.app import App
from digest.config.feedback import PROVIDERS, Provider
from digest.delivery import mailbox
from digest.errors import DigestError
from digest.ops.findings import Finding, many
from digest.store.feedback import kept

PLACE = 10
LOOKED_BACK = timedelta(days=1)
_VARIABLES: Final = {
    "mailgun": "signing_key_file, or DIGEST_FEEDBACK__MAILGUN__SIGNING_KEY in the environment",
    "sendgrid": "public_key: SendGrid shows it as the Verification Key of the Signed Event Webhook",
}


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield what is known of each webhook, and of the mailbox; nothing is asked of its server when *offline*."""
    since = (app.now() - LOOKED_BACK).date()
    with app.db.read() as connection:
        refused = kept.counted(connection, kept.REFUSED, since)
    for name in PROVIDERS:
        settings: Provider | None = getattr(app.config.feedback, name)
        if settings is not None:
            yield from _webhook(app, name, settings, refused.get(name, 0))
    if app.config.feedback.imap is not None and not offline:
        yield _mailbox(app)


def _webhook(app: App, name: str, settings: Provider, refused: int) -> Iterator[Finding]:
    what = f"webhook {name}"
    if settings.missing:
        do = _VARIABLES.get(name) or (
            f"token_file, or DIGEST_FEEDBACK__{name.upper()}__TOKEN in the environment"
        )
        words = (
            f"[feedback.{name}] has no {settings.missing}, so nothing that {name} posts can be believed: its webhook "
            f"answers 404, and its bounces and complaints are lost. Set {do}"
        )
        yield Finding(what, False, words)
        return
    site = app.config.site.url
    if not site.startswith("https://"):
        words = f"site.url is {site}: {name} can reach it, and keep its secret, by https alone"
        yield Finding(what, True, words, note=True)
    else:
        yield Finding(what, True, f"{site}/feedback/{name}")
    if refused:
        words = (
            f"{many(refused, 'post')} refused since yesterday, for they did not prove to be from {name}. Where its own "
            f"events are missing, the secret is not the same on both sides; the log says why (feedback.refused)"
        )
        yield Finding(what, True, words, note=True)


def _mailbox(app: App) -> Finding:
    what = "mailbox for bounces"
    try:
        place, waiting = mailbox.waiting(app.config.feedback.imap)
    except DigestError as problem:
        return Finding(what, False, str(problem))
    return Finding(what, True, f"{place} opens; {many(waiting, 'unread mail')}")
