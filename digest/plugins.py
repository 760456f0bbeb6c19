"""One-file extensions: the file name is the registration.

A source type, ranking signal, preflight check or transport is one public module in its package
(`digest/articles/sources/folder.py` is `kind = "folder"`). Nothing else is edited to add one, and the
contract tests run over every name that `names` returns.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from digest.errors import PluginError

_loaded: dict[str, ModuleType] = {}  # whole ones: another thread may be in the midst of an import


def names(package: ModuleType) -> list[str]:
    """Return the names of the extensions in *package*, sorted: its public modules."""
    return sorted(found.name for found in iter_modules(package.__path__) if not found.name.startswith("_"))


def load(package: ModuleType, name: str) -> ModuleType:
    """Return the extension *name* of *package*; raise PluginError, which lists what there is."""
    path = f"{package.__name__}.{name}"
    if path in _loaded:
        return _loaded[path]  # without a look at the folder: a page of the desk runs twenty checks
    there = names(package)
    if name not in there:
        raise PluginError(
            f"there is no {name!r}", where=package.__name__, do=f"There are: {', '.join(there)}."
        )
    return _loaded.setdefault(path, import_module(path))
