"""One file a check that an edition must pass before it is approved.

A check is a module with `check(proof) -> Iterable[Finding]`, `OWNER` (who mends what it finds) and `GOOD` (what to
say when it finds nothing, and no more than it looked at); where it needs to know of the world, `NEEDS` names the fact
without which it has not run. Its file name is its name and its registration, and its docstring's first line says
what it looks at. A finding of level "stop" forbids approval. The facts stand in the proof; a check decides, it asks
nobody.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import ModuleType
from typing import Literal

from digest import plugins
from digest.config.schema import Newsletter
from digest.editions.preflight._page import links as addresses
from digest.errors import PluginError
from digest.model import Appearance, Composition, Rendered

__all__ = [
    "Changed",
    "Facts",
    "Finding",
    "Level",
    "Link",
    "Proof",
    "Verdict",
    "addresses",
    "checklist",
    "findings",
    "goes",
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
    unasked: tuple[str, ...] = ()  # links that nobody has asked yet, where others were
    weights: Mapping[str, int] | None = None  # bytes of each picture of ours, by its address
    before: tuple[str, str] | None = None  # subject and preheader of the edition before
    carried: Mapping[int, Appearance] = field(default_factory=dict)  # by earlier editions, by article
    embargoes: Mapping[int, datetime] = field(default_factory=dict)  # by article
    lumps: tuple[str, ...] = ()  # sentences on stories that hold a third of a source
    due: datetime | None = None
    changes: tuple[Changed, ...] = ()
    unseen: tuple[int, ...] = ()  # placed articles of ours that nobody has looked at again yet
    domain: tuple[Verdict, ...] | None = None
    local: bool = False  # the site's address is of this machine only


@dataclass(frozen=True, slots=True)
class Proof:
    """What is checked: the edition, as it was rendered, for its newsletter, with what is known about it."""

    edition: Composition
    rendered: Rendered
    newsletter: Newsletter
    facts: Facts = Facts()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: *what*, and what to *do* about it, by its *owner*; about one *article*, or 0.

    *offer* is a new headline that the editor may take with one click. *unrun* says that the check has not run,
    or not on everything: amber, whatever it would find.
    """

    level: Level
    what: str
    do: str = ""
    article: int = 0
    check: str = ""
    owner: str = ""
    offer: str = ""
    unrun: bool = False

    def __str__(self) -> str:
        return f"{self.what} {self.do}".strip()


ORDER = {"stop": 0, "warn": 1, "ok": 2}


RUN = "Run the checks."
TRY = "`digest check --extensions` says more."


def findings(proof: Proof) -> tuple[Finding, ...]:
    """Return what the checks find that have run, what stops an approval first."""
    return tuple(one for one in checklist(proof) if one.level != "ok" and not one.unrun)


def checklist(proof: Proof) -> tuple[Finding, ...]:
    """Return the whole list: red, amber (a check that has not run is), and a green line for each that found nothing."""
    package = sys.modules[__name__]
    found: list[Finding] = []
    for name in plugins.names(package):
        found += (
            _extended(name, package, proof) if plugins.extends(package, name) else _of(name, package, proof)
        )
    return tuple(sorted(found, key=lambda one: ORDER[one.level]))


def _extended(name: str, package: ModuleType, proof: Proof) -> list[Finding]:
    """Return what an extension has to say; one that fails has not run, which is amber, and stops no other."""
    try:
        return _of(name, package, proof)
    except Exception as fault:  # whatever a stranger's file can raise
        why = str(fault) if isinstance(fault, PluginError) else f"{type(fault).__name__}: {fault}"
        what = f"The check {name} of your own failed: {' '.join(why.split())}"
        return [Finding("warn", what, TRY, check=name, owner="admin", unrun=True)]


def _of(name: str, package: ModuleType, proof: Proof) -> list[Finding]:
    """Return what the check *name* has to say."""
    module = plugins.load(package, name)
    needs: str = getattr(module, "NEEDS", "")
    found = list(module.check(proof))
    if not found and needs and getattr(proof.facts, needs) is None:
        what = f"Not looked at yet: {module.GOOD[0].lower()}{module.GOOD[1:]}"
        found = [Finding("warn", what, RUN, unrun=True)]
    found = found or [Finding("ok", module.GOOD)]
    return [replace(one, check=name, owner=one.owner or module.OWNER) for one in found]


def goes(findings: Sequence[Finding], unattended: Literal["send", "hold"]) -> bool:
    """Return whether an edition with these *findings* goes out by the schedule, nobody being there to look at them.

    What is red never does; what is amber (a check that has not run is) does as `schedule.unattended` says.
    """
    levels = {one.level for one in findings}
    return "stop" not in levels and (unattended == "send" or "warn" not in levels)
