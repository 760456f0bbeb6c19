"""Lead pictures: which are still to be fetched, what came of them, and our crops as files by content hash."""

import hashlib
import os
import tempfile
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from digest.articles.urls import digest
from digest.store.articles import chunks
from digest.store.schema import article_versions as versions
from digest.store.schema import articles, pictures, sightings, sources

RETRY = timedelta(hours=2)


def wanted(
    connection: Connection, names: Collection[str], since: datetime, now: datetime, *, again: bool = False
) -> dict[str, set[str]]:
    """Return the addresses of pictures of the sources *names* that are still to be fetched, newest first.

    Each comes with the names of the sources whose articles show it. Only articles published and first seen
    after *since* count. One that failed is tried again after RETRY, or at once with *again*.
    """
    ours = select(sightings.c.article_id).join(sources).where(sources.c.name.in_(list(names)))
    current = (versions.c.article_id == articles.c.id) & (versions.c.version == articles.c.version)
    found = connection.execute(
        select(versions.c.picture, sources.c.name)
        .join_from(articles, versions, current)
        .join(sources, sources.c.id == articles.c.source_id)
        .where(articles.c.published > since, articles.c.first_seen > since, articles.c.id.in_(ours))
        .order_by(articles.c.published.desc(), articles.c.id)
    )
    offered: dict[str, set[str]] = {}
    for row in found:
        if row.picture:
            offered.setdefault(row.picture["url"], set()).add(row.name)
    done = _done(connection, list(offered), now if again else now - RETRY)
    return {url: shown for url, shown in offered.items() if digest(url) not in done}


def _done(connection: Connection, addresses: list[str], before: datetime) -> set[str]:
    """Return the keys of pictures that need no fetching: made, or failed later than *before*."""
    columns = select(pictures.c.url_key, pictures.c.problem, pictures.c.at)
    return {
        row.url_key
        for part in chunks([digest(url) for url in addresses])
        for row in connection.execute(columns.where(pictures.c.url_key.in_(part)))
        if not row.problem or row.at > before
    }


def record(
    connection: Connection, url: str, *, at: datetime, wide: str = "", square: str = "", problem: str = ""
) -> None:
    """Record what came of the picture at *url*: the hashes of our crops, or the problem in words."""
    connection.execute(delete(pictures).where(pictures.c.url_key == digest(url)))
    row = {"url_key": digest(url), "url": url, "wide": wide, "square": square, "problem": problem, "at": at}
    connection.execute(insert(pictures).values(row))


def path(folder: Path, sha256: str) -> Path:
    """Return where the picture *sha256* lies under *folder*, the site's data folder."""
    return folder / "pictures" / sha256[:2] / f"{sha256}.jpg"


def saved(folder: Path, content: bytes) -> str:
    """Write *content* under its hash and return the hash; whoever looks sees all of the file or nothing."""
    sha256 = hashlib.sha256(content).hexdigest()
    file = path(folder, sha256)
    if file.is_file() and file.stat().st_size == len(content):
        return sha256
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return sha256
