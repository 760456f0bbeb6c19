"""The faults that mutation tests put in: each is one change, words for people are left alone, and numbers find them again."""

import ast

from tests.mutants.__main__ import equivalents, key
from tests.mutants.operators import UNCHANGED, mutants, mutated
from tests.mutants.rooms import ROOT

SOURCE = '''
"""A module."""
DEAD = ("5.1.1", "5.1.6")

def late(now, due, log):
    """Return it."""
    log.info("late", n=1)
    if now > due and not due == 0:
        count(now)
        return now - due
    raise ValueError(f"{now}")
'''


def test_every_equivalent_mutant_that_is_listed_is_there() -> None:
    known = equivalents()
    there = {
        key(one)
        for file in sorted({file for file, _, _ in known})
        for one in mutants(file, (ROOT / file).read_text(encoding="utf-8"))
    }
    assert set(known) - there == set()


def test_each_kind_of_fault_is_there() -> None:
    found = {one.name.partition(": ")[2] for one in mutants("m.py", SOURCE)}
    assert found >= {
        "compare: now > due -> now >= due", "not: not due == 0 -> due == 0", "statement: count(now) -> pass",
        "arithmetic: now - due -> now + due", "element: ('5.1.1', '5.1.6') -> ('5.1.1',)",
        "and/or: now > due and (not due == 0) -> now > due or not due == 0", "return: return now - due -> return None",
    }  # fmt: skip


def test_words_for_people_are_left_alone() -> None:
    assert not [one.name for one in mutants("m.py", SOURCE) if "log" in one.before and "if" not in one.before]
    assert not [
        one.name
        for one in mutants("m.py", SOURCE)
        if "raise" in one.before[:6] or "Return it" in one.before[:12]
    ]


def test_every_mutant_differs_from_the_source_and_from_the_others() -> None:
    plain = ast.unparse(mutated(SOURCE, UNCHANGED))
    texts = [ast.unparse(mutated(SOURCE, one.number)) for one in mutants("m.py", SOURCE)]
    assert plain == ast.unparse(ast.parse(SOURCE))
    assert plain not in texts
    assert len(set(texts)) == len(texts)
