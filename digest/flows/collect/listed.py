"""Lists of sources: brought in from OPML and given out as OPML; additions to the configuration are written safely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digest.articles import opml
from digest.articles.opml import Outline
from digest.config.schema import Source
from digest.config.written import Proposal, append, distinct, slug
from digest.configuration import load
from digest.errors import ConfigError, ParseError, UsageError


@dataclass(frozen=True, slots=True)
class Imported:
    """What a list gives: sources to add, those that are configured already, and in words what was left out."""

    proposals: tuple[Proposal, ...]
    known: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def imported(file: Path, known: Mapping[str, str]) -> Imported:
    """Return the feeds of the OPML *file* as sources; *known* are the addresses of configured ones, with their names.

    Raises UsageError for a file that cannot be read or is no OPML.
    """
    try:
        if file.stat().st_size > opml.MOST_BYTES:
            raise UsageError(f"is larger than {opml.MOST_BYTES:,} bytes", where=str(file))
        found = opml.read(file.read_bytes(), str(file))
    except (OSError, ValueError) as problem:
        words = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise UsageError(f"cannot be read: {words}", where=str(file)) from None
    except ParseError as fault:
        raise UsageError(fault.what, where=str(file), do=fault.do) from None
    fresh = [one for one in found.feeds if one.url not in known]
    made = distinct([_proposal(one) for one in fresh], known.values())
    there = tuple(known[one.url] for one in found.feeds if one.url in known)
    return Imported(tuple(made), there, found.problems)


def _proposal(one: Outline) -> Proposal:
    host = one.url.partition("//")[2].partition("/")[0].removeprefix("www.").partition(":")[0]
    name = slug(one.title, slug(host.rpartition(".")[0], "feed"))
    return Proposal(
        name=name,
        url=one.url,
        outlet=one.title[:80],
        language=one.language.replace("_", "-").lower(),
        section=one.folder[:80],
    )


def exported(sources: Mapping[str, Source], title: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the feeds among *sources* as OPML, and the names of those that are no feeds and have no place in it."""
    feeds = {name: one for name, one in sources.items() if one.kind == "feed"}
    outlines = [
        Outline(one.url, one.outlet or name, folder=one.section, language=one.language)
        for name, one in feeds.items()
    ]
    return opml.written(outlines, title), tuple(name for name in sources if name not in feeds)


def add(file: Path, proposals: Sequence[Proposal]) -> None:
    """Add *proposals* to the configuration *file*; raise ConfigError, and leave it, where it would not load."""
    try:
        append(file, proposals, load)
    except ConfigError as fault:
        if not fault.faults:
            raise
        raise ConfigError(
            f"would not load with these sources, so nothing was added: {fault.faults[0]}", where=str(file)
        ) from None
    finally:
        if file.is_file():
            _again(file)


def _again(file: Path) -> None:
    """Use the extensions of the configuration as it is: `load` of the tried file named them anew."""
    try:
        load(file)
    except ConfigError:
        return
