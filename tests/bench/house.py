"""A newsroom to measure: readers, and the sample's morning of twenty stories, approved and ready to go out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, func, insert, select

from digest.app import App, clock
from digest.config.schema import Config
from digest.messages import compile, render
from digest.model import Composition, EditionState, StoredVariant
from digest.store import variants
from digest.store.engine import Database
from digest.store.migrate import upgrade
from digest.store.schema import deliveries, editions
from digest.store.schema import variants as stored_variants
from subscribers.schema import subscribers, subscriptions
from tests.messages import sample

NEWSLETTER = "daily"
AT = datetime(2026, 1, 1, tzinfo=UTC)
PART = 50_000
DEK = (
    "What is known so far, who said it and when, what it changes for those who live here, and what comes next. "
    * 7
)
SECTIONS = ("", "", "", "city,politics", "business,sport,world")  # two in five readers leave sections out


def config(*, port: int, connections: int = 10, keys: Path | None = None, ca: Path | None = None) -> Config:
    """A configuration with one relay; *keys* is the file of our DKIM key, *ca* the certificate of a TLS relay."""
    letter = json.loads(sample.newsletter().model_dump_json(exclude_defaults=True))
    letter["sender"] |= {"bounces": "bounces.harbour.example"}
    if keys:
        letter["dkim"] = {"selector": "bench", "key_file": str(keys)}
    relay = {
        "host": "127.0.0.1",
        "port": port,
        "connections": connections,
        "messages_per_connection": 100_000,
        "security": "starttls" if ca else "none",
        "dkim": "ours" if keys else "relay",
        **({"ca_file": str(ca), "host": "localhost"} if ca else {}),
    }
    return Config.model_validate(
        {
            "site": {"url": sample.SITE.url, "keys": ["k" * 40]},
            "sources": {"herald": {"url": "https://harbour.example/rss"}},
            "newsletters": {NEWSLETTER: letter},
            "relays": {"main": relay},
        }
    )


def app_for(database: Database, settings: Config) -> App:
    return App(settings, database, clock)


def filled(url: str, readers: int, *, known: int = 0) -> Database:
    """Return the database at *url*, brought up to date, with *readers* readers; *known* are there already."""
    database = Database(url)
    upgrade(database)
    for start in range(known + 1, readers + 1, PART):
        ids = range(start, min(start + PART, readers + 1))
        with database.write() as connection:
            connection.execute(insert(subscribers), [_person(one) for one in ids])
            connection.execute(insert(subscriptions), [_wish(one) for one in ids])
    return database


def morning() -> Composition:
    """Return the sample's edition, every story with as many lines as fit: a mail of about 55 KB, as editors like them."""
    made = sample.edition()
    sections = [
        replace(one, stories=tuple(replace(story, dek=DEK) for story in one.stories)) for one in made.sections
    ]
    return replace(made, sections=tuple(sections))


def approved(database: Database) -> int:
    """Put a fresh, approved edition into the database in the place of the last; return its number."""
    one, edition = render.rendered(morning(), sample.newsletter(), sample.SITE, nonce=sample.NONCE)
    variant = compile.compiled(one, sample.newsletter(), edition, sample.SITE)
    values = {"newsletter": NEWSLETTER, "date": edition.date, "now": edition.now, "since": edition.now}
    with database.write() as connection:
        for table in (deliveries, stored_variants, editions):
            connection.execute(delete(table))
        number: int = connection.execute(
            insert(editions)
            .values(
                **values, state=EditionState.APPROVED, config_sha256="", subject=edition.subject, preheader=""
            )
            .returning(editions.c.id)
        ).scalar_one()
        revision = connection.execute(select(editions.c.revision)).scalar_one()
        variants.keep(
            connection,
            StoredVariant(
                id=0, edition=number, revision=revision, language="en", sha256=variant.sha256,
                subject=edition.subject, preheader="", nonce=one.nonce, html=one.html, text=one.text,
                compiled=compile.packed(variant), size=variant.size,
            ),
        )  # fmt: skip
    return number


def ends(database: Database) -> dict[str, int]:
    """Return how many rows are in each state."""
    with database.read() as connection:
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        return {row[0]: row[1] for row in connection.execute(query)}


def _person(one: int) -> dict[str, object]:
    domain = f"mail{one * 7919 % 3000}.example.org"
    address = f"reader.{one:07d}@{domain}"
    name = f"Reader {one}" if one % 3 else ""
    return {
        "id": one, "address": address, "address_key": address, "domain": domain, "name": name, "created_at": AT
    }  # fmt: skip


def _wish(one: int) -> dict[str, object]:
    return {
        "newsletter": NEWSLETTER, "subscriber_id": one, "state": "active", "confirmed_at": AT, "changed_at": AT,
        "sections": SECTIONS[one % len(SECTIONS)],
    }  # fmt: skip
