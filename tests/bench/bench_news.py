"""Measure clusters and ranking on labelled news: `make bench-news DATA=... SCORE=... OUT=...`.

It reads what the scorers' `--inputs` print, calls the functions that a build calls with the settings that
ship, writes clusters.jsonl and ranking.jsonl, runs the scorers, measures simple rankings beside ours in the
same run, prints a table, and ends with one line of JSON. It knows no set by name except to print it, and has
no parameter of its own.
"""

import argparse
import json
import random
import resource
import sys
import time as clock
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from digest.config.schema import Site
from digest.editions.compose import composed
from digest.messages.render import rendered
from digest.model import Article, Ranked, Role
from digest.stories.cluster import Clusters, stories
from digest.stories.rank import Context, ranked
from tests.bench.anchors import ANCHORS
from tests.bench.figures import measured
from tests.bench.front_pages import bootstrapped
from tests.bench.rows import NEWSLETTER, UNDATED, Row, article, moment, rows, scored
from tests.bench.table import Table
from tests.stories.news import led_by

DAY = timedelta(hours=24)
SHUFFLES = (1, 2, 3)
ROLES = (Role.OWN, *[Role.WITNESS] * 9)


def cluster_lines(inputs: list[Row], dated: bool, shuffle: int = 0) -> Iterator[Row]:
    """Yield the story of each article, set by set; the rows come as they are, or shuffled by the seed *shuffle*."""
    inputs = random.Random(shuffle).sample(inputs, len(inputs)) if shuffle else inputs
    sets: defaultdict[str, list[Row]] = defaultdict(list)
    for row in inputs:
        sets[row["set"]].append(row)
    for name, of_set in sets.items():
        seen = max((moment(row["published"], UNDATED) for row in of_set if row["published"]), default=UNDATED)
        articles = [
            article(at, row, moment(row["published"] if dated else None, seen))
            for at, row in enumerate(of_set)
        ]
        for label, story in enumerate(stories(articles)):
            yield from (
                {"set": name, "id": of_set[one.id]["id"], "story": str(label)} for one in story.articles
            )


@dataclass(frozen=True)
class Task:
    """A day to rank: its candidates, as the leads of their stories, and the orders of ours and of each anchor."""

    set: str
    day: str
    order: list[Ranked]
    others: Mapping[str, list[str]]
    names: Mapping[int, str] = field(repr=False)

    @property
    def ours(self) -> list[str]:
        return [self.names[one.story.lead.id] for one in self.order]

    @property
    def line(self) -> Row:
        return {"set": self.set, "day": self.day, "ranked": self.ours}


def tasks(inputs: list[Row]) -> Iterator[Task]:
    """Yield each day's candidates, best first, given what other outlets published in the 24 hours before."""
    own: defaultdict[str, dict[str, Article]] = defaultdict(dict)
    heard: defaultdict[str, list[Article]] = defaultdict(list)
    names: dict[int, str] = {}
    for number, row in enumerate(each for each in inputs if each["type"] != "task"):
        at = moment(row["published"], UNDATED)
        names[number] = row["id"]
        if row["type"] == "article":
            own[row["set"]][row["id"]] = article(number, row, at)
        else:
            heard[row["set"]].append(article(number, row, at, Role.WITNESS))
    for task in inputs:
        if task["type"] == "task":
            name, now = task["set"], moment(task["time"], UNDATED)
            candidates = [own[name][one] for one in task["candidates"]]
            there = [*candidates, *(one for one in heard[name] if now - DAY < one.published <= now)]
            others = {}
            for anchor, score in ANCHORS.items():
                value = score(there)
                others[anchor] = [names[one.id] for one in sorted(candidates, key=lambda one: -value[one.id])]
            yield Task(name, task["day"], best_first(there, now), others, names)


def best_first(there: list[Article], now: datetime) -> list[Ranked]:
    """Return the candidates, best first: each is judged as the lead of its story, as a build judges one."""
    told = [one for story in stories(there, now=now) for one in led_by(story)]
    return ranked(told, Context(now=now, newsletter=NEWSLETTER))


@dataclass
class Judge:
    """The scorer's own measure, day by day: the bootstrap is over days."""

    sets: Mapping[str, Row]
    main: str
    news: tuple[str, ...]
    ndcg: Any

    @classmethod
    def of(cls, folder: Path, data: Path) -> "Judge":
        sys.path.insert(0, str(folder))
        import ranking as scorer  # type: ignore[import-not-found]

        return cls(scorer.read_sets(data), scorer.MAIN, scorer.NEWS, scorer.ndcg)

    def gains(self, name: str, day: str) -> dict[str, float]:
        """Return what each candidate that counts is worth; the main set counts news and sport alone."""
        gains: dict[str, float] = self.sets[name]["tasks"][day]
        if name != self.main:
            return gains
        kept = {row["id"] for row in self.sets[name]["articles"] if row["url"].startswith(self.news)}
        return {one: gain for one, gain in gains.items() if one in kept}

    def value(self, task: Task, order: Sequence[str]) -> float | None:
        gains = self.gains(task.set, task.day)
        return self.ndcg([one for one in order if one in gains], gains) if any(gains.values()) else None


def write(path: Path, lines: Iterator[Row]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def streaming(inputs: list[Row], count: int = 10_000) -> tuple[float, float, float]:
    """Return the CPU seconds of *count* articles one by one, what one costs at the end against one at 1,000, and the MB held."""
    texts = [row for row in inputs if row["type"] != "task" and row["title"]]
    made = [
        replace(
            article(at, texts[at % len(texts)], UNDATED + timedelta(seconds=8 * at)), outlet=f"o{at % 60}"
        )
        for at in range(count)
    ]
    clusters, marks = Clusters(), [clock.process_time()]
    for one in made:
        clusters.add(one)
        marks.append(clock.process_time())
    early, late = (marks[1_200] - marks[800]) / 400, (marks[count] - marks[count - 400]) / 400
    return marks[-1] - marks[0], late / early, resident()


def resident() -> float:
    """Return the megabytes that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6


def a_day(inputs: list[Row], count: int = 10_000) -> float:
    """Return the CPU seconds of a day of *count* articles, a tenth of them own: stories, echo and order."""
    texts = [row for row in inputs if row["type"] != "task" and row["title"]]
    made = [
        replace(
            article(at, texts[at % len(texts)], UNDATED - timedelta(seconds=8 * at), ROLES[at % len(ROLES)]),
            outlet=f"o{at % 60}",
        )
        for at in range(count)
    ]
    began = clock.process_time()
    ranked(stories(made, now=UNDATED), Context(now=UNDATED, newsletter=NEWSLETTER))
    return clock.process_time() - began


def an_edition(inputs: list[Row], count: int = 5_000) -> tuple[float, float]:
    """Return the seconds that telling the stories of *count* articles takes, and ranking and building an edition."""
    texts = [row for row in inputs if row["type"] != "task" and row["title"]][:count]
    made = [
        article(at, row, UNDATED - timedelta(seconds=15 * at), ROLES[at % len(ROLES)])
        for at, row in enumerate(texts)
    ]
    began = clock.process_time()
    found = stories(made, now=UNDATED)
    told = clock.process_time()
    order = ranked(found, Context(now=UNDATED, newsletter=NEWSLETTER))
    edition = composed(order, NEWSLETTER, date=UNDATED.date(), now=UNDATED)
    composing, began_to_render = clock.process_time() - told, clock.perf_counter()
    rendered(edition, NEWSLETTER, Site(), nonce="0" * 16)
    return told - began, composing + clock.perf_counter() - began_to_render


def measure_clusters(table: Table, scorer: Path, data: Path, out: Path) -> None:
    inputs = rows(scorer, data)
    for seed in SHUFFLES:
        figure = scored(scorer, data, write(out / "clusters.jsonl", cluster_lines(inputs, True, seed)))
        table.note(f"clusters: BCubed F1, mean of sets, rows shuffled ({seed})", figure["overall"])
    for dated in (False, True):  # the last one is what stays in the file
        figure = scored(scorer, data, write(out / "clusters.jsonl", cluster_lines(inputs, dated)))
        words, bar = ("", {"at_least": 0.865}) if dated else (", without dates", {})
        table.note(f"clusters: BCubed F1, mean of sets{words}", figure["overall"], **bar)
        for name, of_set in figure["sets"].items():
            table.note(f"  {name}: F1{words}", of_set["f1"])
            table.note(
                f"  {name}: precision{words}", of_set["precision"], **({"at_least": 0.90} if dated else {})
            )


def measure_ranking(table: Table, scorer: Path, data: Path, out: Path, inputs: list[Row]) -> None:
    found = list(tasks(inputs))
    figure = scored(scorer, data, write(out / "ranking.jsonl", (task.line for task in found)))
    table.note(
        "ranking: NDCG@10 of the scorer's main set, shipped weights", figure["overall"], at_least=0.611
    )
    judge = Judge.of(scorer.parent, data)
    for name in dict.fromkeys(task.set for task in found):
        of_set = [task for task in found if task.set == name and judge.value(task, task.ours) is not None]
        ours = np.array([judge.value(task, task.ours) for task in of_set])
        table.note(f"  {name}: {len(of_set)} days, ours", float(ours.mean()))
        for anchor in ANCHORS:
            theirs = np.array([judge.value(task, task.others[anchor]) for task in of_set])
            weeks = [date.fromisoformat(task.day).isocalendar()[:2] for task in of_set]
            low, high = bootstrapped((ours - theirs).tolist(), weeks)
            table.note(f"    the anchor {anchor}", float(theirs.mean()))
            table.note(
                "      ours less it, lower bound of 95 % by weeks",
                low,
                **({"at_least": 0.0} if name == judge.main else {}),
            )
            table.note("      upper bound", high)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("--data", "--score", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument(
        "--every", type=int, default=1, help="only each n-th day of a front page: a quick look"
    )
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    table = Table()
    inputs = rows(given.score / "ranking.py", given.data / "ranking")
    seconds, growth, memory = streaming(inputs)
    table.note("streaming: 10,000 articles, CPU", seconds, "s", at_most=10.0)
    table.note("  an article at 10,000 against one at 1,000", growth, "times", at_most=3.0)
    table.note("  memory of the whole process, the inputs and all", memory, "MB", at_most=220.0)
    table.note("10,000 articles: stories, echo and order, CPU", a_day(inputs), "s", at_most=4.0)
    telling, building = an_edition(inputs)
    table.note(
        "rank, compose (CPU) and render (wall) an edition of 5,000 articles", building, "s", at_most=1.5
    )
    table.note("  telling the stories of the 5,000 before that, CPU", telling, "s")
    measure_clusters(table, given.score / "clusters.py", given.data / "story-clustering", given.out)
    measure_ranking(table, given.score / "ranking.py", given.data / "ranking", given.out, inputs)
    measured(table, given.data, given.score, every=given.every)
    print(json.dumps(table.figures))


if __name__ == "__main__":
    main()
