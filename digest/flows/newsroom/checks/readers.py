"""The readers: whether every newsletter that has some is in the configuration."""

from collections.abc import Iterator

from digest.app import App
from digest.ops.findings import Finding, many
from subscribers.api import count_subscriptions

PLACE = 4


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield each newsletter that the database has readers of and the configuration does not name."""
    with app.db.read() as connection:
        counts = count_subscriptions(connection, at=app.now())
    for count in counts:
        if count.newsletter in app.config.newsletters:
            continue
        waiting = count.reachable + count.paused
        if not waiting:
            rest = many(count.ended + count.pending, "reader")
            words = f"is not in the configuration; none of its {rest} would get it"
            yield Finding(f"newsletter {count.newsletter}", True, words, note=True)
            continue
        words = (
            f"{many(waiting, 'reader')} of {count.newsletter} get nothing, for it is not in the configuration. Was it "
            f"renamed? digest subscribers move-list {count.newsletter} NEW"
        )
        yield Finding(f"readers of {count.newsletter}", False, words)
