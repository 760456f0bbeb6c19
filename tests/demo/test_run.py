"""The whole road: `digest demo` as a newcomer runs it."""

import asyncio
import email
import email.policy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text

from digest.demo import run as demo

pytestmark = [pytest.mark.slow, pytest.mark.timed]


def lines(said: list[Any]) -> str:
    return "\n".join(one for one in said if isinstance(one, str))


def test_the_demo_takes_the_sample_newsroom_to_25_inboxes_and_can_be_run_again(
    tmp_path: Path, now: datetime
) -> None:
    folder, said = tmp_path / "demo-run", list[Any]()
    assert asyncio.run(demo.run(folder, now, echo=said.append)) == 0, lines(said)
    files = list((folder / "mails").glob("*.eml"))
    assert len(files) == 31
    mail = email.message_from_bytes(
        (folder / "mails" / "ada@readers.example.eml").read_bytes(), policy=email.policy.default
    )
    assert "/u/" in mail["List-Unsubscribe"]
    assert "Ada Fenwick" in mail["To"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "tide table" not in html.get_content(), "an old article is not sold as new"
    assert "31 of 31 mails arrived for 25 readers" in lines(said)
    wide = [one for one in Text.from_markup(lines(said)).plain.split("\n") if len(one) > 80]
    assert [one for one in wide if str(tmp_path) not in one] == [], "it is read in a terminal of 80 columns"
    assert {path.suffix for path in (folder / "editions").iterdir()} == {".html", ".txt", ".eml"}
    assert "../data/pictures/" in next((folder / "editions").glob("morning*.html")).read_text()
    again = list[Any]()
    assert asyncio.run(demo.run(folder, now, echo=again.append)) == 0, lines(again)
    assert len(list((folder / "mails").glob("*.eml"))) == 31


def test_somebody_elses_folder_is_left_alone(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    said: list[Any] = []
    assert asyncio.run(demo.run(tmp_path, now, echo=said.append)) == 1
    assert "is not empty" in lines(said)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
