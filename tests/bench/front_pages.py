"""What a reader gets, day by day, beside what the editors of a front page kept on top: the cases and the measures.

A day is judged in three ways, always by the functions that a build calls:

    A   every own article ranked, each as the lead of its story
    B   as built: one article a story, worth what that article is worth; what the other articles are worth is lost
    C   the order of the stories alone, a story being worth what the best of its own articles is, or all of them

Gains are the scorer's. A block is one stretch of one house's days; blocks of one house are pooled.
"""

import gzip
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from math import log2
from pathlib import Path
from typing import Any

import numpy as np

from digest.config.schema import Ranking
from digest.model import Article, Ranked, Role, Story
from digest.stories import lead
from digest.stories.cluster import stories
from digest.stories.memory import Kept, Memory
from digest.stories.ndcg import ndcg
from digest.stories.rank import Context, ranked
from tests.bench.rows import NEWSLETTER, Row, article, moment
from tests.stories.news import led_by

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)
FILES = ("articles", "exposure", "other_outlets")

Values = Mapping[int, float]


@dataclass(frozen=True)
class Day:
    """A day to judge: what was there, and what the own articles that count are worth."""

    block: str
    house: str
    date: date
    now: datetime
    there: Sequence[Article]
    gains: Mapping[int, float]
    earlier: Sequence[Article]

    @cached_property
    def told(self) -> Sequence[Story]:
        """The stories that were told."""
        return stories(self.there, now=self.now)

    @property
    def week(self) -> tuple[str, int, int]:
        """The block's name, the ISO year and week."""
        return (self.block, *self.date.isocalendar()[:2])

    @property
    def record(self) -> list[Kept]:
        """What the house's record says of the day once it is over."""
        return [
            Kept(one.title, one.dek, one.section, self.gains[one.id])
            for one in self.own
            if one.id in self.gains
        ]

    @property
    def own(self) -> list[Article]:
        return [one for one in self.there if one.role is Role.OWN]

    def context(self, weights: Mapping[str, float], memory: Memory | None = None) -> Context:
        """Return what a build would know, with these *weights* in the newsletter's settings."""
        letter = NEWSLETTER.model_copy(update={"ranking": Ranking(weights=dict(weights))})
        return Context(now=self.now, newsletter=letter, earlier=self.earlier, memory=memory)

    def every_article(self, memory: Memory | None = None) -> list[int]:
        """Return view A: the own articles, best first."""
        told = [one for story in self.told for one in led_by(story)]
        return [each.story.lead.id for each in ranked(told, self.context({}, memory))]

    def built(self, weights: Mapping[str, float] | None = None, memory: Memory | None = None) -> list[Ranked]:
        """Return view B: the stories that one of ours leads, best first."""
        order = ranked(self.led(memory), self.context(weights or {}, memory))
        return [each for each in order if each.story.lead.role is Role.OWN]

    def led(self, memory: Memory | None) -> Sequence[Story]:
        """Return the stories with the leads that *memory* makes a build choose."""
        if memory is None:
            return self.told
        found = []
        for one in self.told:
            heard = {each.id: echo for each, echo in zip(one.articles, one.echoes, strict=True)}
            found.append(lead.story(one.articles, heard, {}, memory))
        return found

    def by_value(self, values: Values) -> list[Story]:
        """Return the stories as an anchor would build them: led and ordered by the greatest of *values*."""
        found = []
        for story in self.told:
            own = [one for one in story.articles if one.role is Role.OWN]
            if own:
                loudest = max(own, key=lambda one: (values[one.id], one.title))
                found.append(Story(loudest, story.articles))
        return sorted(found, key=lambda story: (-values[story.lead.id], story.lead.title))

    def worth(self, order: Sequence[int]) -> float:
        """Return the NDCG@10 of articles in *order*; those that are not in it are worth nothing to the reader."""
        shown = [self.gains[one] for one in order if one in self.gains]
        return normalised(shown, list(self.gains.values()))

    def stories_worth(self, order: Sequence[Story], *, whole: bool) -> float:
        """Return view C of stories in *order*: a story is worth its best own article, or with *whole* all of them."""
        gains = []
        for story in order:
            own = [self.gains[one.id] for one in story.articles if one.id in self.gains]
            if own:
                gains.append(sum(own) if whole else max(own))
        return ndcg(gains) or 0.0

    def leads(self, order: Sequence[Story]) -> list[tuple[bool, float]]:
        """Return of each story with a choice whether its lead is the best own article, and its share of the best."""
        found = []
        for story in order:
            own = [self.gains[one.id] for one in story.articles if one.id in self.gains]
            if len(own) > 1 and max(own) > 0.0:
                gain = self.gains.get(story.lead.id, 0.0)
                found.append((gain == max(own), gain / max(own)))
        return found


def normalised(shown: Sequence[float], there: Sequence[float], depth: int = 10) -> float:
    """Return the discounted gains of *shown* against the best order of all that was *there*."""
    best = sorted(there, reverse=True)[:depth]
    perfect = _discounted(best)
    return _discounted(shown[:depth]) / perfect if perfect else 0.0


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / log2(place + 2) for place, gain in enumerate(gains))


def bootstrapped(
    differences: Sequence[float],
    weeks: Sequence[Any],
    *,
    level: float = 0.05,
    seed: int = 0,
    draws: int = 2000,
) -> tuple[float, float]:
    """Return the interval (95 % unless *level* says else) of the mean, *weeks* drawn whole, with replacement."""
    of_week: defaultdict[Any, list[float]] = defaultdict(list)
    for difference, week in zip(differences, weeks, strict=True):
        of_week[week].append(difference)
    sums = np.array([sum(each) for each in of_week.values()])
    sizes = np.array([len(each) for each in of_week.values()])
    drawn = np.random.default_rng(seed).integers(0, len(sums), (draws, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), (level / 2, 1.0 - level / 2))
    return float(low), float(high)


def blocks(data: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the folder of each block below *data* that has own articles, their gains and other outlets."""
    for folder in sorted({file.parent for file in data.rglob("other_outlets.jsonl*")}):
        if all(list(folder.glob(f"{name}.jsonl*")) for name in FILES):
            inner = folder.relative_to(data).parts
            yield " ".join(part for part in inner if part != inner[-1] or len(inner) == 1), folder


def days(name: str, folder: Path, scorer: Any, *, every: int = 1, deaf: bool = False) -> Iterator[Day]:
    """Yield the days of a block; *every* n-th one alone, and with *deaf* as a house that hears no other outlet."""
    with tempfile.TemporaryDirectory() as made:
        scratch = Path(made)
        for file in FILES:
            for found in folder.glob(f"{file}.jsonl*"):
                raw = found.read_bytes()
                (scratch / f"{file}.jsonl").write_bytes(
                    gzip.decompress(raw) if found.suffix == ".gz" else raw
                )
        data = scorer.first_seen_set(scratch, scorer.MAIN)
        others = [] if deaf else list(scorer.read_jsonl(scratch / "other_outlets.jsonl"))
    yield from _days(name, data, others, scorer.NEWS, every)


def _days(
    name: str, data: Mapping[str, Any], others: Sequence[Row], news: tuple[str, ...], every: int
) -> Iterator[Day]:
    rows: Sequence[Row] = data["articles"]
    own = {row["id"]: article(at, row, moment(row["published"])) for at, row in enumerate(rows)}
    heard = [
        article(len(rows) + at, row, moment(row["published"]), Role.WITNESS) for at, row in enumerate(others)
    ]
    house = Counter(row["source"] for row in rows).most_common(1)[0][0]
    counted = {row["id"] for row in rows if row["url"].startswith(news)} or set(own)
    for at, (day, worth) in enumerate(sorted(data["tasks"].items())):
        gains = {own[one].id: float(gain) for one, gain in worth.items() if one in counted}
        if at % every or not any(gains.values()):
            continue
        now = moment(day + data["time"])
        there = [own[one] for one in worth]
        there += [one for one in heard if now - DAY < one.published <= now]
        earlier = [one for one in own.values() if now - DAY - WEEK < one.published <= now - DAY]
        yield Day(name, house, date.fromisoformat(day), now, there, gains, earlier)
