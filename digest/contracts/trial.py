"""Extensions: each is loaded, and held to the contract that the shipped ones keep. Nothing is sent, nothing stored."""

from collections.abc import Callable, Iterator
from pathlib import Path

from digest import extensions, plugins
from digest.contracts import Broken, checks, said, signals, sources, transports
from digest.errors import PluginError
from digest.extensions import Extension, Plugin
from digest.ops.findings import Finding

MOST = 6  # lines about one extension: one fault often breaks a promise for every sample
Contract = Callable[[str, Plugin], Iterator[Broken]]
CONTRACTS: dict[str, Contract] = {
    "signals": signals.broken,
    "checks": checks.broken,
    "sources": sources.broken,
    "transports": transports.broken,
}


def tried(folder: Path | None) -> list[Finding]:
    """Return what is to be said of each extension in *folder* and of each installed one, or that there is none."""
    found = [line for kind in CONTRACTS for one in plugins.found(kind) for line in _tried(one)]
    found = [*astray(folder), *found]
    if found:
        return found
    places = [where for kind in CONTRACTS for where in extensions.places(kind, folder)[1:]]
    words = f"there are none; looked for in {'; '.join(dict.fromkeys(places))}"
    return [Finding("extensions", True, words, note=True)]


def loaded(folder: Path | None) -> Iterator[Finding]:
    """Yield for each extension whether it can be used: what a send needs to know, without the trial."""
    yield from astray(folder)
    for kind in CONTRACTS:
        for one in plugins.found(kind):
            _, fault = _had(one)
            yield fault or Finding(_about(one), True, one.where)


def astray(folder: Path | None) -> Iterator[Finding]:
    """Yield what lies in the folder of extensions where nothing looks for it."""
    for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
        odd = path.is_dir() and path.name not in CONTRACTS and not path.name.startswith(("_", "."))
        if odd or (path.suffix == ".py" and not path.name.startswith("_")):
            words = f"nothing looks at {path}: put extensions into {', '.join(CONTRACTS)} below {folder}"
            yield Finding("extensions", True, words, note=True)


def _tried(one: Extension) -> Iterator[Finding]:
    plugin, fault = _had(one)
    if fault:
        yield fault
    if plugin is None:
        return
    try:
        broken = list(CONTRACTS[one.kind](one.name, plugin))
    except Exception as problem:  # an odd object in a place where the contract expects none
        broken = [Broken(f"cannot be tried: {said(problem)}")]
    told = list(dict.fromkeys(broken))
    for each in told[:MOST]:
        yield Finding(_about(one), each.note, f"{one.where}: {each.what}", note=each.note)
    if len(told) > MOST:
        rest = all(each.note for each in told[MOST:])
        yield Finding(_about(one), rest, f"{one.where}: and {len(told) - MOST} more of the kind", note=rest)
    if all(each.note for each in broken):
        yield Finding(_about(one), True, f"{one.where}: keeps its contract")


def _had(one: Extension) -> tuple[Plugin | None, Finding | None]:
    try:
        return extensions.loaded(one), None
    except PluginError as problem:
        return None, Finding(_about(one), False, str(problem))


def _about(one: Extension) -> str:
    return f"{one.kind.removesuffix('s')} {one.name}"
