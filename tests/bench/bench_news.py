"""Measure clusters and ranking on labelled news: `make bench-news DATA=... SCORE=... OUT=...`.

    python tests/bench/bench_news.py --data DATA --score SCORE --out OUT

It reads what the scorers' `--inputs` print, calls the functions that a build calls with the settings that
ship, writes clusters.jsonl and ranking.jsonl, runs the scorers, prints a table, and ends with one line of
JSON. It knows no set by name except to print it, and has no parameter of its own.
"""

import argparse
import json
import random
import subprocess
import sys
import time as clock
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from digest.config.schema import Newsletter, Schedule, Sender
from digest.editions.compose import composed
from digest.model import Article, Role
from digest.stories.cluster import Clusters, led_by, stories
from digest.stories.rank import Context, ranked

DAY = timedelta(hours=24)
NEWSLETTER = Newsletter(
    title="Bench",
    sources=("own",),
    schedule=Schedule(time=time(18, 0)),
    sender=Sender(address="bench@news.example"),
)


def rows(scorer: Path, data: Path) -> list[dict[str, Any]]:
    """Return what a system under test may read."""
    made = subprocess.run([sys.executable, scorer, data, "--inputs"], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in made.stdout.splitlines()]


def scored(scorer: Path, data: Path, predictions: Path) -> dict[str, Any]:
    """Return the scorer's figures."""
    made = subprocess.run([sys.executable, scorer, data, predictions], capture_output=True, text=True, check=True)
    return json.loads(made.stdout)


def moment(text: str | None, missing: datetime) -> datetime:
    """Return the date in *text*, or *missing*: the first-seen time stands in, as it does when collecting."""
    at = datetime.fromisoformat(text.replace("Z", "+00:00")) if text else missing
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def article(number: int, row: dict[str, Any], at: datetime, role: Role = Role.OWN) -> Article:
    """Return *row* as the article that collecting would have made of it."""
    return Article(
        id=number,
        source=row["source"] or "unknown",
        outlet=row["source"] or "unknown",
        url=row["url"],
        title=row["title"],
        dek=row["summary"] or "",
        body=row.get("text") or "",
        published=at,
        first_seen=at,
        role=role,
        language=row.get("language") or "en",
    )


def cluster_lines(inputs: list[dict[str, Any]], dated: bool) -> Iterator[dict[str, str]]:
    """Yield the story of each article, set by set."""
    sets: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in inputs:
        sets[row["set"]].append(row)
    for name, of_set in sets.items():
        seen = max((moment(row["published"], datetime(2026, 1, 1, tzinfo=UTC)) for row in of_set if row["published"]), default=datetime(2026, 1, 1, tzinfo=UTC))
        articles = [article(at, row, moment(row["published"] if dated else None, seen)) for at, row in enumerate(of_set)]
        for label, story in enumerate(stories(articles)):
            yield from ({"set": name, "id": of_set[one.id]["id"], "story": str(label)} for one in story.articles)


def ranking_lines(inputs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each day's candidates, best first, given what other outlets published in the 24 hours before."""
    own: defaultdict[str, dict[str, Article]] = defaultdict(dict)
    others: defaultdict[str, list[Article]] = defaultdict(list)
    names: dict[int, str] = {}
    for number, row in enumerate(each for each in inputs if each["type"] != "task"):
        at = moment(row["published"], datetime(2026, 1, 1, tzinfo=UTC))
        names[number] = row["id"]
        if row["type"] == "article":
            own[row["set"]][row["id"]] = article(number, row, at)
        else:
            others[row["set"]].append(article(number, row, at, Role.WITNESS))
    for task in inputs:
        if task["type"] == "task":
            name, now = task["set"], moment(task["time"], datetime(2026, 1, 1, tzinfo=UTC))
            heard = [one for one in others[name] if now - DAY < one.published <= now]
            order = best_first([own[name][one] for one in task["candidates"]], heard, now)
            yield {"set": name, "day": task["day"], "ranked": [names[one] for one in order]}


def best_first(candidates: list[Article], heard: list[Article], now: datetime) -> list[int]:
    """Return the candidates' ids, best first: each is judged as the lead of its story, as a build judges one."""
    told = [one for story in stories([*candidates, *heard]) for one in led_by(story)]
    return [each.story.lead.id for each in ranked(told, Context(now=now, newsletter=NEWSLETTER))]


def write(path: Path, lines: Iterator[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def streaming(inputs: list[dict[str, Any]], count: int = 10_000) -> tuple[float, float]:
    """Return the CPU seconds that *count* articles take one by one, and what one costs at the end against one at 1,000."""
    texts = [row for row in inputs if row["type"] != "task" and row["title"]]
    made = [replace(article(at, texts[at % len(texts)], datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=8 * at)), outlet=f"o{at % 60}") for at in range(count)]
    clusters, marks = Clusters(), [clock.process_time()]
    for one in made:
        clusters.add(one)
        marks.append(clock.process_time())
    early, late = (marks[1_200] - marks[800]) / 400, (marks[count] - marks[count - 400]) / 400
    return marks[-1] - marks[0], late / early


def an_edition(inputs: list[dict[str, Any]], count: int = 5_000) -> float:
    """Return the CPU seconds that ranking the stories of *count* articles and composing an edition take."""
    texts = [row for row in inputs if row["type"] != "task" and row["title"]][:count]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = [article(at, row, now - timedelta(seconds=15 * at), Role.OWN if at % 10 == 0 else Role.WITNESS) for at, row in enumerate(texts)]
    found = stories(made)
    start = clock.process_time()
    order = ranked(found, Context(now=now, newsletter=NEWSLETTER))
    composed(order, NEWSLETTER, name="bench", date=now.date(), now=now)
    return clock.process_time() - start


def interval(scorer_folder: Path, data: Path, predictions: Path) -> tuple[float, float]:
    """Return the 90 % interval of the main ranking figure by a bootstrap over its days."""
    sys.path.insert(0, str(scorer_folder))
    import ranking as scorer  # type: ignore[import-not-found]

    main = scorer.read_sets(data)[scorer.MAIN]
    news = {row["id"] for row in main["articles"] if row["url"].startswith(scorer.NEWS)}
    ours = {line["day"]: line["ranked"] for line in map(json.loads, predictions.read_text().splitlines()) if line["set"] == scorer.MAIN}
    days = []
    for day, gains in main["tasks"].items():
        kept = {one: gain for one, gain in gains.items() if one in news}
        if any(kept.values()):
            days.append(scorer.ndcg([one for one in ours[day] if one in news], kept))
    draw = random.Random(20260101)
    means = sorted(sum(draw.choices(days, k=len(days))) / len(days) for _ in range(4000))
    return means[200], means[3800]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--data", "--score", "--out"):
        parser.add_argument(name, type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    figures: list[dict[str, Any]] = []

    def note(what: str, value: float, unit: str = "", **bound: float) -> None:
        figures.append({"what": what, "value": round(value, 4), "unit": unit, **bound})
        met = "" if not bound else "met" if value >= bound.get("at_least", value) and value <= bound.get("at_most", value) else "NOT met"
        print(f"{what:62} {value:8.4f} {unit:8} {' '.join(f'{key} {bar}' for key, bar in bound.items()):16} {met}", flush=True)

    told, asked = given.data / "story-clustering", given.data / "ranking"
    inputs = rows(given.score / "clusters.py", told)
    for dated in (False, True):
        figure = scored(given.score / "clusters.py", told, write(given.out / "clusters.jsonl", cluster_lines(inputs, dated)))
        words = "" if dated else ", without dates"
        note(f"clusters: BCubed F1, mean of sets{words}", figure["overall"], **({"at_least": 0.86} if dated else {}))
        for name, of_set in figure["sets"].items():
            note(f"  {name}: F1{words}", of_set["f1"])
            note(f"  {name}: precision{words}", of_set["precision"], **({"at_least": 0.90} if dated else {}))
    inputs = rows(given.score / "ranking.py", asked)
    made = write(given.out / "ranking.jsonl", ranking_lines(inputs))
    figure = scored(given.score / "ranking.py", asked, made)
    note("ranking: front page NDCG@10, news and sport", figure["overall"], at_least=0.611)
    low, high = interval(given.score, asked, made)
    note("  90 % interval over days, lower bound", low)
    note("  90 % interval over days, upper bound", high)
    for name, of_set in figure["sets"].items():
        note(f"  {name}: NDCG@10", of_set["ndcg10"])
    seconds, growth = streaming(inputs)
    note("streaming: 10,000 articles, CPU", seconds, "s", at_most=10.0)
    note("  an article at 10,000 against one at 1,000", growth, "times", at_most=3.0)
    note("rank and compose an edition from 5,000 articles, CPU", an_edition(inputs), "s", at_most=3.0)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
