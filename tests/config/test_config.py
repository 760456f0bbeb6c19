"""The configuration: the example is valid and complete, and every fault is reported at once, by name and line."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from digest import endpoint
from digest.config.lines import line_of, positions
from digest.config.schema import Config
from digest.configuration import load
from digest.errors import ConfigError
from digest.flows.edition.add_article import BY_HAND

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def faults(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "digest.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    return [str(fault) for fault in caught.value.faults]


def keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Return every setting's dotted name; tables keyed by name and lists of tables stand as `*`."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = [
            found for found in (field.annotation, *get_args(field.annotation)) if isinstance(found, type)
        ]
        models = [found for found in inner if issubclass(found, BaseModel)]
        single = field.annotation in models or type(None) in get_args(field.annotation)
        keyed = "" if single else ".*"
        found |= keys(models[0], f"{prefix}{name}{keyed}.") if models else {prefix + name}
    return found


def shown(table: dict[str, Any], path: tuple[str, ...] = ()) -> set[str]:
    found: set[str] = set()
    for name, value in table.items():
        here = (
            *path,
            "*"
            if path[-1:] in {("sources",), ("newsletters",), ("relays",), ("warm_up",)} and len(path) == 1
            else name,
        )
        free = {"links", "options", "half_lives", "weights"} | (
            {"sections", "urls"} if "ranking" in path else set()
        )
        if isinstance(value, dict) and name not in free:
            found |= shown(value, here)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found |= {key for item in value for key in shown(item, (*here, "*"))}
        else:
            found.add(".".join(here))
    return found


def test_the_example_is_valid_as_it_stands() -> None:
    assert load(EXAMPLE).newsletters["daily"].title == "The Morning Herald"


def test_the_example_shows_every_setting_and_no_other() -> None:
    text = re.sub(r"(?m)^# ([a-z0-9_]+ = |\[[a-z_.\x22]+\]\s)", r"\1", EXAMPLE.read_text(encoding="utf-8"))
    assert shown(tomllib.loads(text)) == keys(Config)


def test_every_fault_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace('zone = "Europe/London"', 'zone = "Europe/Londom"').replace(
        "port = 587", "port = 99999"
    )
    text = text.replace('tagline = "', 'taglin = "').replace('witnesses = ["wire"]', 'witnesses = ["wired"]')
    text = text.replace("stories = 4", "stories = 0", 1)
    found = faults(tmp_path, text)
    lines = text.splitlines()
    wanted = {"zone": "no time zone", "port": "65535", "taglin": "no such setting", "witnesses": "no source 'wired'",
              "stories": "greater than or equal to 1"}  # fmt: skip
    for key, what in wanted.items():
        line = next(number for number, line in enumerate(lines, 1) if line.startswith(f"{key} = ") and what)
        matching = [fault for fault in found if re.search(rf"\b{key}: ", fault)]
        assert len(matching) == 1, found
        assert what in matching[0]
        if key != "port":
            assert matching[0].startswith(f"line {line}:")
    assert len(found) == len(wanted)


def test_broken_toml_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "digest.toml"
    file.write_text('[site]\nname = "x\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="line 2"):
        load(file)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="digest init"):
        load(tmp_path / "nowhere.toml")


def test_unknown_kinds_and_signals_are_named_with_those_that_exist(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace('kind = "feed"', 'kind = "fead"').replace("freshness = 0.03", "freshnes = 0.03")
    found = " ".join(faults(tmp_path, text))
    assert "there is no 'fead'" in found
    assert "folder" in found
    assert "freshnes: there is no such signal" in found


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_RELAYS__MAIN__PASSWORD", "s3cret")
    monkeypatch.setenv("DIGEST_SITE__NAME", "Other Herald")
    config = load(EXAMPLE)
    assert config.relays["main"].password.get_secret_value() == "s3cret"
    assert config.relays["main"].port == 587
    assert config.site.name == "Other Herald"
    assert "s3cret" not in repr(config)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "digest.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    config = load(file)
    assert config.site.data == tmp_path / "data"
    assert config.database.url == f"sqlite:///{tmp_path / 'data' / 'digest.db'}"


def test_positions_know_tables_arrays_and_dotted_keys() -> None:
    known = positions('[a]\nb.c = 1\n[[a.d]]\ne = 1\n[[a.d]]\ne = """\nf = 2\n"""\ng = 1\n')
    assert known[("a", "b", "c")] == 2
    assert known[("a", "d", 0, "e")] == 4
    assert known[("a", "d", 1, "g")] == 9
    assert ("a", "d", 1, "f") not in known
    assert line_of(("a", "d", 1, "missing"), known) == 5
    assert line_of(("z",), known) == 0


def test_signing_keys_are_named_and_lie_beside_the_file(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^# ((ed25519_)?(selector|key_file) = )", r"\1", text)
    file = tmp_path / "digest.toml"
    file.write_text(text, encoding="utf-8")
    dkim = load(file).newsletters["daily"].dkim
    assert dkim.key_file == tmp_path / "data/dkim/digest-202603.pem"
    assert dkim.ed25519_key_file == tmp_path / "data/dkim/digest-202603-ed.pem"
    assert "needs the selector" in " ".join(faults(tmp_path, re.sub(r"(?m)^selector = .*$", "", text)))
    assert "no selector" in " ".join(
        faults(tmp_path, re.sub(r"(?m)^selector = .*$", 'selector = "a b"', text))
    )


def test_a_relay_may_not_leave_the_sender_unsigned(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("rewrites = []", 'rewrites = ["Date", "From"]')
    assert "leaves out from" in " ".join(faults(tmp_path, text))


def test_no_configured_source_can_be_called_like_that_of_the_editors(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("[sources.wire]", f"[sources.{BY_HAND}]")
    assert any(f"sources.{BY_HAND}" in fault for fault in faults(tmp_path, text))


def test_what_was_allowed_to_all_sources_is_said_at_each(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("[fetch]", '[fetch]\nallow_private = ["10.0.0.0/8"]')
    found = faults(tmp_path, text)
    assert [fault.partition(": name host")[0] for fault in found] == [
        f"line {text.splitlines().index('[fetch]') + 2}: fetch.allow_private: there is no such setting any more"
    ]
    assert "[sources.NAME]" in found[0]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("CMS.Internal.:80", "cms.internal:80"),
        ("[FD00::5]:8080", "[fd00::5]:8080"),
        ("bücher.example:443", "xn--bcher-kva.example:443"),
    ],
)
def test_host_and_port_have_one_spelling(text: str, kept: str) -> None:
    assert endpoint.written(text) == kept
    assert endpoint.of_url(f"http://{text}/feed?x=1") == kept


@pytest.mark.parametrize(
    "text",
    ["10.0.0.0/8", "cms.internal", "http://cms.internal:8080", "*:80", "*.internal:80", ":80", "a:0", "a:99999", "a:b",
     "::1:80", "u@a:80", "", "a b:80"],
)  # fmt: skip
def test_what_is_no_host_with_a_port_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="names no host with its port"):
        endpoint.written(text)
    first = "[sources.herald]"
    changed = EXAMPLE.read_text(encoding="utf-8").replace(
        first, f"{first}\nallow_private = [{json.dumps(text)}]"
    )
    assert "sources.herald.allow_private[0]" in faults(tmp_path, changed)[0]


def test_a_network_to_deny_must_be_one(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("deny = []", 'deny = ["2001:db8:64::/200"]')
    assert "is no network" in faults(tmp_path, text)[0]


def test_a_newsletter_knows_its_name_which_is_no_setting_of_it() -> None:
    config = load(EXAMPLE)
    for name, newsletter in config.newsletters.items():
        assert newsletter.name == newsletter.model_copy(update={"title": "Other"}).name == name
        assert "name" not in newsletter.model_dump(), "what is settled by the settings' hash stays as it is"
