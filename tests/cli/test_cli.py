"""Every command, as a newcomer types it: rightly, wrongly, and twice."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from digest.cli import COMMANDS, cli, main

CONFIG = """
[site]
url = "http://127.0.0.1:8000"
[sources.own]
kind = "folder"
url = "{articles}"
outlet = "The Paper"
[newsletters.daily]
title = "The Daily"
sources = ["own"]
schedule = {{ time = "06:00" }}
sender = {{ address = "news@example.org", postal = "1 Harbour Street" }}
look = {{ pictures = "none" }}
[[newsletters.daily.sections]]
name = "city"
title = "City"
[relays.main]
transport = "folder"
folder = "sent"
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and two articles, made the current one."""
    articles = tmp_path / "articles"
    articles.mkdir()
    published = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    for number, title in enumerate(["Council votes for the wall", "Trams run again"]):
        item = {
            "url": f"http://127.0.0.1:9/{number}",
            "title": title,
            "summary": "So it is.",
            "date_published": published,
        }
        (articles / f"{number}.json").write_text(json.dumps(item))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.toml").write_text(CONFIG.format(articles=articles))
    assert run("init").exit_code == 0
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@dataclass
class Ended:
    """How the program ended, and what it said on standard error."""

    returncode: int
    stderr: str


Program = Callable[..., Ended]


@pytest.fixture
def program(house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """Run the program as its entry point does, faults and all."""

    def ran(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["digest", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, capsys.readouterr().err)

    return ran


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_help_names_every_command() -> None:
    said = run("--help").output
    assert [command for command in COMMANDS if f" {command} " not in said] == []


def test_an_edition_goes_its_whole_way_by_hand(house: Path) -> None:
    assert run("subscribers", "add", "daily", "ann@example.net", "--source", "paper form").exit_code == 0
    collected = run("collect", "--json")
    assert json.loads(collected.output)["sources"][0]["new"] == 2
    assert "2 of 2 stories" in run("build", "daily").output
    assert "headline: " in run("show", "daily", "--explain").output
    assert len(json.loads(run("show", "daily", "--json").output)["stories"]) == 2
    assert run("preview", "daily", "--out", "preview").exit_code == 0
    assert sorted(file.suffix for file in (house / "preview").iterdir()) == [".eml", ".html", ".txt"]
    refused = run("send", "daily")
    assert isinstance(refused.exception, Exception)
    assert "not approved" in str(refused.exception)
    tested = run("send", "daily", "--test", "dana@example.org")
    assert "dana@example.org: sent" in tested.output
    assert "is approved" in run("approve", "daily", "--by", "dana").output
    assert "1 sent" in run("send", "daily").output
    before = len(list((house / "sent").iterdir()))
    assert "1 sent" in run("send", "daily").output, "twice sends nothing twice"
    assert len(list((house / "sent").iterdir())) == before == 2


def test_nothing_new_is_said(house: Path) -> None:
    assert "Nothing new" in run("build", "daily").output
    assert "digest collect" in run("build", "daily").output


def test_collecting_names_what_is_broken_and_goes_on(house: Path) -> None:
    (house / "articles" / "broken.json").write_text("{")
    result = run("collect")
    assert result.exit_code == 0
    assert "broken.json" in result.output


def test_readers_are_listed_imported_and_exported(house: Path) -> None:
    (house / "list.csv").write_text("email,name\nann@example.net,Ann\nnobody,Bo\n=cmd@example.net,=1+1\n")
    dry = run("subscribers", "import", "daily", "list.csv", "--source", "old", "--dry-run")
    assert "Nothing was changed" in dry.output
    assert json.loads(run("subscribers", "list", "--json").output) == []
    run("subscribers", "import", "daily", "list.csv", "--source", "old", "--rejected", "rejected.csv")
    listed = json.loads(run("subscribers", "list", "daily", "--json").output)
    # in the order of their numbers, which an import gives in the order of the addresses
    assert [each["address"] for each in listed] == ["=cmd@example.net", "ann@example.net"]
    assert "nobody" in (house / "rejected.csv").read_text()
    exported = run("subscribers", "export").output
    assert "'=cmd@example.net" in exported, "no formula reaches a spreadsheet"
    assert run("subscribers", "suppress", "ann@example.net").exit_code == 0
    again = run("subscribers", "add", "daily", "ann@example.net", "--source", "she asked")
    assert again.exit_code == 1
    assert "not added" in again.output
    assert run("subscribers", "lift", "ann@example.net").exit_code == 2, "a reason is asked for"
    assert run("subscribers", "lift", "ann@example.net", "--reason", " ").exit_code == 1
    lifted = run("subscribers", "lift", "ann@example.net", "--reason", "she asked for it")
    assert (lifted.exit_code, "may be written to again" in lifted.output) == (0, True)
    assert run("subscribers", "lift", "ann@example.net", "--reason", "twice").exit_code == 1


def test_init_twice_keeps_what_is_there(house: Path) -> None:
    keys = (house / "data" / "keys").read_text()
    result = run("init")
    assert result.output.count("stays as it is") == 2
    assert (house / "data" / "keys").read_text() == keys
    assert (house / "data" / "keys").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["build", "weekly"], 2, "there is no newsletter 'weekly'. There are: daily."),
        (["show", "daily"], 1, "there is no edition yet. Try: digest build daily"),
        (["collect", "nowhere"], 1, "no such source: nowhere. There are: own."),
        (["build", "daily", "--date", "tomorrow"], 2, "write it as 2026-03-04"),
        (["-c", "none.toml", "check"], 2, "there is no such file"),
        (["subscribers", "add", "daily", "not an address", "--source", "x"], 1, "is no mail address"),
        (
            ["subscribers", "add", "daily", "a@example.net", "--source", "x", "--sections", "sport"],
            1,
            "There are: city",
        ),
        (["subscribers", "import", "daily", "none.csv", "--source", "x"], 1, "none.csv"),
        (["buidl", "daily"], 2, "No such command"),
    ],
)
def test_wrong_words_get_a_clear_line_and_an_exit_code(
    program: Program, words: list[str], code: int, said: str
) -> None:
    result = program(*words)
    assert result.returncode == code, result.stderr
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_pace_is_set_shown_and_put_back(house: Path) -> None:
    def now() -> dict[str, float]:
        return {one["name"]: one["rate"] for one in json.loads(run("pace", "--json").stdout)}

    assert now() == {"main": 0.0, "all": 0.0}
    assert "5/s" in run("pace", "main", "300/m").output
    assert run("pace", "all", "2.5/s").exit_code == 0
    assert now() == {"main": 5.0, "all": 2.5}
    assert run("pace", "main", "config").exit_code == 0
    assert run("pace", "all", "none").exit_code == 0
    assert now() == {"main": 0.0, "all": 0.0}
    for words in (("main",), ("main", "fast"), ("main", "0/s"), ("main", "-1/s")):
        assert run("pace", *words).exit_code == 2, words
    nobody = run("pace", "mian", "5/s")
    assert nobody.exit_code == 1
    assert "mian" in str(nobody.exception)


def test_missing_keys_are_said_not_made(house: Path, program: Program) -> None:
    (house / "data" / "keys").unlink()
    result = program("build", "daily")
    assert result.returncode == 2
    assert "digest init" in result.stderr


def test_a_database_that_is_none_gets_words(house: Path, program: Program) -> None:
    (house / "data" / "digest.db").write_bytes(b"this is no database at all" * 100)
    for extra in ("digest.db-wal", "digest.db-shm"):
        (house / "data" / extra).unlink(missing_ok=True)
    result = program("build", "daily")
    assert result.returncode == 1
    assert "not a database" in result.stderr
    assert "Traceback" not in result.stderr


def test_check_says_what_is_not_there(house: Path) -> None:
    text = (house / "digest.toml").read_text()
    (house / "digest.toml").write_text(text.replace('transport = "folder"', 'host = "127.0.0.1"\nport = 9'))
    result = run("check")
    assert result.exit_code == 1
    assert "127.0.0.1:9" in result.output
    assert "1 newsletter\n" in result.output


def test_the_installed_program_ends_in_words_and_a_code(house: Path) -> None:
    command = [sys.executable, "-m", "digest", "show", "daily"]
    ended = subprocess.run(command, cwd=house, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("digest: daily ")


def test_events_go_to_standard_error_and_leave_the_answer_alone(house: Path) -> None:
    code = (
        "import sys, contextlib, structlog\nfrom digest import cli\nsys.argv = ['digest', '--version']\n"
        "with contextlib.suppress(SystemExit): cli.main()\nstructlog.get_logger().warning('relay.trouble')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "relay.trouble" not in ended.stdout
    assert "relay.trouble" in ended.stderr


def test_version_does_not_wait_for_the_database_library() -> None:
    code = "import digest.cli, sys; sys.exit('sqlalchemy' in sys.modules or 'feedparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_show_prints_adds_up(house: Path) -> None:
    assert run("collect").exit_code == 0
    assert run("build", "daily").exit_code == 0
    scores, parts = list[str](), list[list[int]]()
    for line in run("show", "daily", "--explain").output.splitlines():
        if found := re.fullmatch(r" *\d+\. .*\[(-?[\d.]+)\]", line):
            scores.append(found[1])
            parts.append([])
        elif found := re.match(r" +([+-][\d.]+)  \w+: .", line):
            parts[-1].append(round(100 * float(found[1])))
    assert len(scores) == 2
    assert [sum(each) for each in parts] == [round(100 * float(score)) for score in scores]
    for story in json.loads(run("show", "daily", "--json").output)["stories"]:
        assert sum(reason["points"] for reason in story["reasons"]) == pytest.approx(story["score"])
