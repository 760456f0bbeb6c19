"""One-file plug-ins: the file name is the registration.

A source type, ranking signal, preflight check or transport is one public module in its package
(`digest/articles/sources/folder.py` is `kind = "folder"`). Nothing else is edited to add one, and the
contract tests run over every name that `names` returns. To these come a newsroom's own and installed ones
(`digest.extensions`), from the moment that `use` says where they are.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import structlog

from digest import extension_folder, extensions
from digest.config import Known
from digest.errors import PluginError
from digest.extensions import Extension, Plugin

log = structlog.get_logger()

KINDS = {package: kind for kind, package in extensions.PACKAGES.items()}
_loaded: dict[str, Plugin] = {}  # whole ones: another thread may be in the midst of an import


class _Using:
    """The extensions that this process uses; they are looked for once."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.found: dict[str, dict[str, Extension]] = {}
        self.loaded: dict[str, Plugin] = {}
        self.faults: dict[str, PluginError] = {}

    def of(self, package: ModuleType) -> dict[str, Extension]:
        """Return the extensions that belong to *package*, by name, those left out that have a shipped one's name."""
        kind = KINDS.get(package.__name__)
        if kind is None:
            return {}
        if kind not in self.found:
            ours = _shipped(package)
            there = extensions.found(kind, self.folder, ours)
            self.found[kind] = {one.name: one for one in there if one.name not in ours}
        return self.found[kind]


_using = _Using(None)


def use(folder: Path | None) -> None:
    """Use the extensions of *folder* from now on, in this process, as they are now, and those of no other folder."""
    global _using  # noqa: PLW0603 - code that was imported belongs to a process, as sys.modules does
    extension_folder.use("")  # what is there by now is what counts, also in the folder that was used before
    extension_folder.use(str(folder or ""))
    _using = _Using(folder)


def found(kind: str) -> list[Extension]:
    """Return every extension of *kind* that was found, those with a fault included."""
    return extensions.found(kind, _using.folder, _shipped(import_module(extensions.PACKAGES[kind])))


def known(kind: str, folder: Path | None) -> Known:
    """Return the names that a configuration with the extensions of *folder* may use for *kind*."""
    ours = _shipped(import_module(extensions.PACKAGES[kind]))
    there = {one.name for one in extensions.found(kind, folder, ours)}
    return Known(tuple(sorted({*ours, *there})), extensions.places(kind, folder))


def names(package: ModuleType) -> list[str]:
    """Return the names of the plug-ins of *package*, sorted: its public modules, and the extensions."""
    return sorted({*_shipped(package), *_using.of(package)})


def load(package: ModuleType, name: str) -> Plugin:
    """Return the plug-in *name* of *package*; raise PluginError where there is none, or it cannot be used."""
    path = f"{package.__name__}.{name}"
    for there in (_loaded, _using.loaded):
        if path in there:
            return there[path]  # without a look at the folder: a page of the desk runs twenty checks
    if name in _shipped(package):
        return _loaded.setdefault(path, import_module(path))
    return _extension(package, name, path)


def _extension(package: ModuleType, name: str, path: str) -> Plugin:
    """Return the extension *name* of *package*; one that is faulty stays so in this process, and is logged once."""
    using = _using
    if path in using.faults:
        raise using.faults[path]
    there = using.of(package)
    if name not in there:
        raise _missing(package, name)
    try:
        return using.loaded.setdefault(path, extensions.loaded(there[name]))
    except PluginError as fault:
        using.faults[path] = fault
        log.error("extension.faulty", why=str(fault))
        raise


def usable(package: ModuleType) -> Iterator[tuple[str, Plugin]]:
    """Yield (name, plug-in) of all that can be loaded, by name: one faulty extension does not take the rest down."""
    for name in names(package):
        try:
            found = load(package, name)
        except PluginError:
            continue
        yield name, found


def load_extensions() -> None:
    """Load every extension now: one that is faulty is logged when a process starts, not when it is first needed."""
    for kind, name in extensions.PACKAGES.items():
        package = import_module(name)
        for one in found(kind):
            try:
                load(package, one.name)
            except PluginError:  # `load` has logged it
                continue
            if one.fault:
                log.error("extension.faulty", why=f"{one.where}: {one.fault}")


def extends(package: ModuleType, name: str) -> bool:
    """Return whether the plug-in *name* of *package* is an extension, and none that ships."""
    return name in _using.of(package)


def _missing(package: ModuleType, name: str) -> PluginError:
    kind = KINDS.get(package.__name__)
    places = extensions.places(kind, _using.folder) if kind else ()
    looked = f" It was looked for in {'; '.join(places)}." if places else ""
    do = f"There are: {', '.join(names(package))}.{looked}"
    return PluginError(f"there is no {name!r}", where=package.__name__, do=do)


def _shipped(package: ModuleType) -> tuple[str, ...]:
    return tuple(sorted(one.name for one in iter_modules(package.__path__) if not one.name.startswith("_")))
