"""Watch the sources: what each reading says of a source's health is kept, and a person is told of trouble, once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from digest.app import App
from digest.articles import health
from digest.articles.clean import Draft
from digest.articles.health import Facts, Trouble
from digest.articles.reading import Document
from digest.flows.notify.alarms import unplaced
from digest.flows.notify.queue import queue
from digest.store import source_health
from digest.store.intake import Taken
from digest.store.sources import SourceState


def read(
    app: App,
    connection: Connection,
    state: SourceState,
    document: Document | None,
    drafts: Sequence[Draft],
    taken: Taken,
    now: datetime,
) -> None:
    """Keep what a reading says of the source's health, in the reading's transaction; None is an unchanged document."""
    known = source_health.of(connection, state.id)
    if document is not None:
        known = health.after(known, facts(document, drafts, taken), now)
        source_health.keep(connection, state.id, known)
    for trouble in source_health.troubles(connection, state.id, known, now):
        _tell(app, connection, state.name, trouble)


def facts(document: Document, drafts: Sequence[Draft], taken: Taken) -> Facts:
    """Return what a document was, with what became of its items."""
    return Facts(
        form=document.form,
        seen=len(document.items),
        undated=sum(draft.published is None for draft in drafts),
        unpictured=len(document.items) - sum(draft.picture is not None for draft in drafts),
        new=len(taken.new_items),
    )


def failed(
    app: App,
    connection: Connection,
    state: SourceState,
    failures: int,
    error: str,
    now: datetime,
    *,
    gone: bool,
) -> None:
    """Tell of a source that could not be read for a day, or that its publisher has taken away, in the transaction."""
    if gone:
        _tell(
            app,
            connection,
            state.name,
            Trouble(kind="gone", since=now, words="its publisher has taken it away"),
        )
    elif trouble := health.failing(failures, state.last_ok, error, now):
        _tell(app, connection, state.name, trouble)


def _tell(app: App, connection: Connection, name: str, trouble: Trouble) -> None:
    """Queue the alarm; its key is the same for as long as the trouble lasts, so that it goes out once."""
    source = app.config.sources.get(name)
    text = (
        f"{trouble.words[:1].upper()}{trouble.words[1:]}.\n\n"
        f"Its address: {source.url if source else '-'}\n"
        f"How all sources are doing: {app.config.site.url}/sources, or digest sources\n"
    )
    key = f"source {name} {trouble.kind} {trouble.since:%Y%m%d%H%M}"
    subject = f"The source {name}: {trouble.words[:120]}"
    queue(app, connection, unplaced(app, kind="source", key=key, subject=subject, text=text))
