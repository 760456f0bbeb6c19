"""One file a check that an edition must pass before it is approved.

A check is a module with `check(proof) -> Iterable[Finding]`, `OWNER` (who mends what it finds) and `GOOD`
(what to say when it finds nothing); its file name is its name and its registration, and its docstring's
first line says what it looks at. A finding of level "stop" forbids approval. What a check needs to know of
the world stands in the proof's facts; a check decides, it asks nobody.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from digest import plugins
from digest.config.schema import Newsletter
from digest.editions.preflight._page import links as addresses
from digest.model import Appearance, Edition, Rendered

__all__ = [
    "Changed",
    "Facts",
    "Finding",
    "Level",
    "Link",
    "Proof",
    "Verdict",
    "addresses",
    "findings",
    "listed",
]

Level = Literal["stop", "warn", "ok"]


@dataclass(frozen=True, slots=True)
class Link:
    """What came of asking for a link: the *status*, or 0 and *why* there was none; *private* where none may be."""

    status: int
    why: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """That a placed article is another by now at its source: its new *title*, "" when it is gone."""

    article: int
    was: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the doctor says of the address that the newsletter comes from."""

    level: Level
    what: str
    do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a flow found out for the checks; None is what nobody has looked at yet."""

    links: Mapping[str, Link] | None = None
    weights: Mapping[str, int] | None = None  # bytes of each picture of ours, by its address
    before: tuple[str, str] | None = None  # subject and preheader of the edition before
    carried: Mapping[int, Appearance] = field(default_factory=dict)  # by earlier editions, by article
    embargoes: Mapping[int, datetime] = field(default_factory=dict)  # by article
    due: datetime | None = None
    changes: tuple[Changed, ...] = ()
    domain: tuple[Verdict, ...] | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What is checked: the edition, as it was rendered, for its newsletter, with what is known about it."""

    edition: Edition
    rendered: Rendered
    newsletter: Newsletter
    facts: Facts = Facts()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: *what*, and what to *do* about it, by its *owner*; about one *article*, or 0.

    *offer* is a new headline that the editor may take with one click.
    """

    level: Level
    what: str
    do: str = ""
    article: int = 0
    check: str = ""
    owner: str = ""
    offer: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.do}".strip()


ORDER = {"stop": 0, "warn": 1, "ok": 2}


def findings(proof: Proof) -> tuple[Finding, ...]:
    """Return what every check finds, what stops an approval first."""
    package = sys.modules[__name__]
    found = []
    for name in plugins.names(package):
        module = plugins.load(package, name)
        found += [replace(one, check=name, owner=one.owner or module.OWNER) for one in module.check(proof)]
    return tuple(sorted(found, key=lambda one: ORDER[one.level]))


def listed(proof: Proof) -> tuple[Finding, ...]:
    """Return the whole list: red, amber, and a green line for each check that found nothing.

    A check whose facts nobody has gathered yet is amber: it says so instead of "all is well".
    """
    package = sys.modules[__name__]
    found = list(findings(proof))
    blamed = {one.check for one in found}
    for name in plugins.names(package):
        module = plugins.load(package, name)
        needs: str = getattr(module, "NEEDS", "")
        if name in blamed:
            continue
        if needs and getattr(proof.facts, needs) is None:
            what = f"Not looked at yet: {module.GOOD[0].lower()}{module.GOOD[1:]}"
            found.append(Finding("warn", what, "Run the preflight.", check=name, owner=module.OWNER))
        else:
            found.append(Finding("ok", module.GOOD, check=name, owner=module.OWNER))
    return tuple(sorted(found, key=lambda one: ORDER[one.level]))
