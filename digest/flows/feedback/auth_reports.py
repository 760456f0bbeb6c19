"""Take the DMARC and TLS reports that a mail brings, once each; only those about domains that we send from."""

from digest.app import App
from digest.config.schema import Config
from digest.delivery import auth_reports as reading
from digest.store import auth_reports


def take(app: App, raw: bytes) -> str | None:
    """Return what was taken of the mail *raw*, in words; None where it brings no report about us.

    A report that was taken before changes nothing. Raises what the database raises: then nothing was done.
    """
    found = [report for report in reading.read(raw) if is_ours(app.config, report.domain)]
    if not found:
        return None
    with app.db.write() as connection:
        if auth_reports.crowded(connection, app.now()):
            return "more reports came today than are kept"
        new = [auth_reports.keep(connection, report, app.now()) for report in found]
    report = found[0]
    words = f"{report.kind} report of {report.reporter or 'nobody named'} about {report.domain}"
    return words if any(new) else f"{words}: it was taken before"


def is_ours(config: Config, domain: str) -> bool:
    """Return whether mails from *domain* may be ours: one that we send from or to, or one above or below it."""
    senders = (newsletter.sender for newsletter in config.newsletters.values())
    own = {name for sender in senders for name in (sender.domain, sender.bounce_domain)}
    return "." in domain and any(
        domain == one or one.endswith(f".{domain}") or domain.endswith(f".{one}") for one in own
    )
