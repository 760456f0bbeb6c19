"""`digest users` and `digest correct`: people by the command line, which works whatever happens on the web."""

import json
import os
import pwd
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from digest.cli import cli
from digest.errors import DigestError

CONFIG = """
[site]
url = "http://127.0.0.1:8000"
keys = ["kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"]
[sources.own]
url = "http://127.0.0.1:9/rss"
[newsletters.daily]
title = "The Daily"
sources = ["own"]
schedule = { time = "06:00" }
sender = { address = "news@example.org", postal = "1 Harbour Street" }
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "digest.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(cli, list(words), input=given)


def test_the_first_user_is_an_admin_whose_password_comes_from_standard_input(house: Path) -> None:
    refused = run("users", "add", "eve", "--role", "editor", given="four plain words\n")
    assert isinstance(refused.exception, DigestError)
    made = run("users", "add", "ada", "--role", "admin", given="four plain words\n")
    assert made.exit_code == 0
    assert "/sign-in" in made.output
    assert "four plain words" not in made.output
    assert [(one["name"], one["role"]) for one in json.loads(run("users", "list", "--json").output)] == [
        ("ada", "admin")
    ]


def test_a_generated_password_is_shown_once(house: Path) -> None:
    made = run("users", "add", "ada", "--role", "admin", "--generate")
    assert "Password: " in made.output
    again = run("users", "password", "ada", "--generate")
    assert made.output.split("Password: ")[1] != again.output.split("Password: ")[1]


def test_roles_change_and_people_are_kept_out_and_let_in(house: Path) -> None:
    run("users", "add", "ada", "--role", "admin", "--generate")
    run("users", "add", "eve", "--generate")
    assert "eve is viewer now" in run("users", "role", "eve", "viewer").output
    assert "is out" in run("users", "disable", "eve").output
    assert "disabled" in run("users", "list").output
    assert "sign in again" in run("users", "disable", "eve", "--enable").output
    assert isinstance(run("users", "disable", "ada").exception, DigestError)  # the last admin
    assert isinstance(run("users", "role", "nobody", "viewer").exception, DigestError)
    assert run("users", "role", "eve", "emperor").exit_code == 2


def test_a_correction_of_what_never_was_is_refused_in_words(house: Path) -> None:
    refused = run("correct", "daily", "--why", "wrong")
    assert "there is no edition yet" in str(refused.exception)


def test_a_user_is_removed_but_the_last_admin_is_not(house: Path) -> None:
    run("users", "add", "ada", "--role", "admin", "--generate")
    run("users", "add", "eve", "--generate")
    assert run("users", "remove", "eve").output == "eve is removed.\n"
    assert [one["name"] for one in json.loads(run("users", "list", "--json").output)] == ["ada"]
    assert isinstance(run("users", "remove", "ada").exception, DigestError)
    assert isinstance(run("users", "remove", "eve").exception, DigestError)


def test_every_act_on_readers_is_audited_under_the_shells_user(house: Path) -> None:
    (house / "list.csv").write_text("email\nbob@example.org\n")
    (house / "data").mkdir(exist_ok=True)
    (house / "data/consent-falls.jsonl").touch()
    words = [
        ("add", "daily", "ann@example.org", "--source", "a fair"),
        ("import", "daily", "list.csv", "--source", "a fair"),
        ("import", "daily", "list.csv", "--source", "a fair", "--dry-run"),
        ("person", "ann@example.org"), ("list",), ("export",), ("suppress", "bob@example.org"),
        ("erase", "ann@example.org"), ("replay",),
    ]  # fmt: skip
    for each in words:
        assert run("subscribers", *each).exit_code == 0, each
    with sqlite3.connect(house / "data/digest.db") as connection:
        told = connection.execute("select user, act, what from audit order by id").fetchall()
    assert [act for _, act, _ in told] == [
        "add reader", "import readers", "import readers, done", "look up reader", "list readers", "export readers",
        "suppress reader", "erase reader", "replay falls of consent",
    ]  # fmt: skip
    assert {user for user, _, _ in told} == {f"{pwd.getpwuid(os.getuid()).pw_name} (command line)"}
    assert "@" not in str(told), "an address must not outlive an erasure"
