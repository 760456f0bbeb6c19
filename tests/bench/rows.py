"""The rows that the scorers give to a system under test, as the articles that collecting would have made of them."""

import json
import subprocess
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from digest.config.schema import Newsletter, Schedule, Sender
from digest.model import Article, Role

Row = dict[str, Any]
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
NEWSLETTER = Newsletter(
    title="Bench",
    sources=("own",),
    schedule=Schedule(time=time(18, 0)),
    sender=Sender(address="bench@news.example", postal="1 Harbour Street"),
).named("bench")


def rows(scorer: Path, data: Path) -> list[Row]:
    """Return what a system under test may read."""
    made = subprocess.run(
        [sys.executable, scorer, data, "--inputs"], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in made.stdout.splitlines()]


def scored(scorer: Path, data: Path, predictions: Path) -> Row:
    """Return the scorer's figures."""
    made = subprocess.run(
        [sys.executable, scorer, data, predictions], capture_output=True, text=True, check=True
    )
    found: Row = json.loads(made.stdout)
    return found


def moment(text: str | None, missing: datetime = UNDATED) -> datetime:
    """Return the date in *text*, or *missing*: the first-seen time stands in, as it does when collecting."""
    at = datetime.fromisoformat(text.replace("Z", "+00:00")) if text else missing
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def article(number: int, row: Row, at: datetime, role: Role = Role.OWN) -> Article:
    """Return *row* as the article that collecting would have made of it."""
    outlet = row["source"] or "unknown"
    return Article(
        id=number,
        source=outlet,
        outlet=outlet,
        url=row["url"],
        title=row["title"],
        dek=row["summary"] or "",
        body=row.get("text") or "",
        published=at,
        first_seen=at,
        role=role,
        section=row.get("section") or "",
        language=row.get("language") or "en",
    )
