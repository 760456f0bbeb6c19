"""Extensions from a folder and from installed packages: found, named, used; a faulty one takes nothing else down."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

import digest.articles.sources
from digest import extensions, plugins
from digest.articles.apart import apart
from digest.cli import cli
from digest.config.schema import Relay
from digest.configuration import load
from digest.contracts import Broken
from digest.contracts import signals as signal_contract
from digest.delivery import transports
from digest.delivery.routes import transport
from digest.editions import preflight
from digest.errors import ConfigError, PluginError, RelayError
from digest.stories import rank, signals
from tests.editions.test_preflight_checks import proof
from tests.stories.test_signals import STORIES, context

__all__ = ["context"]  # the fixture

CONFIG = """
[site]
url = "http://127.0.0.1:8000"
extensions = "ext"
[sources.own]
kind = "{kind}"
url = "articles"
[newsletters.daily]
title = "The Daily"
sources = ["own"]
schedule = {{ time = "06:00" }}
sender = {{ address = "news@example.org", postal = "1 Harbour Street" }}
ranking = {{ weights = {{ {signal} = 0.2 }} }}
look = {{ pictures = "none" }}
[relays.main]
transport = "{transport}"
folder = "sent"
"""
SIGNAL = '''"""{name}: whether the title names a quake."""

DEFAULT_WEIGHT = 0.05


def score(story, context):
    return (1.0, "names a quake") if "quake" in story.lead.title.lower() else (0.0, "")
'''
CHECK = '"""A check."""\nOWNER = "editor"\nGOOD = "All is well."\ndef check(proof):\n    return []\n'
SOURCE = '"""A source."""\nasync def read(source, http, mark, now):\n    ...\n'
TRANSPORT = '"""A transport."""\nfrom digest.delivery.transports.memory import Memory\ndef transport(relay, name):\n    return Memory()\n'


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    yield
    plugins.use(None)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration that names a signal, a source and a transport of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    write(tmp_path, "signals/tides.py", SIGNAL.format(name="tides"))
    write(tmp_path, "checks/house_style.py", CHECK)
    write(tmp_path, "sources/gazette.py", SOURCE)
    write(tmp_path, "transports/pigeon.py", TRANSPORT)
    configure(tmp_path)
    return tmp_path


def configure(folder: Path, kind: str = "gazette", signal: str = "tides", transport: str = "pigeon") -> None:
    text = CONFIG.format(kind=kind, signal=signal, transport=transport)
    (folder / "digest.toml").write_text(text)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / "ext" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, points: dict[str, str], **modules: str) -> None:
    """Put a distribution with entry *points* ("signals.tides" -> "module") on the path, as pip would."""
    place = folder / "site"
    about = place / "newsroom_weather-1.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: newsroom-weather\nVersion: 1.2\n")
    groups: dict[str, list[str]] = {}
    for key, value in points.items():
        kind, _, name = key.partition(".")
        groups.setdefault(kind, []).append(f"{name} = {value}")
    lines = [f"[newsroom_digest.{kind}]\n" + "\n".join(each) for kind, each in groups.items()]
    (about / "entry_points.txt").write_text("\n".join(lines))
    for name, text in modules.items():
        (place / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(place))
    extensions._installed.cache_clear()


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What a test put on the path as installed is not remembered after it."""
    before = set(sys.modules)
    yield
    extensions._installed.cache_clear()
    for name in set(sys.modules) - before:
        if name.startswith("weather"):
            del sys.modules[name]


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


# ------------------------------------------------------------------------------- found and named


def test_a_configuration_may_name_what_its_own_folder_has(house: Path) -> None:
    config = load(house / "digest.toml")
    assert config.site.extensions == house / "ext"
    assert {"tides", "freshness"} <= set(plugins.names(signals))
    assert {"house_style", "size"} <= set(plugins.names(preflight))
    assert plugins.load(digest.articles.sources, "gazette").__doc__ == "A source."
    assert plugins.load(transports, "pigeon").transport(Relay(), "main").messages == []


def test_a_story_gets_the_points_of_an_extension(house: Path, context: Any) -> None:
    load(house / "digest.toml")
    (found,) = rank.ranked([STORIES["of three"]], context, {"tides": 0.2})
    assert [(one.signal, one.value, one.weight) for one in found.reasons if one.signal == "tides"] == [
        ("tides", 1.0, 0.2)
    ]


def test_the_folder_may_be_named_by_the_environment(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (house / "digest.toml").read_text()
    (house / "digest.toml").write_text(text.replace('extensions = "ext"\n', ""))
    with pytest.raises(ConfigError):
        load(house / "digest.toml")
    monkeypatch.setenv("DIGEST_SITE__EXTENSIONS", "ext")
    assert load(house / "digest.toml").site.extensions == house / "ext"


def test_what_another_configuration_named_is_gone(house: Path, tmp_path: Path) -> None:
    load(house / "digest.toml")
    assert "tides" in plugins.names(signals)
    load(Path(__file__).parents[2] / "config.example.toml")
    assert "tides" not in plugins.names(signals)


def test_a_missing_name_says_where_it_was_looked_for(house: Path) -> None:
    configure(house, kind="gazete", signal="tide", transport="dove")
    with pytest.raises(ConfigError) as caught:
        load(house / "digest.toml")
    found = str(caught.value)
    for kind, name in (("sources", "'gazete'"), ("transports", "'dove'"), ("signals", "no such signal")):
        assert name in found
        assert str(house / "ext" / kind) in found
        assert f"newsroom_digest.{kind}" in found
    assert "gazette" in found
    assert "line 6" in found
    plugins.use(house / "ext")
    with pytest.raises(
        PluginError, match=r"looked for in digest\.delivery\.transports; .*ext/transports; the entry"
    ):
        plugins.load(transports, "dove")


def test_a_folder_that_is_not_there_is_a_fault_of_the_configuration(house: Path) -> None:
    text = (house / "digest.toml").read_text()
    (house / "digest.toml").write_text(text.replace('"ext"', '"elsewhere"'))
    with pytest.raises(ConfigError, match=r"line 4: site.extensions: there is no folder .*elsewhere"):
        load(house / "digest.toml")


def test_files_of_the_folder_may_import_each_other(house: Path) -> None:
    write(house, "signals/_words.py", "WORDS = {'quake'}\n")
    text = "from ._words import WORDS\n" + SIGNAL.format(name="shaking")
    write(house, "signals/shaking.py", text)
    load(house / "digest.toml")
    assert {"quake"} == plugins.load(signals, "shaking").WORDS
    assert "_words" not in plugins.names(signals)


def test_a_fault_in_a_file_that_another_imports_is_told_with_its_own_line(house: Path) -> None:
    write(house, "signals/_words.py", "\n\nWORDS = nothing\n")
    write(house, "signals/shaking.py", "from ._words import WORDS\n" + SIGNAL.format(name="shaking"))
    load(house / "digest.toml")
    with pytest.raises(PluginError, match=r"signals/_words\.py line 3: cannot be imported: NameError"):
        plugins.load(signals, "shaking")


def test_names_of_other_kinds_and_of_the_standard_library_are_free(house: Path) -> None:
    for name in ("email", "test", "tides", "gazette"):
        write(house, f"signals/{name}.py", SIGNAL.format(name=name))
        write(house, f"checks/{name}.py", CHECK)
    load(house / "digest.toml")
    for name in ("email", "test", "tides", "gazette"):
        assert plugins.load(signals, name).__doc__.startswith(name)
        assert plugins.load(preflight, name).GOOD == "All is well."
    assert plugins.load(digest.articles.sources, "gazette").__doc__ == "A source."


def test_an_installed_package_brings_its_own(
    house: Path, monkeypatch: pytest.MonkeyPatch, forgotten: None
) -> None:
    points = {
        "signals.weather": "weather_signal",
        "transports.drone": "weather_drone",
        "checks.x y": "weather_signal",
    }
    installed(
        house, monkeypatch, points, weather_signal=SIGNAL.format(name="weather"), weather_drone=TRANSPORT
    )
    configure(house, signal="weather", transport="drone")
    load(house / "digest.toml")
    assert plugins.load(signals, "weather").DEFAULT_WEIGHT == 0.05
    assert run("init").exit_code == 0
    result = run("check", "--extensions")
    assert "signal weather: weather_signal of newsroom-weather 1.2: keeps its contract" in result.output
    assert "'x y' is no name" in result.output


# ------------------------------------------------------------------------------- clashes and faults

FAULTY = {
    "a syntax error": ("def score(:\n", r"signals/bad.py line 1: cannot be imported: SyntaxError"),
    "an import that is missing": ("\nimport nothing_such\n", r"signals/bad.py line 2: .*nothing_such"),
    "an end of the program": ("import sys\nsys.exit('bye')\n", r"signals/bad.py line 2: .*SystemExit: bye"),
    "no score": ('"""bad: x."""\nDEFAULT_WEIGHT = 0.1\n', r"signals/bad.py: lacks def score"),
    "a weight that is no number": (
        '"""bad: x."""\nDEFAULT_WEIGHT = "much"\ndef score(s, c): ...\n',
        r"signals/bad.py: lacks DEFAULT_WEIGHT",
    ),
    "a weight without end": (
        '"""bad: x."""\nDEFAULT_WEIGHT = float("nan")\ndef score(s, c): ...\n',
        r"signals/bad.py: lacks DEFAULT_WEIGHT",
    ),
    "bytes that are no text": ("\x00", r"signals/bad.py: cannot be imported|signals/bad.py line"),
}


@pytest.mark.parametrize("what", FAULTY)
def test_a_faulty_one_is_one_clear_line_and_the_others_work(house: Path, context: Any, what: str) -> None:
    text, line = FAULTY[what]
    write(house, "signals/bad.py", text)
    load(house / "digest.toml")
    with pytest.raises(PluginError, match=line) as caught:
        plugins.load(signals, "bad")
    assert "\n" not in str(caught.value)
    assert "tides" in {one.signal for one in rank.ranked([STORIES["of three"]], context)[0].reasons}
    assert run("init").exit_code == 0
    result = run("check", "--extensions")
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "FAIL signal bad: " in result.output
    assert "ok   signal tides: " in result.output


def test_a_name_that_ships_stays_that_one(house: Path, context: Any) -> None:
    write(house, "signals/freshness.py", SIGNAL.format(name="freshness"))
    load(house / "digest.toml")
    assert plugins.load(signals, "freshness").__name__ == "digest.stories.signals.freshness"
    assert run("init").exit_code == 0
    result = run("check", "--extensions")
    assert result.exit_code == 1
    assert (
        "the name freshness is that of one that ships, which stays in use. Give it a name of its own"
        in result.output
    )


def test_a_name_that_two_have_is_used_by_neither(
    house: Path, monkeypatch: pytest.MonkeyPatch, forgotten: None
) -> None:
    installed(
        house, monkeypatch, {"signals.tides": "weather_signal"}, weather_signal=SIGNAL.format(name="tides")
    )
    load(house / "digest.toml")
    with pytest.raises(PluginError, match="taken twice"):
        plugins.load(signals, "tides")
    assert run("init").exit_code == 0
    assert run("check", "--extensions").output.count("FAIL signal tides") == 2


def test_a_signal_that_fails_costs_its_own_points_only(house: Path, context: Any) -> None:
    write(
        house,
        "signals/bad.py",
        '"""bad: x."""\nDEFAULT_WEIGHT = 0.5\ndef score(story, context):\n    return 1 / 0\n',
    )
    load(house / "digest.toml")
    (found,) = rank.ranked([STORIES["of three"]], context)
    (bad,) = (one for one in found.reasons if one.signal == "bad")
    assert (bad.value, bad.text) == (0.0, "failed: ZeroDivisionError: division by zero")


def test_a_check_that_fails_is_amber_and_the_others_run(house: Path) -> None:
    write(house, "checks/bad.py", CHECK.replace("return []", "raise ValueError('no\\nway')"))
    write(house, "checks/worse.py", "def check(:\n")
    load(house / "digest.toml")
    found = {one.check: one for one in preflight.checklist(proof())}
    assert set(plugins.names(preflight)) == set(found)
    assert (found["bad"].level, found["bad"].unrun) == ("warn", True)
    assert "ValueError: no way" in found["bad"].what
    assert (found["worse"].level, found["worse"].unrun) == ("warn", True)
    assert found["house_style"].level == "ok"


def test_a_transport_that_cannot_begin_is_a_relay_that_needs_a_person(house: Path) -> None:
    write(
        house, "transports/bad.py", '"""x"""\ndef transport(relay, name):\n    return relay.options["loft"]\n'
    )
    write(house, "transports/worse.py", "def transport(:\n")
    load(house / "digest.toml")
    write(house, "transports/mute.py", '"""x"""\ndef transport(relay, name):\n    return 5\n')
    for name, words in (
        ("mute", "has no send"),
        ("bad", "cannot begin: KeyError"),
        ("worse", "worse.py line 1: cannot be imported"),
    ):
        made = transport(Relay(transport=name), "main")
        with pytest.raises(RelayError, match=words):
            asyncio.run(_first(made))


async def _first(made: Any) -> None:
    async for _ in made.send(None, None):
        pass


def test_a_source_whose_kind_is_faulty_fails_alone(house: Path) -> None:
    write(house, "sources/gazette.py", "def read(:\n")
    (house / "digest.toml").write_text(
        (house / "digest.toml").read_text().replace('sources = ["own"]', 'sources = ["own", "good"]')
        + '[sources.good]\nkind = "folder"\nurl = "articles"\n'
    )
    assert run("init").exit_code == 0
    said = run("collect", "--json").stdout  # here the log is printed there, too
    found = json.loads(said[said.index("{\n") :])["sources"]
    errors = {one["name"]: one["error"] for one in found}
    assert "gazette.py line 1: cannot be imported: SyntaxError" in errors["own"]
    assert errors["good"] == ""


def test_what_is_faulty_is_logged_when_a_process_starts(house: Path) -> None:
    write(house, "checks/bad.py", "def check(:\n")
    write(house, "signals/freshness.py", SIGNAL.format(name="freshness"))
    load(house / "digest.toml")
    with capture_logs() as lines:
        plugins.load_extensions()
        plugins.load_extensions()
    said = [line["why"] for line in lines if line["event"] == "extension.faulty"]
    assert sum("bad.py line 1" in why for why in said) == 1
    assert any("the name freshness is that of one that ships" in why for why in said)


# ------------------------------------------------------------------------------- elsewhere


def test_a_parsers_process_knows_the_folder(house: Path) -> None:
    write(
        house,
        "sources/gazette.py",
        SOURCE + "import os\ndef parse(content, url):\n    return len(content), os.getpid()\n",
    )
    load(house / "digest.toml")
    parse = plugins.load(digest.articles.sources, "gazette").parse
    length, process = anyio.run(apart, parse, b"12345", "x")
    assert length == 5
    assert process != plugins.load(digest.articles.sources, "gazette").os.getpid()


def test_the_contract_is_run_and_told_as_json(house: Path) -> None:
    assert run("init").exit_code == 0
    write(
        house,
        "signals/wild.py",
        '"""wild: x."""\nDEFAULT_WEIGHT = 1\ndef score(story, context):\n    return 2.0, "a\\nb"\n',
    )
    (house / "ext" / "signal").mkdir()
    result = run("check", "--extensions", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    wild = [one["words"] for one in found if one["what"] == "signal wild"]
    assert any("DEFAULT_WEIGHT must be a number with a point" in words for words in wild)
    assert any("a value from 0 to 1" in words for words in wild)
    assert any("one line of text" in words for words in wild)
    assert all(str(house / "ext" / "signals" / "wild.py") in words for words in wild)
    assert any("nothing looks at" in one["words"] and one["note"] for one in found)
    (pigeon,) = (one for one in found if one["what"] == "transport pigeon" and one["note"])
    assert "no message was tried" in pigeon["words"]


def test_with_no_extension_at_all_it_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init").exit_code == 0
    result = run("check", "--extensions")
    assert result.exit_code == 0
    assert (
        "there are none; looked for in no folder of the newsroom's own (site.extensions names one)"
        in result.output
    )
    assert "newsroom_digest.signals" in result.output


def test_a_plain_check_names_what_cannot_be_used(house: Path) -> None:
    assert run("init").exit_code == 0
    write(house, "checks/bad.py", "def check(:\n")
    result = run("check", "--offline")
    assert result.exit_code == 1
    assert "FAIL check bad: " in result.output
    assert "ok   signal tides: " in result.output


def test_a_folder_that_others_may_write_into_is_named(house: Path) -> None:
    assert run("init").exit_code == 0
    assert "can run what they like" not in run("check", "--offline").output
    file = house / "ext" / "signals" / "tides.py"
    file.chmod(0o666)
    for folder in (house, house / "ext", house / "ext" / "signals"):
        folder.chmod(0o755)
    assert f"chmod go-w {file}" in run("check", "--offline").output


# ------------------------------------------------------------------------------- contracts that catch


def contract_says(kind: str, text: str, folder: Path) -> list[Broken]:
    from digest.contracts.trial import CONTRACTS

    write(folder, f"{kind}/one.py", text)
    plugins.use(folder / "ext")
    package = sys.modules[extensions.PACKAGES[kind]]
    return list(CONTRACTS[kind]("one", plugins.load(package, "one")))


CAUGHT = {
    "a signal that changes its mind": ("signals", '"""one: x."""\nDEFAULT_WEIGHT = 0.1\nfrom itertools import count\nc = count()\ndef score(s, x):\n    return min(next(c) / 100, 1.0), "x"\n', "the same when asked again"),
    "a signal that returns a number": ("signals", '"""one: x."""\nDEFAULT_WEIGHT = 0.1\ndef score(s, x):\n    return 1.0\n', "must return"),
    "a signal without a docstring": ("signals", 'DEFAULT_WEIGHT = 0.1\ndef score(s, x):\n    return 1.0, "x"\n', "docstring"),
    "a check of nobody's": ("checks", CHECK.replace('"editor"', '"boss"'), "OWNER"),
    "a check with another parameter": ("checks", CHECK.replace("(proof)", "(edition)"), "one parameter"),
    "a check that yields words": ("checks", CHECK.replace("[]", '["bad"]'), "must yield Findings"),
    "a check that needs what nobody knows": ("checks", CHECK + 'NEEDS = "weather"\n', "NEEDS"),
    "a check that breaks on broken HTML": ("checks", CHECK.replace("return []", "proof.rendered.html.index('</body>')\n    return []"), "whose HTML is '<p>'"),
    "a source that is not async": ("sources", '"""x"""\ndef read(a, b, c, d): ...\n', "async def read"),
    "a source of three": ("sources", '"""x"""\nasync def read(a, b, c): ...\n', "four parameters"),
    "a source that crashes": ("sources", '"""x"""\nimport json\nasync def read(source, http, mark, now):\n    json.loads((await http.get(mark.url)).body)\n', "JSONDecodeError"),
    "a parser that crashes": ("sources", SOURCE + "def parse(content, url):\n    return content[99]\n", "IndexError"),
    "a transport without send": ("transports", '"""x"""\ndef transport(relay, name):\n    return 5\n', "async def send"),
}  # fmt: skip


@pytest.mark.parametrize("what", CAUGHT)
def test_the_contract_catches(tmp_path: Path, what: str) -> None:
    kind, text, words = CAUGHT[what]
    assert any(words in one.what for one in contract_says(kind, text, tmp_path))


TRIAL = '''"""x"""
from contextlib import contextmanager
from digest.outcomes import Accepted


class Way:
    def __init__(self):
        self.messages = []

    async def send(self, messages, mark):
{body}


def transport(relay, name):
    return Way()


@contextmanager
def trial(folder):
    yield Way()
'''
WAYS = {
    "hands over before the mark": ("async for one in messages:\n    self.messages.append(one)\n    yield one.delivery, Accepted(250, 'x')\n    await mark(one.delivery)", "must call mark"),
    "hands over what was refused": ("async for one in messages:\n    await mark(one.delivery)\n    self.messages.append(one)\n    yield one.delivery, Accepted(250, 'x')", "whose mark was refused"),
    "loses one": ("async for one in messages:\n    if await mark(one.delivery) and one.delivery > 1:\n        yield one.delivery, Accepted(250, 'x')", "one outcome for each of five"),
    "swallows a fault": ("async for one in messages:\n    try:\n        if await mark(one.delivery):\n            yield one.delivery, Accepted(250, 'x')\n    except OSError:\n        return", "must not swallow"),
    "leaves a task": ("import asyncio\nself.task = asyncio.create_task(asyncio.Event().wait())\nasync for one in messages:\n    if await mark(one.delivery):\n        yield one.delivery, Accepted(250, 'x')", "no task behind"),
}  # fmt: skip
GOOD_WAY = "async for one in messages:\n    if await mark(one.delivery):\n        yield one.delivery, Accepted(250, 'x')"


@pytest.mark.parametrize("what", WAYS)
def test_the_contract_catches_a_transport_that(tmp_path: Path, what: str) -> None:
    body, words = WAYS[what]
    text = TRIAL.format(body="\n".join(f"        {line}" for line in body.splitlines()))
    assert any(words in one.what for one in contract_says("transports", text, tmp_path))


def test_the_contract_lets_a_good_transport_pass(tmp_path: Path) -> None:
    text = TRIAL.format(body="\n".join(f"        {line}" for line in GOOD_WAY.splitlines()))
    assert contract_says("transports", text, tmp_path) == []


def test_the_contract_of_signals_looks_at_the_edges() -> None:
    assert "without members" in signal_contract.stories()
