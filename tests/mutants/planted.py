"""A mutated module in place of the real one, for this process only."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import CodeType, ModuleType

from tests.mutants.operators import mutated
from tests.mutants.rooms import ROOT


class _Planted(MetaPathFinder, Loader):
    def __init__(self, name: str, file: str, code: CodeType) -> None:
        self.name, self.file, self.code = name, file, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=self.file) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.file
        exec(self.code, module.__dict__)


def plant(file: str, number: int) -> None:
    """Have the next import of the module in *file* bring its mutant *number*; it must not be imported yet."""
    name = file.removesuffix(".py").replace("/", ".")
    if name in sys.modules:
        raise RuntimeError(f"{name} is imported already")
    path = ROOT / file
    tree = mutated(path.read_text(encoding="utf-8"), number)
    sys.meta_path.insert(0, _Planted(name, str(path), compile(tree, str(path), "exec")))
