"""The news bench measures what ships: it has no parameter of its own and knows no set."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.config.schema import Ranking
from tests.bench import bench_news, figures, front_pages, rows
from tests.stories.news import FILLER, QUAKE

SOURCE = "\n".join(
    Path(str(module.__file__)).read_text(encoding="utf-8")
    for module in (bench_news, figures, front_pages, rows)
)
PRODUCT = {"stories", "ranked", "composed", "Clusters"}
PLAIN = {"now", "newsletter", "name", "date"}  # facts that every caller has to state


def calls() -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PRODUCT
    ]


def test_it_calls_the_product_with_nothing_but_the_facts() -> None:
    found = calls()
    assert {node.func.id for node in found if isinstance(node.func, ast.Name)} == PRODUCT
    for node in found:
        assert {keyword.arg for keyword in node.keywords} <= PLAIN
        assert len(node.args) <= 2
    assert not re.search(r"\b(Settings|Mix)\b", SOURCE)


def test_its_newsletter_ranks_with_the_shipped_settings() -> None:
    assert rows.NEWSLETTER.ranking == Ranking()


def test_it_names_no_set() -> None:
    assert not re.search(r"(?i)bbc|google|hacker|hn-|ecb|basil|allsides|giveme|uci|most-read", SOURCE)


def test_a_small_day_is_ranked_as_the_scorer_wants_it() -> None:
    now = datetime(2026, 3, 4, 18, tzinfo=UTC)

    def row(kind: str, name: str, title: str, source: str) -> rows.Row:
        at = (now - timedelta(hours=2)).isoformat()
        return {
            "type": kind,
            "set": "s",
            "id": name,
            "url": "",
            "source": source,
            "title": title,
            "summary": "",
            "published": at,
        }

    inputs = [
        row("article", f"own-{at}", title, "Herald") for at, title in enumerate([*FILLER[:4], QUAKE[0][0]])
    ]
    inputs += [row("other", f"other-{at}", title, f"Paper {at}") for at, (title, _) in enumerate(QUAKE)]
    candidates = [each["id"] for each in inputs if each["type"] == "article"]
    inputs.append(
        {"type": "task", "set": "s", "day": "2026-03-04", "time": now.isoformat(), "candidates": candidates}
    )
    (task,) = bench_news.tasks(inputs)
    assert task.line["ranked"][0] == "own-4"
    assert sorted(task.line["ranked"]) == sorted(candidates)
    for name in ("count", "grams", "bags"):
        assert task.others[name][0] == "own-4"
