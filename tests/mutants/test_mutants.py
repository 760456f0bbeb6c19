"""The faults that mutation tests put in: each is one change, words for people are left alone, and numbers find them again."""

import ast
import json
from dataclasses import replace

import pytest

from tests.mutants import rooms
from tests.mutants.__main__ import NO_TEST, equivalents, judged, key, reported
from tests.mutants.operators import UNCHANGED, Mutant, mutants, mutated
from tests.mutants.rooms import ROOMS, ROOT, files
from tests.mutants.trial import KILLED, LATE, SURVIVED

SOURCE = '''
"""A module."""
DEAD = ("5.1.1", "5.1.6")
Stage = Literal["mail", "rcpt"]

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


def test_a_type_is_left_alone() -> None:
    assert not [one.name for one in mutants("m.py", SOURCE) if "rcpt" in one.before]


def test_every_room_names_files_and_tests_that_there_are() -> None:
    for room in ROOMS:
        assert files(room)
        assert all(test.startswith("tests/") for test in rooms.tests(room))
    with pytest.raises(RuntimeError, match=r"tests/none.py"):
        rooms.tests(replace(ROOMS[0], tests=("tests/none.py",)))


def found(killed: int, survive: int, room: str = "a") -> dict[str, list[tuple[Mutant, str]]]:
    made = mutants("m.py", SOURCE)[0]
    return {room: [(made, KILLED)] * killed + [(made, "survives")] * survive}


def test_each_room_has_to_reach_the_bar_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert reported(found(9, 1), 10, 1.0) == 0.9
    assert reported(found(90, 0) | found(8, 2, "b"), 100, 1.0) == 0.8
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])[0] == {
        "what": "mutants killed",
        "value": 0.98,
        "unit": "share",
        "at_least": 0.9,
        "rooms": {"a": 1.0, "b": 0.8},
    }


def test_an_equivalent_mutant_is_listed_with_its_reason_and_counts_neither_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (file, code, change), why = next(iter(equivalents().items()))
    kind, _, rest = change.partition(": ")
    before, _, after = rest.partition(" -> ")
    same = Mutant(file, 0, 7, kind, before, after, code)
    assert reported(found(9, 0) | {"b": [(same, "survives"), *found(1, 0)["a"]]}, 10, 1.0) == 1.0
    assert f"{same.name}\n    {why}" in capsys.readouterr().out


class Told:
    """Trials that say what they are told to, first of the mutant and then of the code as it is."""

    def __init__(self, *verdicts: str) -> None:
        self.verdicts = list(verdicts)

    def of(self, one: Mutant, tests: dict[str, float], share: float = 1.0) -> tuple[str, str]:
        return self.verdicts.pop(0), ""


def test_each_verdict_is_words() -> None:
    assert len({KILLED, SURVIVED, LATE, NO_TEST}) == 4
    assert all(isinstance(one, str) for one in (KILLED, SURVIVED, LATE, NO_TEST))


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ((KILLED,), KILLED),
        ((SURVIVED, KILLED), KILLED),
        ((SURVIVED, SURVIVED), SURVIVED),
        ((LATE, SURVIVED), KILLED),  # the code as it is passes in half of the time
        ((LATE, LATE, SURVIVED), LATE),  # it is late as well: that says nothing of the fault
        ((LATE, KILLED, LATE, LATE), LATE),
    ],
)
def test_what_runs_past_its_time_is_killed_only_where_the_code_as_it_is_takes_far_less(
    verdicts: tuple[str, ...], verdict: str
) -> None:
    one, batches = mutants("m.py", SOURCE)[0], [{"a": 1.0}, {"b": 1.0}]
    assert judged(Told(*verdicts), one, batches) == verdict


def test_every_mutant_differs_from_the_source_and_from_the_others() -> None:
    plain = ast.unparse(mutated(SOURCE, UNCHANGED))
    texts = [ast.unparse(mutated(SOURCE, one.number)) for one in mutants("m.py", SOURCE)]
    assert plain == ast.unparse(ast.parse(SOURCE))
    assert plain not in texts
    assert len(set(texts)) == len(texts)
