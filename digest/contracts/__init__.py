"""Contracts: what every signal, check, source and transport promises, shipped or not, as functions that try it.

Each module here has `broken(name, plugin) -> Iterator[Broken]`, which yields nothing for one that keeps its contract.
The tests call them over what ships; `digest check --extensions` calls them over a newsroom's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that is not kept, in words; a *note* is no fault, and its author should know of it."""

    what: str
    note: bool = False


def said(fault: BaseException) -> str:
    """Return *fault* in one line."""
    return " ".join(f"{type(fault).__name__}: {fault}".split())


def attempt(what: str, call: Callable[..., T], *args: object) -> tuple[T | None, tuple[Broken, ...]]:
    """Return (what *call* returns, nothing broken), or (None, that it raised), told as *what* was done."""
    try:
        return call(*args), ()
    except Exception as fault:  # whatever a stranger's file can raise
        return None, (Broken(f"raises {said(fault)} {what}"),)


def shown(value: object) -> str:
    """Return *value* as it is written in code, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


LONGEST = 80
