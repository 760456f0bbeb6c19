"""Check: is everything there that a send would need? Nothing is sent, no relay is given a message."""

import socket
from dataclasses import dataclass
from datetime import datetime

from digest import plugins
from digest.app import App
from digest.articles import sources
from digest.config.schema import Newsletter, Relay
from digest.editions import lines
from digest.errors import DigestError
from digest.flows.signing import signer
from digest.messages import render
from digest.model import Article, Edition, Placed, Section


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    words: str


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def check(app: App) -> list[Finding]:
    """Return what was found, a line for each thing that a send needs."""
    found = [
        Finding(
            "configuration",
            True,
            f"{_many(len(app.config.sources), 'source')}, {_many(len(app.config.newsletters), 'newsletter')}",
        )
    ]
    found.append(Finding("database", True, f"{app.db.engine.dialect.name}, tables up to date"))
    for name, source in app.config.sources.items():
        try:
            plugins.load(sources, source.kind)
        except (DigestError, ImportError) as problem:
            found.append(Finding(f"source {name}", False, str(problem)))
    for name, newsletter in app.config.newsletters.items():
        try:
            edition = sample(name, newsletter, app.now())
            render.rendered(edition, newsletter, app.config.site, nonce="0123456789abcdef")
            found.append(
                Finding(
                    f"newsletter {name}", True, f"template {newsletter.look.template} and its texts compile"
                )
            )
        except DigestError as problem:
            found.append(Finding(f"newsletter {name}", False, str(problem)))
        found.append(_signature(app, name, newsletter))
    return [*found, *(_relay(name, relay) for name, relay in app.config.relays.items())]


def _signature(app: App, name: str, newsletter: Newsletter) -> Finding:
    what = f"signature of {name}"
    try:
        seals = signer(app, newsletter)
    except DigestError as problem:
        return Finding(what, False, str(problem))
    if seals is None:
        return Finding(what, True, "the relay's")
    return Finding(what, True, "; ".join(f"ours, {key.algorithm} by {key.name}" for key in seals.keys))


def sample(name: str, newsletter: Newsletter, now: datetime) -> Edition:
    """Return an edition with a story in each section, made of nothing, to try templates with."""
    rules = [("top", ""), *((rule.name, rule.title) for rule in newsletter.sections), ("brief", "")]
    stories = [
        Placed(
            place=place,
            section=section,
            article=_article(place, now),
            title=f"Headline {place}",
            dek="A dek.",
        )
        for place, (section, _) in enumerate(rules, 1)
    ]
    day = now.astimezone(newsletter.schedule.tz).date()
    return Edition(
        newsletter=name,
        title=newsletter.title,
        date=day,
        now=now,
        language=newsletter.language,
        direction=newsletter.direction,
        subject=lines.subject(name, newsletter, stories, day),
        preheader=lines.preheader(name, newsletter, stories, day),
        sections=tuple(Section(*rule, (story,)) for rule, story in zip(rules, stories, strict=True)),
    )


def _article(number: int, now: datetime) -> Article:
    return Article(
        id=number,
        source="sample",
        outlet="Sample",
        url=f"https://example.org/{number}",
        title=f"Headline {number}",
        published=now,
        first_seen=now,
    )


def _relay(name: str, relay: Relay) -> Finding:
    if relay.transport != "smtp":
        return Finding(f"relay {name}", True, relay.transport)
    address = f"{relay.host}:{relay.port}"
    try:
        with socket.create_connection((relay.host, relay.port), timeout=5):
            return Finding(f"relay {name}", True, f"{address} answers")
    except OSError as problem:
        return Finding(
            f"relay {name}", False, f"{address} does not answer ({problem}); is relays.{name}.host right?"
        )
