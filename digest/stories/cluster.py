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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Story
from digest.stories import genre
from digest.stories.echo import echoes
from digest.stories.lead import readings, story
from digest.stories.likeness import Bag, Counts, Mix, Vocabulary, total
from digest.stories.memory import Memory
from digest.stories.split import halves, likenesses

__all__ = ["DEFAULT", "Clusters", "Settings", "constraints", "stories", "story"]

Pair = tuple[int, int]
Numbers = NDArray[np.float64]

MOST_WORDS = 100  # of an article that raise the bar


@dataclass(frozen=True, slots=True)
class Settings:
    """The one setting for every newsletter; measured by `make bench-news`."""

    mix: Mix = field(default_factory=Mix)
    join: float = 0.16  # the average likeness from which two stories are one
    breadth: float = 0.35  # how far a large story's many ways of telling lower its bar
    tightness: float = 0.85  # how far a story of much alike articles raises it
    usual: float = 0.25  # the likeness of two articles of one story, before a story shows its own
    doubt: float = 4.0  # so many pairs of its own it takes until a story's own likeness counts half
    length: float = 0.63  # how far many words raise the bar: long texts share more by chance
    words: float = 20.0  # of an article, from which they do
    steady: timedelta = timedelta(days=2)  # time apart that does not matter
    half_life: timedelta = timedelta(days=2)
    timeless: float = 0.5  # the share of a likeness that no time takes away
    index: int = 40  # the weightiest terms of an article, by which others find it
    common: int = 1500  # a term that finds more articles than this finds nobody any more
    asked: int = 4  # articles from which a story is asked whether it is one,
    growth: float = 1.3  # and again each time that it has grown by so much,
    largest: int = 200  # and no more once it has so many
    part: float = 1.05  # halves are two stories below this many times what joins two
    least: int = 2  # articles that make a half; one alone is a stray, no event
    others: int = 6  # stories, the likeliest, that a new article is compared with in full


DEFAULT = Settings()


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
        weightiest = np.argsort(-bag.weights, kind="stable")[: self.settings.index]
        if genre.apart(article):  # its words find no story, and none finds it; an editor's pair still holds
            weightiest = weightiest[:0]
        terms = Bag(bag.ids[weightiest], bag.weights[weightiest])
        near = self._near(terms, article)
        label = self._append(article, bag, terms, counts.words)
        for other in sorted(self._must.get(article.id, ())):
            at = self._place.get(other)
            if at is not None and self._labels[at] != label:
                label = self._join(label, int(self._labels[at]))
        self._ask(self._settle(label, near))

    def groups(self) -> list[list[Article]]:
        """Return the articles of each story, both in the order in which they came."""
        return [[self._articles[at] for at in sorted(ats)] for _, ats in sorted(self._members.items())]

    def _near(self, terms: Bag, article: Article) -> list[int]:
        """Return the labels of the stories that *article* is likeliest to belong to."""
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
        hours = _hours(article)
        if max(hours - self._span[0], self._span[1] - hours) > self._steady:
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

    def _score(self, one: "_Told", other: "_Told") -> float:
        """Return the average likeness between two stories, relative to the bar that each has."""
        average = one.bag.dot(other.bag) / (one.size * other.size)
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


def constraints(
    must: Iterable[Pair], cannot: Iterable[Pair]
) -> tuple[dict[int, frozenset[int]], dict[int, frozenset[int]]]:
    """Return for each article those it must be with, and those it must not; a parting beats a join.

    What must be together is parted together: with must (2, 3) and cannot (1, 3), 1 and 2 are parted, too.
    """
    parted = {(min(pair), max(pair)) for pair in cannot}
    bundle: dict[int, frozenset[int]] = {}
    for one, other in sorted((min(pair), max(pair)) for pair in must):
        left, right = bundle.get(one, frozenset({one})), bundle.get(other, frozenset({other}))
        if not any((min(a, b), max(a, b)) in parted for a in left for b in right):
            bundle |= dict.fromkeys(left | right, left | right)
    apart: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in parted:
        left, right = bundle.get(one, frozenset({one})), bundle.get(other, frozenset({other}))
        for article in left:
            apart[article] |= right
        for article in right:
            apart[article] |= left
    return bundle, {article: frozenset(others) for article, others in apart.items()}


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
    for article in ordered:
        clusters.add(article, counts[article.id])
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
            found.append(replace(story(told, heard, read, memory), thread=thread))
    return found


def _turn(article: Article) -> tuple[datetime, str, str, str, int]:
    """Return when *article* has its turn: by what it says, never by the number that it came in with."""
    said = f"{article.title}\n{article.dek}\n{article.body[:1000]}"
    return article.published, sha256(said.encode()).hexdigest(), article.url, article.outlet, article.id
