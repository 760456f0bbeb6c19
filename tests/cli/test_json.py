"""Every command that has --json prints JSON and nothing else: found in the tree of commands, run on a small newsroom."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from digest.cli import cli
from tests.cli.test_cli import house, run

__all__ = ["house"]  # the fixture

ARGUMENTS: dict[tuple[str, ...], list[tuple[str, ...]]] = {
    ("dkim", "new"): [("daily",)],
    ("look", "export"): [("out",), ("out", "words/en.toml")],
    ("show",): [("daily",)],
    ("send",): [("daily",)],
    ("correct",): [("daily",)],
    ("report",): [("daily",), ("daily", "--reader", "ann@example.net")],
    ("replay",): [("daily",)],
    ("backtest",): [("daily",)],
    ("tune",): [("daily",)],
    ("feedback",): [("a.eml",)],
    ("sources", "add"): [],  # it needs a site on the network: tests/cli/test_sources.py
    ("sources", "import"): [("sources.opml",)],
    ("memory", "import"): [("daily", "views.csv")],
    ("memory", "show"): [("daily",)],
    ("subscribers", "list"): [(), ("daily", "--search", "ann")],
    ("subscribers", "import"): [
        ("daily", "list.csv", "--source", "old", "--dry-run"),
        ("daily", "list.csv", "--source", "old"),
    ],
}
"""What each command is given here; one that is not named is run without anything, and has to stand that."""


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the way to each command that has --json."""
    context = group.make_context("digest", [], resilient_parsing=True)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, TyperGroup):
            yield from commands(found, (*path, name))
        elif found is not None and any("--json" in one.opts for one in found.params):
            yield (*path, name)


def all_of_them() -> list[tuple[str, ...]]:
    root = get_command(cli)
    assert isinstance(root, TyperGroup)
    return list(commands(root))


def test_every_commands_json_is_json(house: Path) -> None:
    (house / "list.csv").write_text(
        "email,status,optin_time\nbo@example.net,active,2024-04-03\ncy@example.net,banana,\nno,active,\n"
        "dee@example.net,active,soon\n"
    )
    (house / "a.eml").write_text("Subject: hello\n\nHello\n")
    (house / "sources.opml").write_text(
        '<opml version="2.0"><body><outline type="rss" text="A" xmlUrl="https://a.example/rss"/></body></opml>'
    )
    (house / "views.csv").write_text(
        "address,day,views\nhttps://courier.example/a,2026-03-01,12\nno,soon,x\n"
    )
    assert run("subscribers", "add", "daily", "ann@example.net", "--source", "paper form").exit_code == 0
    assert run("collect").exit_code == 0
    json.loads(run("build", "daily", "--json").stdout)  # here, as it cannot be built when it is sent
    for words in (("approve", "daily", "--by", "dana"), ("send", "daily")):
        assert run(*words).exit_code == 0
    ways = all_of_them()
    assert ("subscribers", "import") in ways
    for way in ways:
        for arguments in ARGUMENTS.get(way, [()]) if way != ("build",) else ():
            result = run(*way, *arguments, "--json")
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            assert result.exit_code in (0, 1), (way, result.output)
            json.loads(result.stdout)


def test_an_import_says_in_json_what_became_of_each_row(house: Path) -> None:
    (house / "list.csv").write_text("email,status\nbo@example.net,active\ncy@example.net,banana\n")
    found = json.loads(run("subscribers", "import", "daily", "list.csv", "--source", "old", "--json").stdout)
    assert found["rows"] == 2
    assert found["counts"] == {"added": 1, 'skipped: status says "banana"': 1}
    assert found["samples"]["added"] == ["bo@example.net"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--map", "email"), "Write it as --map"),
        (("--map", "email=Adress"), 'no column "Adress"'),
        (("--map", "shoes=email"), "nothing a column can be"),
        (("--status", "VIP=perhaps"), "no standing"),
        (("--suppressions", "--unsubscribed"), "one of the two"),
    ],
)
def test_a_list_that_is_asked_for_wrongly_is_wrong_usage(
    house: Path, words: tuple[str, ...], what: str
) -> None:
    from digest.errors import UsageError

    (house / "list.csv").write_text("email,status\nbo@example.net,active\n")
    result = run("subscribers", "import", "daily", "list.csv", "--source", "old", *words)
    assert isinstance(result.exception, UsageError)
    assert what in str(result.exception)
    assert json.loads(run("subscribers", "list", "--json").stdout) == []


def test_an_import_tells_what_it_skipped_and_how_to_say_what_it_means(house: Path) -> None:
    (house / "list.csv").write_text("email,Status\nbo@example.net,VIP\ncy@example.net,VIP\n")
    said = run("subscribers", "import", "daily", "list.csv", "--source", "old").output
    assert '2 were skipped: Status says "VIP"' in said
    assert "--status WORD=active" in said
    told = run("subscribers", "import", "daily", "list.csv", "--source", "old", "--status", "VIP=active")
    assert "2 were added" in told.output
    person = json.loads(run("subscribers", "person", "bo@example.net").stdout)
    assert person["history"][0]["source"].endswith('old ("VIP" taken as active)')
