"""Which module imports which, as the source says: at the top, inside functions, and by way of a package.

Importing `a.b.c` also runs `a/__init__.py` and `a/b/__init__.py`; a module's own packages are running already.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, frozenset[str]]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def modules(root: Path, *tops: str) -> dict[str, Path]:
    """Return the files of the packages *tops* in *root*, by dotted name."""
    found = {}
    for file in (file for top in tops for file in (root / top).rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def graph(files: Mapping[str, Path], by_name: Mapping[str, str] | None = None) -> Graph:
    """Return what each module imports; *by_name* has the packages of which a module imports any by its name."""
    found = {name: set(_imported(name, file, files)) for name, file in files.items()}
    for loader, package in (by_name or {}).items():
        found[loader] |= {name for name in files if name.rpartition(".")[0] == package}
    return {name: frozenset(others - {name}) for name, others in found.items()}


def _imported(name: str, file: Path, files: Mapping[str, Path]) -> Iterator[str]:
    own = set(_packages(name))
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for target in _named(node, files):
            yield target
            yield from (package for package in _packages(target) if package not in own)


def _named(node: ast.AST, files: Mapping[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in files)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inside = f"{node.module}.{alias.name}"
            if inside in files or node.module in files:
                yield inside if inside in files else node.module


def _packages(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def rooms(graph: Graph, depth: int) -> Graph:
    """Return the graph of the packages *depth* names deep; a module that lies higher stands for itself."""
    found: dict[str, set[str]] = {}
    for name, others in graph.items():
        room = ".".join(name.split(".")[:depth])
        found.setdefault(room, set()).update(".".join(other.split(".")[:depth]) for other in others)
    return {room: frozenset(others - {room}) for room, others in found.items()}


def circles(graph: Graph) -> list[list[str]]:
    """Return the circles, the members of each in the order of their names (Tarjan's strong components)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in graph[name]:
            if other not in order:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            at = stack.index(name)
            members = stack[at:]
            del stack[at:]
            if len(members) > 1:
                found.append(sorted(members))

    for name in graph:
        if name not in order:
            visit(name)
    return sorted(found)


def inside_functions(file: Path) -> set[str]:
    """Return the modules that are imported inside functions."""
    found: set[str] = set()
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for node in ast.walk(function) if isinstance(function, _FUNCTIONS) else ():
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    return found


def names_between(files: Mapping[str, Path], package: str) -> list[tuple[str, str, str]]:
    """Return each name that a module of *package* uses of another one: (who, from where, what).

    Of a module that is imported as a whole each attribute that is used counts, and one at least.
    """
    found = []
    for importer, file in files.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree) if importer.startswith(package) else ():
            for where, what, local in _taken(node, package):
                inside = f"{where}.{what}" if what else where
                if inside in files:
                    used = _attributes(tree, local) or {"*"}
                    found += [(importer, inside, name) for name in sorted(used)]
                else:
                    found.append((importer, where, what))
    return found


def _taken(node: ast.AST, package: str) -> Iterator[tuple[str, str, str]]:
    """Yield what *node* imports of *package*: from where, what ("" is the module itself), and its local name."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
        yield from ((str(node.module), alias.name, alias.asname or alias.name) for alias in node.names)
    elif isinstance(node, ast.Import):
        yield from (
            (alias.name, "", alias.asname or alias.name)
            for alias in node.names
            if alias.name.startswith(package)
        )


def _attributes(tree: ast.AST, local: str) -> set[str]:
    """Return the attributes of the name *local* (dotted, too) that *tree* uses."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in found if ast.unparse(node.value) == local}
