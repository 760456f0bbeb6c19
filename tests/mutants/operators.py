"""Small faults that a programmer makes: each is one change of one place in a module's syntax tree.

The usual operators (comparison, boolean, arithmetic, constant, statement deletion, element removal), after Offutt's
sufficient set (ACM TOSEM 5(2), 1996). What only changes words for people is left alone: docstrings, log lines, the
texts of errors and format strings.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Pow: ast.Mult,
}  # fmt: skip
WORDS = {"log", "logger"}  # objects whose calls only tell
UNCHANGED = -1  # the number of no fault at all


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in which *file*, at which *line*, what was *before* and what stands *after*; *number* finds it again.

    *code* is the line as it stands, without its indent.
    """

    file: str
    number: int
    line: int
    kind: str
    before: str
    after: str
    code: str = ""

    @property
    def name(self) -> str:
        """How a person names it, and how a list of known equivalents does."""
        return f"{self.file}:{self.line}: {self.kind}: {self.before} -> {self.after}"


def mutants(file: str, source: str) -> list[Mutant]:
    """Return every mutant of *source*, in order."""
    lines = source.splitlines()
    return [
        Mutant(file, number, line, kind, before, after, lines[line - 1].strip())
        for number, (line, kind, before, after) in enumerate(_faults(ast.parse(source), apply=None))
    ]


def mutated(source: str, number: int) -> ast.Module:
    """Return the syntax tree of *source* with the fault *number* in it."""
    tree = ast.parse(source)
    for _ in _faults(tree, apply=number):
        pass
    return ast.fix_missing_locations(tree)


def _faults(tree: ast.Module, apply: int | None) -> Iterator[tuple[int, str, str, str]]:
    """Yield each possible fault of *tree*; carry out the one whose turn is *apply*."""
    number = 0
    for node, parent, field, index in list(_places(tree)):
        for kind, new in _variants(node):
            before = _text(node)
            if number == apply:
                _put(parent, field, index, new)
            number += 1
            yield getattr(node, "lineno", 0), kind, before, _text(new)


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str, int | None]]:
    """Yield (node, parent, field, index) of every place that may be mutated, top down."""
    for field, value in ast.iter_fields(tree):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _only_words(child, field):
                continue
            yield child, tree, field, index
            yield from _places(child)


def _only_words(node: ast.AST, field: str) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())) | ast.JoinedStr() | ast.Raise() | ast.Assert():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))) if name in WORDS:
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Import() | ast.ImportFrom():
            return True
        case ast.keyword(arg="do" | "where" | "help" | "what"):
            return True
        case ast.Subscript(value=ast.Name(id="Literal")):  # a type: nothing goes by it
            return True
    return field in {"annotation", "returns", "decorator_list", "bases", "type_params"}


def _variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(ops=[op], left=left, comparators=[right]) if type(op) in COMPARE:
            yield "compare", ast.Compare(left=left, ops=[COMPARE[type(op)]()], comparators=[right])
        case ast.BoolOp(op=op, values=values):
            yield "and/or", ast.BoolOp(op=ast.Or() if isinstance(op, ast.And) else ast.And(), values=values)
            for left_out in range(len(values)):
                rest = [one for at, one in enumerate(values) if at != left_out]
                yield "condition", rest[0] if len(rest) == 1 else ast.BoolOp(op=op, values=rest)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not", operand
        case ast.BinOp(op=op, left=left, right=right) if type(op) in ARITHMETIC and not _is_text(node):
            yield "arithmetic", ast.BinOp(left=left, op=ARITHMETIC[type(op)](), right=right)
        case ast.Constant(value=bool() as value):
            yield "constant", ast.Constant(value=not value)
        case ast.Constant(value=int() | float() as value):
            yield "constant", ast.Constant(value=value + 1)
        case ast.If(test=test, body=body, orelse=orelse):
            yield "if", ast.If(test=ast.UnaryOp(op=ast.Not(), operand=test), body=body, orelse=orelse)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield "if", ast.IfExp(test=test, body=orelse, orelse=body)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield "return", ast.Return(value=ast.Constant(value=None))
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Delete():
            yield "statement", ast.Pass()
        case ast.Continue():
            yield "statement", ast.Break()
        case ast.Break():
            yield "statement", ast.Continue()
        case ast.Tuple(elts=elts) | ast.Set(elts=elts) | ast.List(elts=elts) if len(elts) > 1 and _read(node):
            for left_out in range(len(elts)):
                new = copy.copy(node)
                new.elts = [one for at, one in enumerate(elts) if at != left_out]  # type: ignore[attr-defined]
                yield "element", new


def _read(node: ast.AST) -> bool:
    """A tuple of constants or names that are read: a set of states, of words; not the target of an assignment."""
    elements = node.elts  # type: ignore[attr-defined]
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and all(
        isinstance(one, ast.Constant | ast.Attribute) for one in elements
    )


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(one, ast.JoinedStr)
        or (isinstance(one, ast.Constant) and isinstance(one.value, str | bytes))
        for one in (node.left, node.right)
    )


def _put(parent: ast.AST, field: str, index: int | None, new: ast.AST) -> None:
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new


def _text(node: ast.AST) -> str:
    words = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return words if len(words) <= 90 else f"{words[:60]} ... {words[-25:]}"
