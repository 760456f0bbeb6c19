"""The pure modules stay pure, the arrows between the rooms point one way, and no file swells."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from subscribers import api
from tests import import_graph

ROOT = Path(__file__).parents[1]

PURE = (
    "digest/model",
    "digest/points.py",
    "digest/outcomes.py",
    "digest/errors.py",
    "digest/passwords.py",
    "digest/config/schema.py",
    "digest/config/feedback.py",
    "digest/config/look.py",
    "digest/config/lines.py",
    "digest/articles/clean.py",
    "digest/stories",
    "digest/editions",
    "digest/messages/render.py",
    "digest/messages/compile.py",
    "digest/messages/dkim.py",
    "digest/messages/personal.py",
    "digest/messages/personal_links.py",
    "digest/messages/return_path.py",
    "digest/delivery/alarms.py",
    "digest/delivery/auth_reports.py",
    "digest/delivery/blame.py",
    "digest/delivery/consequences.py",
    "digest/delivery/feedback",
    "digest/delivery/settle.py",
    "digest/delivery/pace.py",
    "digest/delivery/breaker.py",
    "digest/delivery/first_wave.py",
    "digest/delivery/halts.py",
    "digest/delivery/late_reports.py",
    "digest/delivery/providers.py",
    "digest/delivery/warm_up.py",
    "digest/delivery/feedback/providers",
    "subscribers/model.py",
    "subscribers/rules.py",
    "subscribers/address.py",
    "subscribers/links.py",
    "subscribers/transfer/columns.py",
    "subscribers/transfer/entry.py",
)
IO = (
    "aiosmtplib", "aiosmtpd", "alembic", "imaplib", "imapclient", "smtplib", "ssl", "anyio", "apscheduler", "asyncio", "httpx2", "os", "random", "secrets",
    "socket", "sqlalchemy", "sqlite3", "starlette", "subprocess", "threading", "time", "urllib.request", "uvicorn",
    "digest.app", "digest.cli", "digest.fetch", "digest.flows", "digest.store", "digest.web", "digest.delivery.transports",
)  # fmt: skip
PATH_TYPES = {"digest/config/schema.py", "digest/config/feedback.py"}  # names paths as values, touches none
SLEEP = re.compile(
    r"\bsleep\((?!0\))|\bwait_for_timeout\(|\b(?:Event|Condition)\(\)\.wait\([^)]"
)  # sleep(0) waits for nothing
MAY_SLEEP = {
    "tests/waiting.py": "the one helper",
    "tests/bench": "measures real time",
    "tests/fuzz": "runs for as long as it is told",
    "tests/mutants": "runs for as long as it is told",
}
LAGS = {  # stand-ins whose slowness is what the code under test must bear
    "tests/delivery/relay.py": "a relay that answers late",
    "tests/delivery/test_sender.py": "a relay that takes its time",
    "tests/flow/test_collect.py": "a site that drips",
    "tests/flow/test_outbox.py": "a relay that takes its time",
    "tests/flow/test_send.py": "a relay that takes its time",
    "tests/flow/test_send_halted.py": "a relay that takes its time",
    "tests/flow/test_send_held.py": "a relay that takes its time",
    "tests/flow/test_send_providers.py": "a relay that takes its time, a DNS that does not answer",
    "tests/subscribers/test_writer.py": "a slow disk",
    "tests/test_fetch.py": "a site that drips",
    "tests/web/test_connections.py": "a visitor who drips",
}
BY_NAME = {  # who imports the modules of a package by their names, at run time
    "digest.cli": "digest.cli",
    "digest.flows.collect.collect": "digest.articles.sources",
    "digest.flows.edition.preflight": "digest.editions.preflight",
    "digest.flows.feedback.webhooks": "digest.delivery.feedback.providers",
    "digest.flows.newsroom.check": "digest.flows.newsroom.checks",
    "digest.flows.newsroom.doctor": "digest.ops.doctor",
    "digest.delivery.routes": "digest.delivery.transports",
    "digest.stories.rank": "digest.stories.signals",
    "subscribers.transfer.providers": "subscribers.transfer.providers",
}
INSIDE_FUNCTIONS = {
    "digest.passwords": {"zxcvbn"}  # its lists of words take long to load, for one command
}
STAGES = ("articles", "stories", "editions", "messages", "delivery")


def imports(file: Path) -> set[str]:
    """Return the dotted names that *file* imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def touches(names: set[str], wanted: tuple[str, ...]) -> list[str]:
    return sorted(name for name in names if any(name == one or name.startswith(f"{one}.") for one in wanted))


def modules(*folders: str) -> list[Path]:
    found = [ROOT / folder for folder in folders]
    return sorted(file for path in found for file in ([path] if path.suffix else path.rglob("*.py")))


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", modules(*PURE), ids=named)
def test_a_pure_module_imports_nothing_that_acts(file: Path) -> None:
    banned = IO if named(file) in PATH_TYPES else (*IO, "pathlib")
    assert touches(imports(file), banned) == []


@pytest.mark.parametrize("file", modules("subscribers"), ids=named)
def test_subscribers_import_nothing_of_digest(file: Path) -> None:
    assert touches(imports(file), ("digest",)) == []


@pytest.mark.parametrize("file", modules(*(f"digest/{stage}" for stage in STAGES)), ids=named)
def test_a_stage_imports_no_other_stage(file: Path) -> None:
    stage = named(file).split("/")[1]
    others = tuple(f"digest.{other}" for other in STAGES if other != stage)
    assert touches(imports(file), (*others, "digest.flows", "digest.app", "digest.web", "digest.cli")) == []


@pytest.mark.parametrize("file", modules("digest/store"), ids=named)
def test_the_store_imports_no_flow_and_no_page(file: Path) -> None:
    assert (
        touches(imports(file), ("digest.flows", "digest.web", "digest.cli", "digest.app", "starlette")) == []
    )


@pytest.mark.parametrize("file", modules("digest/flows"), ids=named)
def test_a_flow_imports_no_page_and_no_command(file: Path) -> None:
    assert touches(imports(file), ("digest.web", "digest.cli", "starlette", "typer")) == []


@pytest.mark.parametrize("file", modules("digest/web"), ids=named)
def test_a_page_imports_no_store(file: Path) -> None:
    assert touches(imports(file), ("digest.store",)) == []


def test_no_import_goes_in_a_circle() -> None:
    """Neither at the top of a module nor inside a function, neither directly nor by way of a package."""
    found = import_graph.graph(import_graph.modules(ROOT, "digest", "subscribers"), BY_NAME)
    assert import_graph.circles(found) == []


def test_no_room_imports_one_that_imports_it() -> None:
    found = import_graph.graph(import_graph.modules(ROOT, "digest", "subscribers"))
    assert import_graph.circles(import_graph.rooms(found, 2)) == []


def test_an_import_inside_a_function_has_its_reason() -> None:
    files = import_graph.modules(ROOT, "digest", "subscribers")
    found = {name: import_graph.inside_functions(file) for name, file in files.items()}
    assert {name: inside for name, inside in found.items() if inside} == INSIDE_FUNCTIONS


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ({"p/a.py": "from p import b", "p/b.py": "def f():\n    from p.a import x"}, ["p.a", "p.b"]),
        (
            {"p/q/__init__.py": "from p.q import a", "p/q/a.py": "from p import b", "p/b.py": "import p.q.c",
             "p/q/c.py": ""},
            ["p.b", "p.q", "p.q.a"],
        ),
        ({"p/q/__init__.py": "from p.q import a", "p/q/a.py": "from p.q import b", "p/q/b.py": ""}, None),
    ],
    ids=["inside a function", "by way of a package", "a package of its own modules is none"],
)  # fmt: skip
def test_a_circle_is_seen(files: dict[str, str], circle: list[str] | None, tmp_path: Path) -> None:
    for name, text in ({"p/__init__.py": ""} | files).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = import_graph.circles(import_graph.graph(import_graph.modules(tmp_path, "p")))
    assert found == ([circle] if circle else [])


def test_digest_imports_nothing_of_the_readers_but_their_door() -> None:
    found = {
        f"{named(file)}: {name}"
        for file in modules("digest")
        for name in touches(imports(file), ("subscribers",))
        if name != "subscribers" and not name.startswith("subscribers.api")
    }
    assert found == set()


def test_the_readers_door_opens_without_a_web_framework() -> None:
    """Most commands need neither the readers' pages nor their lists: what these import comes with their names."""
    says = "import sys, subscribers.api; print(*{'babel', 'jinja2', 'starlette'}.intersection(sys.modules))"
    done = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []
    assert [name for name in api.__all__ if not hasattr(api, name)] == []


# Never more: what two flows share belongs to the model, a stage or the store. When there are fewer, lower the numbers.
# A module that is imported as a whole counts by its attributes.
FLOW_NAMES, OF_OTHER_ROOMS = 39, 16


def test_flows_lean_on_each_other_less_and_less() -> None:
    found = import_graph.names_between(import_graph.modules(ROOT, "digest"), "digest.flows")
    rooms = [(who.split(".")[2], f"{where}.{what}".split(".")[2]) for who, where, what in found]
    assert len(found) <= FLOW_NAMES
    assert sum(one != other for one, other in rooms) <= OF_OTHER_ROOMS


def test_a_module_imported_as_a_whole_counts_by_what_is_used_of_it(tmp_path: Path) -> None:
    files = {
        "p/a.py": "from p import b\nimport p.c\nb.x()\nb.y(b.x)\np.c.z()",
        "p/b.py": "from p.c import z",
        "p/c.py": "",
    }
    for name, text in ({"p/__init__.py": ""} | files).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert import_graph.names_between(import_graph.modules(tmp_path, "p"), "p") == [
        ("p.a", "p.b", "x"),
        ("p.a", "p.b", "y"),
        ("p.a", "p.c", "z"),
        ("p.b", "p.c", "z"),
    ]


# Never more; when there are fewer, lower the numbers.
MOST_ANY, MOST_IGNORED, MOST_UNFORMATTED, MOST_WIDE = 60, 5, 10, 3


def test_types_and_format_are_given_up_seldom() -> None:
    """The word `Any`, `type: ignore`, `fmt: skip`, and functions of eight or more parameters (self left out)."""
    files = [file for file in modules("digest", "subscribers") if "migrations" not in named(file)]
    texts = {named(file): file.read_text(encoding="utf-8") for file in files}
    anywhere = "\n".join(texts.values())
    wide = [
        f"{name}: {node.name}"
        for name, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and parameters(node) >= 8
    ]
    assert len(re.findall(r"\bAny\b", anywhere)) <= MOST_ANY, (
        "a Protocol, a dataclass, Json or object will do"
    )
    assert anywhere.count("type: ignore") <= MOST_IGNORED
    assert anywhere.count("fmt: skip") <= MOST_UNFORMATTED
    assert len(wide) <= MOST_WIDE, wide


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    others = sum(one is not None for one in (given.vararg, given.kwarg))
    return sum(one.arg not in {"self", "cls"} for one in named) + others


@pytest.mark.parametrize("file", modules("digest", "subscribers"), ids=named)
def test_no_file_is_over_four_hundred_lines(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize(
    "file", [file for file in modules("digest", "subscribers") if "migrations" not in named(file)], ids=named
)
def test_every_module_says_what_it_is(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


def test_no_test_sleeps() -> None:
    """A wait is for an event, with a deadline: `tests/waiting.py` has all that is needed."""
    free = tuple(ROOT / path for path in MAY_SLEEP)
    files = [one for one in modules("tests") if not any(one.is_relative_to(each) for each in free)]
    texts = {
        named(file): file.read_text(encoding="utf-8")
        for file in files
        if named(file) != named(Path(__file__))
    }
    found = [
        f"{name}:{number}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if SLEEP.search(line)
    ]
    assert found == [], "use until, stays or lag of tests/waiting.py"
    assert {name for name, text in texts.items() if re.search(r"\blag(?:_async)?\(", text)} == set(LAGS), (
        "lag is for stand-ins: say in LAGS which"
    )
