"""Extensions: signals, checks, sources and transports from outside the packages that ship.

There are two ways to add one, and both name it by what it is found under:

    site.extensions = "extensions"           a folder with signals/harbour.py, checks/..., sources/..., transports/...
    newsroom_digest.signals: harbour = ...   an entry point of an installed package

The folder is imported as the package `digest_extensions` (`digest.extension_folder`).

Why: docs/design-notes.md, "Extensions belong to the process, like every module".
"""

import math
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol

from digest.errors import PluginError
from digest.extension_folder import ROOT

PACKAGES = {
    "signals": "digest.stories.signals",
    "checks": "digest.editions.preflight",
    "sources": "digest.articles.sources",
    "transports": "digest.delivery.transports",
}
NEEDED: dict[str, dict[str, str]] = {  # what each kind must define, and how it is written
    "signals": {
        "DEFAULT_WEIGHT": "DEFAULT_WEIGHT = 0.05",
        "score": "def score(story, context) -> tuple[float, str]",
    },
    "checks": {
        "OWNER": 'OWNER = "editor" or "admin"',
        "GOOD": 'GOOD = "What is in order."',
        "check": "def check(proof) -> Iterator[Finding]",
    },
    "sources": {"read": "async def read(source, http, mark, now) -> Reading"},
    "transports": {"transport": "def transport(relay, name) -> Transport"},
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Plugin(Protocol):
    """A module, or an object of one, that is used under a name; `NEEDED` says what each kind defines."""

    def __getattr__(self, name: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Extension:
    """One that was found: its *kind* ("signals"), *name*, and *where* it is, in words; *target* is what to import.

    *fault* says why it cannot be used although it is there; "" where nothing speaks against an import.
    """

    kind: str
    name: str
    where: str
    target: str
    fault: str = ""


def group(kind: str) -> str:
    """Return the group of entry points for *kind*."""
    return f"newsroom_digest.{kind}"


def found(kind: str, folder: Path | None, shipped: tuple[str, ...]) -> list[Extension]:
    """Return the extensions of *kind*, by name: those in *folder*, then the entry points.

    A name that is among the *shipped* ones, or that two extensions have, has a fault.
    """
    there = [*_in_folder(kind, folder), *_installed(kind)]
    return [_judged(one, there, shipped) for one in sorted(there, key=lambda one: one.name)]


def places(kind: str, folder: Path | None) -> tuple[str, ...]:
    """Return where an extension of *kind* is looked for, in words."""
    own = str(folder / kind) if folder else "no folder of the newsroom's own (site.extensions names one)"
    return PACKAGES[kind], own, f"the entry points {group(kind)} of installed packages"


def loaded(one: Extension) -> Plugin:
    """Return what *one* defines; raise PluginError, in one line, where it cannot be had or lacks something."""
    if one.fault:
        raise PluginError(one.fault, where=one.where, do=_RENAME)
    module, _, attribute = one.target.partition(":")
    try:
        made: Plugin = import_module(module)
        for part in attribute.split(".") if attribute else ():
            made = getattr(made, part)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # whatever a stranger's file can raise, SystemExit included
        raise PluginError(_words(problem), where=_place(one, problem), do=_MEND) from problem
    lacks = [how for name, how in NEEDED[one.kind].items() if not _fits(name, getattr(made, name, None))]
    if lacks:
        raise PluginError(f"lacks {'; '.join(lacks)}", where=one.where, do=_MEND)
    return made


def _fits(name: str, value: object) -> bool:
    """Return whether *value* is of the kind that is used under *name*: a weight, a text, or a function."""
    if name == "DEFAULT_WEIGHT":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, str) if name.isupper() else callable(value)


_MEND = "Mend it, or take it away; `digest check --extensions` tries it."
_RENAME = "Give it a name of its own."


def _judged(one: Extension, there: list[Extension], shipped: tuple[str, ...]) -> Extension:
    others = [each.where for each in there if each.name == one.name and each is not one]
    if not _NAME.fullmatch(one.name):
        fault = f"{one.name!r} is no name: use letters, digits, - and _, a letter first"
    elif one.name in shipped:
        fault = f"the name {one.name} is that of one that ships, which stays in use"
    elif others:
        fault = f"the name {one.name} is taken twice, also by {', '.join(others)}: none of them is used"
    else:
        return one
    return Extension(one.kind, one.name, one.where, one.target, fault)


def _in_folder(kind: str, folder: Path | None) -> Iterator[Extension]:
    if folder is None:
        return
    for module in iter_modules([str(folder / kind)]):
        if not module.name.startswith("_"):
            file = folder / kind / (f"{module.name}/__init__.py" if module.ispkg else f"{module.name}.py")
            yield Extension(kind, module.name, str(file), f"{ROOT}.{kind}.{module.name}")


@cache  # reading what every installed package says takes longer than all the rest, and it does not change
def _installed(kind: str) -> tuple[Extension, ...]:
    points = metadata.entry_points(group=group(kind))
    return tuple(
        Extension(kind, point.name, _said(point), point.value.partition("[")[0].strip().replace(" ", ""))
        for point in sorted(points, key=lambda point: (point.name, point.value))
    )


def _said(point: metadata.EntryPoint) -> str:
    package = f"{point.dist.name} {point.dist.version}" if point.dist else "an installed package"
    return f"{point.value} of {package}"


def _words(problem: BaseException) -> str:
    what = problem.msg if isinstance(problem, SyntaxError) else str(problem)
    return " ".join(f"cannot be imported: {type(problem).__name__}: {what}".split()).removesuffix(":")


def _place(one: Extension, problem: BaseException) -> str:
    """Return where it went wrong: the file and line of the newsroom's own that is nearest to the fault, if one is."""
    if isinstance(problem, SyntaxError) and problem.filename and problem.lineno:
        return f"{problem.filename} line {problem.lineno}"
    own = Path(one.where).parent.parent if one.target.startswith(f"{ROOT}.") else None
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if own and Path(frame.filename).is_relative_to(own):
            return f"{frame.filename} line {frame.lineno}"
    return one.where
