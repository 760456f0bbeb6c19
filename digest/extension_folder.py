"""A newsroom's own folder of extensions, as the package `digest_extensions`.

So its files may import each other, and a parser's process finds a function in one by its dotted name. Imports
nothing but the standard library's smallest: those processes should start at once.
"""

import sys
from importlib import invalidate_caches
from types import ModuleType

ROOT = "digest_extensions"


def use(folder: str) -> None:
    """Import `digest_extensions` from *folder* from now on, "" for none; what came from another is forgotten."""
    if folder == using():
        return
    for name in [one for one in sys.modules if one == ROOT or one.startswith(f"{ROOT}.")]:
        del sys.modules[name]
    invalidate_caches()
    if folder:
        package = ModuleType(ROOT, "The newsroom's own extensions.")
        package.__path__ = [folder]
        sys.modules[ROOT] = package


def using() -> str:
    """Return the folder that `digest_extensions` is imported from in this process; "" for none."""
    package = sys.modules.get(ROOT)
    return str(package.__path__[0]) if package else ""
