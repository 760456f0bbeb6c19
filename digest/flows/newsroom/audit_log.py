"""Acts that a person does without a flow of its own to write them down: one row of the audit each."""

from digest.app import App
from digest.store.accounts import audit


def noted(app: App, by: str, act: str, about: str = "", *, edition: int = 0) -> None:
    """Write into the audit that *by* did *act*."""
    with app.db.write() as connection:
        audit.record(connection, app.now(), by, act, about, edition=edition)
