"""The worked examples of docs/extensions.md keep their contracts, and work in a newsroom that is put up as the page says."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner, Result

from digest import extensions, plugins
from digest.cli import cli
from tests.cli.test_cli import CONFIG

PAGE = Path(__file__).parents[2] / "docs" / "extensions.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"`extensions/(\S+?\.py)`:\n\n```python\n(.*?)```\n", TEXT, re.DOTALL))
SENDMAIL = '#!/bin/sh\ncat > "$(dirname "$0")/$5.eml"\n'


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A newsroom with the examples in its folder of extensions."""
    monkeypatch.chdir(tmp_path)
    for name, text in EXAMPLES.items():
        file = tmp_path / "extensions" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "articles").mkdir()
    item = {"url": "http://127.0.0.1:9/1", "title": "Council slams the flood wall", "date_published": _now()}
    (tmp_path / "articles" / "1.json").write_text(json.dumps(item))
    program = tmp_path / "sendmail"
    program.write_text(SENDMAIL)
    program.chmod(0o700)
    text = CONFIG.format(articles=tmp_path / "articles").replace(
        "[site]", '[site]\nextensions = "extensions"'
    )
    text = text.replace(
        'transport = "folder"', f'transport = "sendmail"\noptions = {{ command = "{program}" }}'
    )
    (tmp_path / "digest.toml").write_text(text)
    assert run("init").exit_code == 0
    yield tmp_path
    plugins.use(None)


def _now() -> str:
    from digest.app import clock

    return clock().isoformat()


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def test_the_page_has_an_example_of_each_kind() -> None:
    assert {name.split("/")[0] for name in EXAMPLES} == set(extensions.PACKAGES)
    for kind in extensions.PACKAGES:
        assert extensions.group(kind) in TEXT


def test_each_example_keeps_its_contract(house: Path) -> None:
    result = run("check", "--extensions", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {one["what"] for one in found} == {
        f"{name.split('/')[0].removesuffix('s')} {Path(name).stem}" for name in EXAMPLES
    }
    assert all(one["words"].endswith("keeps its contract") and not one["note"] for one in found)


class TownHall(BaseHTTPRequestHandler):
    """A server with one notice, and one that lacks its link."""

    def do_GET(self) -> None:
        rows = [
            {"link": "https://town.example/1", "headline": "High water on Friday"},
            {"headline": "No link"},
        ]
        body = json.dumps(rows).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def test_the_program_reads_a_source_of_its_own_in_a_process_of_its_own(house: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), TownHall) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{server.server_port}"
        config = house / "digest.toml"
        table = (
            f'[sources.town-hall]\nkind = "notices"\nurl = "http://{place}/n"\nallow_private = ["{place}"]\n'
        )
        config.write_text(table + config.read_text())
        words = [sys.executable, "-m", "digest", "collect", "town-hall", "--json"]
        done = subprocess.run(words, cwd=house, capture_output=True, text=True, timeout=120)
        server.shutdown()
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["sources"]
    assert (found["outcome"], found["seen"], found["new"]) == ("read", 1, 1)


def test_an_edition_goes_out_with_the_examples(house: Path) -> None:
    assert run("collect").exit_code == 0
    assert run("subscribers", "add", "daily", "ann@example.net", "--source", "a form").exit_code == 0
    assert run("build", "daily").exit_code == 0
    assert "tides: is about the flood" in run("show", "daily", "--explain").output
    approved = run("approve", "daily", "--by", "dana")
    assert "“Council slams the flood wall” says “slams”." in approved.output
    assert run("send", "daily").exit_code == 0
    assert b"Council slams the flood wall" in (house / "ann@example.net.eml").read_bytes()
