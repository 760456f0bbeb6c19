"""Tidy: what nobody confirmed, domains without a reader, single mails that ended, and old mails that came back go."""

from datetime import timedelta

from digest.app import App
from digest.store import auth_reports, outbox, providers
from digest.store.feedback import kept
from subscribers.api import PENDING_FOR, forget_unconfirmed

MAILS_KEPT = timedelta(days=7)  # to tell whether one went out, and that an alarm was raised already


def tidy(app: App) -> int:
    """Forget people who asked and never confirmed; return how many. Chunks keep the write lock short.

    A domain that still has readers is asked for again long before it is forgotten.
    """
    with app.db.write() as connection:
        providers.forget(connection, app.now() - 3 * providers.FRESH)
        outbox.clear(connection, app.now() - MAILS_KEPT)
        auth_reports.clear(connection, app.now())
        kept.clear(connection, app.now(), soft=app.config.feedback.soft_window)
    done = 0
    while True:
        with app.db.write() as connection:
            gone = forget_unconfirmed(connection, app.now() - PENDING_FOR)
        done += gone
        if not gone:
            break
    app.db.checkpoint()
    return done
