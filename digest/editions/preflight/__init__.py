"""One file a check that an edition must pass before it is approved.

A check is a module with `check(proof) -> Iterable[Finding]`; its file name is its name and its registration,
and its docstring's first line says what it looks at. A finding of level "stop" forbids approval.
"""

import sys
from dataclasses import dataclass, replace
from typing import Literal

from digest import plugins
from digest.config.schema import Newsletter
from digest.model import Edition, Rendered


@dataclass(frozen=True, slots=True)
class Proof:
    """What is checked: the edition, as it was rendered, for its newsletter."""

    edition: Edition
    rendered: Rendered
    newsletter: Newsletter


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: *what*, and what to *do*; about one *article*, or 0."""

    level: Literal["stop", "warn"]
    what: str
    do: str = ""
    article: int = 0
    check: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.do}".strip()


def findings(proof: Proof) -> tuple[Finding, ...]:
    """Return what every check finds, what stops an approval first."""
    package = sys.modules[__name__]
    found = [
        replace(one, check=name)
        for name in plugins.names(package)
        for one in plugins.load(package, name).check(proof)
    ]
    return tuple(sorted(found, key=lambda one: one.level != "stop"))
