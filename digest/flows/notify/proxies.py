"""The alarm about a proxy in front that the configuration does not name, or that does not say for whom it asks."""

from functools import partial

import structlog
from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError

from digest.app import App
from digest.errors import DigestError

log = structlog.get_logger()


async def alarm(app: App, why: str, peer: str) -> bool:
    """Say once a month that limits by network are off, and how to mend it; False where it could not be said now."""
    log.warning("proxy.unnamed", peer=peer, why=why)
    try:
        await to_thread.run_sync(partial(_alarm, app, why, peer))
    except (DigestError, SQLAlchemyError) as problem:
        log.warning("proxy.alarm_failed", why=str(problem))
        return False
    return True


def _alarm(app: App, why: str, peer: str) -> None:
    subject = f"Readers come through {why}"
    text = (
        f"A form was sent by {peer}, which is {why}: for all we know it speaks for every reader. Limits by network\n"
        "would shut all of them out together, so they are off: sign-ups are limited by address, by domain and in\n"
        "total, sign-ins by account.\n\n"
        "If it is your web server: name it in the configuration, and let it say for whom it asks:\n\n"
        f'[web]\nproxies = ["{peer}"]\n\n'
        "nginx: proxy_set_header X-Forwarded-For $remote_addr;   (Caddy does it by itself)\n\n"
        "If you have none, somebody forged the header; then nothing is to be done. To look: digest doctor\n"
    )
    key = f"proxy {app.now():%Y-%m}"
    app.alert(kind="proxy", key=key, subject=subject, text=text)
