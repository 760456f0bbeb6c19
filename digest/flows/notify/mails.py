"""Mails to one reader, as the readers' pages ask for them."""

from typing import TYPE_CHECKING

from digest.app import App
from digest.model import Audience, Notice

if TYPE_CHECKING:
    from subscribers.api import SendMail


def to_readers(app: App) -> "SendMail":
    """Return what the readers' pages are given to send with: it queues one mail, in a transaction of its own."""

    def send(*, kind: str, key: str, newsletter: str, to: str, subject: str, text: str, html: str) -> None:
        notice = Notice(
            kind=kind,
            key=key,
            newsletter=newsletter,
            audience=Audience.READER,
            subject=subject,
            text=text,
            html=html,
            to=(to,),
        )
        with app.db.write() as connection:
            app.notify(connection, notice)

    return send
