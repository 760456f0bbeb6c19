"""Lists as other systems export them: every expected number, without being told the format."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from subscribers.address import Address, parse_address
from subscribers.transfer.csv_file import open_csv
from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.reading import interpret, lines

pytestmark = pytest.mark.real


def told(path: Path, mapping: dict[str, str] | None) -> Iterator[dict[str, Any]]:
    for line in lines(interpret(open_csv(path), mapping)):
        entry = line.entry
        status = ImportStatus.UNSUBSCRIBED if entry.status is ImportStatus.COMPLAINED else entry.status
        yield {
            "verdict": line.verdict, "email": entry.address, "status": str(status), "first_name": entry.first_name,
            "last_name": entry.last_name, "name": entry.name, "tags": list(entry.tags),
            "created_at": entry.created_at.isoformat() if entry.created_at else None,
            "confirmed_at": entry.confirmed_at.isoformat() if entry.confirmed_at else None,
        }  # fmt: skip


def test_every_export_is_read_right(shared_data: Path, tmp_path: Path) -> None:
    folder, scorer = shared_data / "subscriber-csv", shared_data.parent / "score" / "csv_imports.py"
    if not scorer.is_file():
        pytest.skip(reason=f"the scorer is not at {scorer}")
    asked = subprocess.run(
        [sys.executable, scorer, folder, "--inputs"], capture_output=True, text=True, check=True
    )
    answers = tmp_path / "answers.jsonl"
    with answers.open("w") as file:
        for each in map(json.loads, asked.stdout.splitlines()):
            sheet = open_csv(folder / each["file"])
            if each["file"].startswith("csv-spectrum/"):
                answer = {"records": [dict(zip(sheet.header, row, strict=False)) for _, row in sheet.rows()]}
            else:
                answer = {"rows": list(told(folder / each["file"], each["mapping"]))}
            file.write(json.dumps({"file": each["file"], **answer}) + "\n")
    result = json.loads(
        subprocess.run(
            [sys.executable, scorer, folder, answers], capture_output=True, text=True, check=True
        ).stdout
    )
    print(result)
    assert (result["overall"], result["csv_spectrum"]["share"], result["wrong"]) == (1.0, 1.0, {})


def test_is_emails_own_cases_are_judged_as_it_judges_them(shared_data: Path) -> None:
    from xml.etree import ElementTree

    found = ElementTree.parse(
        shared_data / "address-and-strings" / "isemail" / "tests-original.xml"
    ).getroot()
    verdicts: dict[str, list[bool]] = {}
    for case in found.iter("test"):
        text = "".join(
            chr(ord(mark) - 0x2400) if 0x2400 <= ord(mark) <= 0x2421 else mark
            for mark in case.findtext("address") or ""
        )
        verdicts.setdefault(case.findtext("category") or "", []).append(
            isinstance(parse_address(text), Address)
        )
    print({category: f"{sum(taken)}/{len(taken)} taken" for category, taken in verdicts.items()})
    assert not any(verdicts["ISEMAIL_ERR"])


def test_every_naughty_string_survives_a_form_a_list_and_a_page(shared_data: Path, tmp_path: Path) -> None:
    """Each string as a reader's name: typed into the form, kept, shown, exported and read back."""
    from html.parser import HTMLParser

    from digest.store.engine import Database
    from digest.store.migrate import upgrade
    from subscribers.rules import is_valid_name
    from subscribers.store import people
    from subscribers.transfer.export import export_csv
    from tests.subscribers.conftest import Site

    strings = json.loads(
        (shared_data / "address-and-strings" / "blns" / "blns.json").read_text(encoding="utf-8")
    )
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    upgrade(database)
    site = Site(database, datetime(2026, 3, 4, 5, tzinfo=UTC))
    client, reader = site.client, site.reader()
    url = site.links.preferences(reader, "daily").removeprefix(site.links.site_url)

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []
            self.name = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.seen.append(tag)
            if ("id", "name") in attrs:
                self.name = dict(attrs)["value"] or ""

    client.post(url, data={"act": "save", "name": "Ada"})
    plain = Tags()
    plain.feed(client.get(url).text)
    for text in strings:
        answer = client.post(url, data={"act": "save", "name": text}).status_code
        assert answer == 200 or (answer == 400 and not is_valid_name(text)), (
            text
        )  # an address is nobody's name
        with database.read() as connection:
            found = people.subscriber_by_id(connection, reader)
            file = io.StringIO(newline="")
            export_csv(connection, file)
        assert found is not None
        page = Tags()
        page.feed(client.get(url).text)
        assert page.seen == plain.seen, text  # no tag of its own
        assert page.name == found.name, text
        (path := tmp_path / "list.csv").write_text(file.getvalue(), encoding="utf-8", newline="")
        (line,) = lines(interpret(open_csv(path)))
        assert line.cells[1].removeprefix("'") == found.name.removeprefix("'"), text
    print(f"{len(strings)} strings")
    database.close()
