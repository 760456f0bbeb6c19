"""Every command, wrongly: whatever is typed, the answer is words and 0, 1 or 2, never a traceback."""

import io
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import text

from digest.cli import cli, main
from digest.store.engine import Database
from tests.cli.test_cli import CONFIG

FOREVER = {"serve", "demo"}  # what they do when all is well does not end; tried on their own below
GOOD = {
    "newsletter": "daily", "address": "ada@example.net", "source": "a form", "name": "ada", "role": "viewer",
    "relay": "main", "rate": "5/s", "edition": "daily", "sources": "own", "recipient": "u@news.example.org",
    "reason": "they asked", "why": "a wrong figure", "old": "daily", "new": "daily", "by": "dana",
}  # fmt: skip


def leaves() -> Iterator[tuple[list[str], Any]]:
    """Yield (words, command) of every command that does something."""

    def walk(command: Any, words: list[str]) -> Iterator[tuple[list[str], Any]]:
        if hasattr(command, "list_commands"):
            for name in command.list_commands(None):
                yield from walk(command.get_command(None, name), [*words, name])
        else:
            yield words, command

    yield from walk(typer.main.get_command(cli), [])


LEAVES = {" ".join(words): command for words, command in leaves()}


def params(command: Any) -> list[Any]:
    return [
        one for one in command.params if not one.name.endswith("completion") and one.bare_type is not bool
    ]


class House:
    """A newsroom's folder, in which every command is typed, and the odd things that lie there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "articles").mkdir()
        (folder / "digest.toml").write_text(CONFIG.format(articles=folder / "articles"))
        (folder / "empty").write_bytes(b"")
        (folder / "binary").write_bytes(bytes(range(256)) * 40)
        (folder / "list.csv").write_text("email\nada@example.net\n")
        self.wrong = [
            "",
            " ",
            "no such thing",
            "articles",
            "empty",
            "binary",
            "empty/below",
            "-1",
            "9" * 30,
            "x" * 5000,
        ]

    def types(self, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """Return (exit code, standard output, standard error) of `digest *words*`, in this process."""
        out, err = io.StringIO(), io.StringIO()
        before, argv, logs = os.getcwd(), sys.argv, logging.root.handlers[:]
        given = sys.stdin
        os.chdir(self.folder)
        sys.argv = ["digest", *words]
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
        try:
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    main()
                    code: Any = 0
                except SystemExit as ended:
                    code = ended.code
        finally:
            os.chdir(before)
            sys.argv, sys.stdin = argv, given
            logging.root.handlers[:] = logs
        return code or 0, out.getvalue(), err.getvalue()

    def good(self, command: Any) -> list[str]:
        """Return arguments that are right, for whatever the command needs."""
        words = []
        for one in params(command):
            if one.required:
                value = "list.csv" if one.name in ("file", "files") else GOOD.get(one.name, "daily")
                words += [value] if one.param_type_name == "argument" else [one.opts[0], value]
        return words

    def with_value(self, command: Any, wrong: Any, value: str) -> list[str]:
        """Return the right arguments, but *value* for the parameter *wrong*."""
        words = []
        for one in params(command):
            if one is wrong or one.required:
                right = "list.csv" if one.name in ("file", "files") else GOOD.get(one.name, "daily")
                given = value if one is wrong else right
                words += ["--", given] if one.param_type_name == "argument" and given.startswith("-") else (
                    [given] if one.param_type_name == "argument" else [f"{one.opts[0]}={given}"]
                )  # fmt: skip
        return words


def in_words(typed: tuple[str, ...] | list[str], ended: tuple[int, str, str]) -> None:
    code, out, err = ended
    assert code in (0, 1, 2), f"{typed} ended with {code}: {err[-800:]}"
    assert "Traceback" not in out + err, f"{typed}: {(out + err)[-1500:]}"
    assert code == 0 or (out + err).strip(), f"{typed} failed and said nothing"
    if "--json" in typed and code == 0 and out.strip():
        json.loads(out)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = House(tmp_path_factory.mktemp("house"))
    in_words(["init"], made.types("init"))
    return made


@pytest.mark.parametrize("words", [words for words in LEAVES if words not in FOREVER])
def test_a_wrong_value_for_each_parameter_is_told_in_words(house: House, words: str) -> None:
    command = LEAVES[words]
    has_json = any(one.name == "json" for one in command.params)
    for one in params(command):
        for value in house.wrong:
            typed = [
                *words.split(),
                *(["--json"] if has_json else []),
                *house.with_value(command, one, value),
            ]
            in_words(typed, house.types(*typed))


@pytest.mark.parametrize("words", list(LEAVES))
def test_what_is_left_out_or_unknown_is_wrong_usage(house: House, words: str) -> None:
    command = LEAVES[words]
    needed = [one for one in params(command) if one.required]
    for one in needed:
        rest = [each for each in needed if each is not one]
        typed = [
            *words.split(),
            *(GOOD.get(each.name, "x") for each in rest if each.param_type_name == "argument"),
        ]
        ended = house.types(*typed)
        in_words(typed, ended)
        assert ended[0] == 2, typed
    ended = house.types(*words.split(), "--no-such-option")
    in_words(words.split(), ended)
    assert ended[0] == 2


@pytest.mark.parametrize("state", ["no configuration", "an empty one", "a binary one", "a folder", "no keys"])
def test_without_a_configuration_every_command_says_so(tmp_path: Path, state: str) -> None:
    made = House(tmp_path)
    file = tmp_path / "digest.toml"
    if state != "no keys":
        file.unlink()
    if state == "an empty one":
        file.write_bytes(b"")
    elif state == "a binary one":
        file.write_bytes(bytes(range(256)))
    elif state == "a folder":
        file.mkdir()
    for words, command in LEAVES.items():
        if words in {"init", "demo"}:
            continue
        if state == "no keys" and words in {"dkim new", "sources export"}:
            continue  # the one makes a key of its own, the other needs none
        typed = [*words.split(), *made.good(command)]
        ended = made.types(*typed)
        in_words(typed, ended)
        assert ended[0] in (1, 2), f"{typed} did something without a configuration"


def broken(folder: Path, state: str) -> None:
    """Put something else where the database was."""
    database = folder / "data" / "digest.db"
    for file in database.parent.glob("digest.db*"):
        file.unlink()
    match state:
        case "a folder":
            database.mkdir()
        case "binary":
            database.write_bytes(bytes(range(256)) * 100)
        case "a newer schema":
            made = Database(f"sqlite:///{database}")
            with made.write() as connection:
                connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
                connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
            made.close()


@pytest.mark.parametrize("state", ["a folder", "binary", "a newer schema"])
def test_without_a_database_that_can_be_used_every_command_says_so(
    house: House, tmp_path: Path, state: str
) -> None:
    shutil.copytree(house.folder, tmp_path / "copy", dirs_exist_ok=True)
    made = House.__new__(House)
    made.folder = tmp_path / "copy"
    broken(made.folder, state)
    for words, command in LEAVES.items():
        if words in {"init", "demo", "dkim new", "sources export"}:  # they need none
            continue
        typed = [*words.split(), *made.good(command)]
        ended = made.types(*typed)
        in_words(typed, ended)
        assert ended[0] in (1, 2), typed


def test_a_taken_port_is_told_before_anything_rings(house: House, tmp_path: Path) -> None:
    shutil.copytree(house.folder, tmp_path / "copy")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = tmp_path / "copy" / "digest.toml"
        config.write_text(f"[web]\nport = {port}\n" + config.read_text())
        done = subprocess.run(
            [sys.executable, "-m", "digest", "serve"],
            cwd=config.parent,
            capture_output=True,
            text=True,
            timeout=60,
        )
    in_words(["serve"], (done.returncode, done.stdout, done.stderr))
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "in use" in done.stderr
    database = Database(f"sqlite:///{config.parent / 'data' / 'digest.db'}")
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM occurrences")).scalar_one() == 0
    database.close()


def test_a_demo_into_a_place_that_cannot_be_written_says_so(house: House) -> None:
    typed = ["demo", "--folder", "empty/below"]
    ended = house.types(*typed)
    in_words(typed, ended)
    assert ended[0] == 1
