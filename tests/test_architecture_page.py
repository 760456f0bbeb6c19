"""What the documents say is so: every path, name, command and link is there, and the tables are those of the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from digest.cli import COMMANDS
from digest.model import TRANSITIONS, DeliveryState, EditionEvent

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    str(file.relative_to(ROOT)) for folder in (ROOT, ROOT / "docs") for file in folder.glob("*.md")
)
MAP = "ARCHITECTURE.md"
PATH = re.compile(
    r"(?<![\w/.-])(?:(?:digest|subscribers|templates|tests|docs|\.ci)/[\w./-]*|Makefile|[\w-]+\.(?:md|toml|lock))(?![\w/<])"
)
NAMES_IN = re.compile(r"((?:`\w+`(?:, | and ))*`\w+`) in `([\w/]+\.py)`")


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def code(page: str) -> list[str]:
    """Return what stands in backticks, and each line of the indented blocks."""
    body = re.sub(r"(?ms)^```.*?^```$", "", text(page))
    return re.findall(r"`([^`\n]+)`", body) + re.findall(r"(?m)^ {4}(\S.*)$", body)


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table under *heading*, without its head."""
    part = text(page).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def ticked(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


@cache
def defined(file: str) -> frozenset[str]:
    """Return the names at the top of a module of ours."""
    found: set[str] = set()
    for node in ast.parse(text(file)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"])
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    named = {path for words in code(page) for path in PATH.findall(words)}
    made_later = {"digest.toml"}  # by `digest init`
    assert named
    assert [path for path in sorted(named - made_later) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text(page))}
    ours = {link for link in links if link and not re.match(r"https?:|mailto:", link)}
    assert [link for link in sorted(ours) if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_page_of_the_docs_is_in_their_index() -> None:
    index = text("docs/README.md")
    assert [page for page in PAGES if f"({Path(page).name})" not in index and f"(../{page})" not in index
            and page not in {"README.md", "docs/README.md"}] == []  # fmt: skip


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"])
def test_every_command_that_a_page_names_is_there(page: str) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", text("Makefile")))
    said = " ; ".join(code(page))
    make = {word for words in re.findall(r"\bmake ((?:[a-z-]+ ?)+)", said) for word in words.split()}
    digest = set(re.findall(r"(?<![\w-])digest ([a-z][a-z-]*)", said))
    assert make - targets == set()
    assert digest - set(COMMANDS) == set()


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_name_stands_in_the_module_that_a_page_says(page: str) -> None:
    named = [(name, file) for names, file in NAMES_IN.findall(text(page)) for name in ticked(names)]
    assert [(name, file) for name, file in named if name not in defined(file)] == []


def test_the_map_names_every_room() -> None:
    packages = {
        path.parent for top in ("digest", "digest/flows") for path in (ROOT / top).glob("*/__init__.py")
    }
    rooms = {f"{path.relative_to(ROOT)}/" for path in packages} - {"digest/flows/"}
    assert [room for room in sorted(rooms) if f"`{room}`" not in text(MAP)] == []


def test_the_maps_table_of_an_edition_is_that_of_the_code() -> None:
    said = {
        EditionEvent(*ticked(event)): (ticked(was), ticked(to), ticked(sets), "once" in sets, ticked(clears))
        for event, was, to, sets, clears in rows(MAP, "An edition's states")
    }
    assert said == {
        event: ({*rule.was}, {rule.to}, {*rule.stamps, *rule.keeps}, bool(rule.keeps), {*rule.clears})
        for event, rule in TRANSITIONS.items()
    }


def test_the_maps_table_of_a_delivery_has_every_state() -> None:
    table = rows(MAP, "A delivery's states")
    states = {state.value for state in DeliveryState}
    assert set().union(*(ticked(row[0]) for row in table)) == states
    assert set().union(*(ticked(row[2]) for row in table)) <= states
    assert {state for state in states if f"`{state}`" in text("docs/delivery.md")} == states


@pytest.mark.parametrize("question", ["marked", "score", "missed edition"])
def test_the_map_answers_what_a_stranger_asks_first(question: str) -> None:
    answers = [answer for asked, answer in rows(MAP, "Where to find it") if question in asked]
    assert len(answers) == 1
    assert NAMES_IN.search(answers[0])


def test_every_design_note_that_a_module_names_is_there() -> None:
    notes = " ".join(text("docs/design-notes.md").split())
    modules = [file for top in ("digest", "subscribers") for file in (ROOT / top).rglob("*.py")]
    words = {
        file: " ".join((ast.get_docstring(ast.parse(file.read_text())) or "").split()) for file in modules
    }
    found = [
        (file.name, title)
        for file, said in words.items()
        for title in re.findall(r'design-notes\.md, "([^"]+)"', said)
    ]
    assert found
    assert [
        each for each in found if not re.search(r"\*\*\d{4}-\d\d-\d\d: " + re.escape(each[1]), notes)
    ] == []
