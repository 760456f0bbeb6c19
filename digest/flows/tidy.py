"""Tidy: what nobody needs any more goes: sign-ups that were never confirmed, domains without a reader."""

from digest.app import App
from digest.store import providers
from subscribers import rules
from subscribers.store.erasure import forget_unconfirmed


def tidy(app: App) -> int:
    """Forget people who asked and never confirmed; return how many. Chunks keep the write lock short.

    A domain that still has readers is asked for again long before it is forgotten.
    """
    with app.db.write() as connection:
        providers.forget(connection, app.now() - 3 * providers.FRESH)
    done = 0
    while True:
        with app.db.write() as connection:
            gone = forget_unconfirmed(connection, app.now() - rules.PENDING_FOR)
        done += gone
        if not gone:
            return done
