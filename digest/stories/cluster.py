"""Which articles tell the same story, decided as they come in.

Each article joins the story that it is most like on average (average link: one similar article is not
enough, so a chain of half-alike articles does not run together), or starts one. The bar is higher for a
story whose own articles are much alike, so that a look-alike event beside it stays out, and lower for a
large one that is told in many ways. When an article joined, its story may join another one by the same
rule. As it grows, a story is asked again whether it is one: when its two halves would not join by what is known
by now, they part. Nothing is computed again for the day, and what an article costs has a bound.

An editor's pairs always win: articles that must go together do, articles that must not never do.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Role, Story
from digest.stories import genre
from digest.stories.echo import echoes
from digest.stories.lead import readings, story
from digest.stories.likeness import Bag, Counts, Vocabulary, total
from digest.stories.memory import Memory
from digest.stories.pairs import Pair, constraints
from digest.stories.settings import DEFAULT, Settings
from digest.stories.split import halves, likenesses

__all__ = ["DEFAULT", "Clusters", "Settings", "constraints", "stories", "story"]

Numbers = NDArray[np.float64]

MOST_WORDS = 100  # of an article that raise the bar
ACROSS = 0.75  # of what makes two stories one: so near to several at once, an article is about all of them
HEARD = 0.5  # an echo below which nobody need ask what it is made of


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of a story: sums over its articles, and how far its bar is raised (over 1) or lowered."""

    bag: Bag
    size: float
    within: float  # the sum of likeness over its pairs, each article with itself, too
    words: float
    hours: float
    bar: float


# which articles a term finds, and what it weighs in each: kept as bytes, for many are read at once
_POSTING = np.dtype([("at", np.int32), ("weight", np.float32)])


class Clusters:
    """The stories so far. `add` puts one article into one, `groups` tells which articles are together."""

    def __init__(
        self,
        settings: Settings = DEFAULT,
        *,
        must: Collection[Pair] = (),
        cannot: Collection[Pair] = (),
    ) -> None:
        self.settings = settings
        self.vocabulary = Vocabulary(settings.mix)
        self._articles: list[Article] = []
        self._labels = np.zeros(64, dtype=np.int64)
        self._hours = np.zeros(64)
        self._size = np.zeros(64)  # by label, of stories that are
        self._bars = np.ones(64)  # the same: how far its bar is raised (over 1) or lowered
        self._told: dict[int, _Told] = {}
        self._members: dict[int, list[int]] = {}
        self._postings: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._place: dict[int, int] = {}
        self._bags: list[Bag] = []
        self._words: list[float] = []  # of each article, MOST_WORDS at most
        self._next: dict[int, int] = {}  # the size at which a story is asked again whether it is one
        self._must, self._cannot = constraints(must, cannot)
        self._steady = settings.steady.total_seconds() / 3600
        self._half_life = settings.half_life.total_seconds() / 3600
        self._span = (np.inf, -np.inf)  # the hours of the first and of the last article

    def add(self, article: Article, counts: Counts | None = None) -> None:
        """Put *article* into the story it belongs to, or start one."""
        counts = counts or self.vocabulary.counts(article)
        bag = self.vocabulary.bag(counts)
        terms = self._weightiest(bag)
        if genre.apart(article):  # its words find no story, and none finds it; an editor's pair still holds
            terms = Bag(terms.ids[:0], terms.weights[:0])
        near = self._near(terms, _hours(article))
        label = self._append(article, bag, terms, counts.words)
        for other in sorted(self._must.get(article.id, ())):
            at = self._place.get(other)
            if at is not None and self._labels[at] != label:
                label = self._join(label, int(self._labels[at]))
        self._ask(self._settle(label, near))

    def gather(self) -> None:
        """Join what is told long after an event, or long before it, to what tells it, once all articles are in.

        By then what happened anew has its own story; a report or two that stand alone in their days have none. Time
        takes nothing from their likeness, and no two stories of the last days come together by it.
        """
        first, last = self._span
        if last - first <= self._steady:
            return
        for each in sorted(self._members):
            label: int | None = each
            while label in self._members and last - self._hours[self._members[label]].max() > self._steady:
                other = self._late(label)
                label = None if other is None else self._join(label, other)

    def nearby(self, article: Article) -> list[tuple[float, list[Article]]]:
        """Return the likeliest other stories for that of *article*: how near (1 would be one), and their articles."""
        label = int(self._labels[self._place[article.id]])
        told = self._told[label]
        near = [
            other
            for other in self._near(self._weightiest(told.bag), told.hours / told.size)
            if other != label
        ]
        return [
            (
                self._score(told, self._told[other]) / self.settings.join,
                [self._articles[at] for at in self._members[other]],
            )
            for other in near
        ]

    def _late(self, label: int) -> int | None:
        """Return the story that *label* goes with across a long time; None where there is none."""
        told, settings = self._told[label], self.settings
        if any(genre.apart(self._articles[at]) for at in self._members[label]):
            return None
        near = [other for other in self._near(self._weightiest(told.bag)) if other != label]
        scored = sorted((-self._score(told, self._told[other], fades=False), other) for other in near)
        for score, other in scored:
            few = min(told.size, self._told[other].size) <= settings.stray
            near_enough = few and -score >= settings.late * settings.join
            if near_enough and self._apart(label, other) and self._may_join(label, other):
                return other
        return None

    def _apart(self, one: int, other: int) -> bool:
        """Whether one story is long before the other one, and only one of them is of the last days."""
        here, there = self._hours[self._members[one]], self._hours[self._members[other]]
        days = self._span[1] - self._steady
        return bool(abs(here.mean() - there.mean()) > self._steady and min(here.max(), there.max()) < days)

    def _weightiest(self, bag: Bag) -> Bag:
        """Return the terms of *bag* by which others find it."""
        heaviest = np.argsort(-bag.weights, kind="stable")[: self.settings.index]
        return Bag(bag.ids[heaviest], bag.weights[heaviest])

    def groups(self) -> list[list[Article]]:
        """Return the articles of each story, both in the order in which they came."""
        return [[self._articles[at] for at in sorted(ats)] for _, ats in sorted(self._members.items())]

    def _near(self, terms: Bag, hours: float | None = None) -> list[int]:
        """Return the labels of the likeliest stories for what has *terms*, at *hours*; None is at any time."""
        most = self.settings.common * _POSTING.itemsize
        found = [self._postings.get(term, b"") for term in terms.ids.tolist()]
        found = [posting if len(posting) <= most else b"" for posting in found]
        postings = np.frombuffer(b"".join(found), dtype=_POSTING)
        if not len(postings):
            return []
        ats = postings["at"]
        weights = postings["weight"] * np.repeat(
            terms.weights, [len(posting) // _POSTING.itemsize for posting in found]
        )
        if hours is not None and max(hours - self._span[0], self._span[1] - hours) > self._steady:
            weights = weights * self._fading(np.abs(self._hours[ats] - hours))
        sums = np.bincount(self._labels[ats], weights, minlength=len(self._articles))
        labels = np.flatnonzero(sums)
        scores = sums[labels] / self._size[labels] / self._bars[labels]
        best = np.argsort(-scores, kind="stable")[: self.settings.others]
        near: list[int] = labels[best].tolist()
        return near

    def _fading(self, hours_apart: Numbers) -> Numbers:
        """Return what is left of a likeness over so many hours."""
        fading: Numbers = np.exp2(np.minimum(0.0, self._steady - hours_apart) / self._half_life)
        return self.settings.timeless + (1.0 - self.settings.timeless) * fading

    def _append(self, article: Article, bag: Bag, terms: Bag, words: int) -> int:
        """Note *article* as a story of its own; return its label."""
        at = len(self._articles)
        if at == len(self._labels):
            self._grow(2 * at)
        self._articles.append(article)
        self._bags.append(bag)
        self._words.append(min(max(words, 1), MOST_WORDS))
        self._place[article.id] = self._labels[at] = at
        self._hours[at] = hours = _hours(article)
        self._span = (min(self._span[0], hours), max(self._span[1], hours))
        self._members[at] = [at]
        self._store(at, self._facts(bag, 1.0, 1.0, self._words[at], hours))
        rows = np.empty(len(terms.ids), dtype=_POSTING)
        rows["at"], rows["weight"] = at, terms.weights
        packed, size = rows.tobytes(), _POSTING.itemsize
        for place, term in enumerate(terms.ids.tolist()):
            self._postings[term] += packed[place * size : (place + 1) * size]
        self.vocabulary.learn(bag.ids)
        return at

    def _grow(self, room: int) -> None:
        for name in ("_labels", "_hours", "_size", "_bars"):
            setattr(self, name, np.resize(getattr(self, name), room))

    def _settle(self, label: int, near: Sequence[int]) -> int:
        """Join the story *label* with those of *near* that are near enough, the nearest first; return its label."""
        while True:
            labels = {int(self._labels[other]) for other in near} - {label}
            told = self._told[label]
            scored = sorted((-self._score(told, self._told[other]), other) for other in labels)
            enough = [other for score, other in scored if -score >= self.settings.join]
            best = next((other for other in enough if self._may_join(label, other)), None)
            if best is None:
                return label
            label = self._join(label, best)

    def _ask(self, label: int) -> None:
        """Part the story *label* where its halves would not join by now; only where it has grown enough to tell."""
        settings, ats = self.settings, self._members[label]
        if not self._next.get(label, settings.asked) <= len(ats) <= settings.largest:
            return
        self._next[label] = int(len(ats) * settings.growth) + 1
        hours = self._hours[ats]
        alike = likenesses([self._bags[at] for at in ats]) * self._fading(np.abs(hours[:, None] - hours))
        found = halves(alike)
        if found is None or min(map(len, found)) < settings.least:
            return
        keep, leave = ([ats[at] for at in half] for half in found)
        if label in leave:  # a story goes by the number of one of its articles
            keep, leave = leave, keep
        if self._tied(keep, leave):
            return
        one, other = self._half(keep), self._half(leave)
        if self._score(one, other) >= settings.part * settings.join:
            return
        fresh = min(leave)
        self._store(label, one)
        self._store(fresh, other)
        self._members[label], self._members[fresh] = keep, leave
        self._labels[leave] = fresh
        self._next[label], self._next[fresh] = (
            int(len(half) * settings.growth) + 1 for half in (keep, leave)
        )
        self.vocabulary.learn(one.bag.shared(other.bag))

    def _half(self, ats: Sequence[int]) -> "_Told":
        bag = total([self._bags[at] for at in ats])
        words = sum(self._words[at] for at in ats)
        return self._facts(
            bag, len(ats), float(bag.weights @ bag.weights), words, self._hours[ats].sum().item()
        )

    def _tied(self, one: Sequence[int], other: Sequence[int]) -> bool:
        """Whether an editor's pair holds these two together."""
        ids = {self._articles[at].id for at in other}
        return any(self._must.get(self._articles[at].id, frozenset()) & ids for at in one)

    def _score(self, one: "_Told", other: "_Told", *, fades: bool = True) -> float:
        """Return the average likeness between two stories, relative to the bar that each has."""
        average = one.bag.dot(other.bag) / (one.size * other.size)
        if not fades:
            return average / (one.bar * other.bar)
        apart = abs(one.hours / one.size - other.hours / other.size)
        timeless = self.settings.timeless
        fading: float = 2.0 ** (min(0.0, self._steady - apart) / self._half_life)
        return average * (timeless + (1.0 - timeless) * fading) / (one.bar * other.bar)

    def _facts(self, bag: Bag, size: float, within: float, words: float, hours: float) -> "_Told":
        return _Told(bag, size, within, words, hours, self._bar(size, within, words))

    def _store(self, label: int, told: "_Told") -> None:
        self._told[label] = told
        self._size[label], self._bars[label] = told.size, told.bar

    def _bar(self, size: float, within: float, words: float) -> float:
        """Return how far the bar of a story is raised (over 1) or lowered."""
        settings = self.settings
        broad = (within / size**2) ** (settings.breadth / 2)
        alike = (within - size + settings.doubt * settings.usual) / (size * (size - 1) + settings.doubt)
        long = max(1.0, words / size / settings.words) ** (settings.length / 2)
        return float(broad * long * (max(1e-9, alike) / settings.usual) ** (settings.tightness / 2))

    def _may_join(self, one: int, other: int) -> bool:
        if not self._cannot:
            return True
        ids = {self._articles[at].id for at in self._members[other]}
        return not any(
            self._cannot.get(self._articles[at].id, frozenset()) & ids for at in self._members[one]
        )

    def _join(self, one: int, other: int) -> int:
        """Make one story of two, under the older label; return that label."""
        keep, gone = min(one, other), max(one, other)
        mine, theirs = self._told[keep], self._told.pop(gone)
        self.vocabulary.learn(mine.bag.shared(theirs.bag), -1.0)
        within = mine.within + theirs.within + 2 * mine.bag.dot(theirs.bag)
        size, words, hours = mine.size + theirs.size, mine.words + theirs.words, mine.hours + theirs.hours
        self._store(keep, self._facts(mine.bag.plus(theirs.bag), size, within, words, hours))
        moved = self._members.pop(gone)
        self._members[keep] += moved
        self._labels[moved] = keep
        return keep


def _hours(article: Article) -> float:
    return article.published.timestamp() / 3600


def stories(
    articles: Sequence[Article],
    *,
    must: Collection[Pair] = (),
    cannot: Collection[Pair] = (),
    before: Collection[Article] = (),
    now: datetime | None = None,
    memory: Memory | None = None,
    settings: Settings = DEFAULT,
) -> list[Story]:
    """Return the stories that *articles* tell, the one that began first first.

    *must* and *cannot* are pairs of article ids that an editor joined or parted. *before* are articles that
    the last editions carried: they tie a story to what readers know already, and are its thread, not its
    articles. A story's lead is an own article wherever there is one; a story of witnesses alone is kept, for
    what it says about the others. *now* is when the echo is heard, the newest one's publication unless given;
    *memory* is what the house keeps, for the choice of the leads.
    In which order the articles are given changes nothing.
    """
    clusters = Clusters(settings, must=must, cannot=cannot)
    present = {article.id for article in articles}
    known = [article for article in before if article.id not in present]
    ordered = sorted([*articles, *known], key=_turn)
    counts = {article.id: clusters.vocabulary.counts(article) for article in ordered}
    clusters.vocabulary.expect([counts[article.id] for article in ordered])
    for article in ordered:
        clusters.add(article, counts[article.id])
    clusters.gather()
    news = [article for article in ordered if article.id in present]
    if not news:
        return []
    now = now or max(article.published for article in news)
    heard = echoes(news, [counts[article.id] for article in news], clusters.vocabulary, now)
    read = readings(news)
    found = []
    for group in clusters.groups():
        told = [article for article in group if article.id in present]
        if told:
            thread = tuple(article for article in group if article.id not in present)
            made = replace(story(told, heard, read, memory), thread=thread)
            found.append(replace(made, across=_across(made, clusters)))
    return found


def _across(made: Story, clusters: Clusters) -> tuple[str, ...]:
    """Return the headlines of the stories that *made*, which one outlet alone has, runs across."""
    if made.lead.role is not Role.OWN or len(made.outlets) > 1 or made.echo < HEARD:
        return ()
    across = [
        there[0].title
        for near, there in clusters.nearby(made.lead)
        if near >= ACROSS and len({article.outlet for article in there}) > 1
    ]
    return tuple(across) if len(across) > 1 else ()


def _turn(article: Article) -> tuple[datetime, str, str, str, int]:
    """Return when *article* has its turn: by what it says, never by the number that it came in with."""
    said = f"{article.title}\n{article.dek}\n{article.body[:1000]}"
    return article.published, sha256(said.encode()).hexdigest(), article.url, article.outlet, article.id
