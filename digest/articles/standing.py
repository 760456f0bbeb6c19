"""Words that stand in most items of one source: a name behind each headline, a call to subscribe in each dek.

They are learnt from the source's last items, in any language, by counting alone, and left out of headline, dek and
body: else twelve events with one sentence in common look like one story.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from digest.articles.clean import Draft
from digest.articles.labels import keeps

FEWEST = 4  # items, of which more than half have it
ENOUGH = 8  # items of a reading that say more than what was learnt before
_LONGEST = 60  # words at an edge
_EDGE = 4  # words of a headline in a row, without a mark that parts them off
_RUN = 6  # the same in a dek, of which so many are left
_LEFT = 4
_SHORTEST = 12  # letters of a sentence
_LEAD = re.compile(r"[:：|｜»]\s*|\s[-–—•·]\s|[\])】]\s*")
_TRAIL = re.compile(r"\s*[|｜_]|\s[-–—•·»:]\s|\s*[\[(【]")
_SENTENCE = re.compile(r"(?<=[.!?…؟।])[\"'”’»)\]]*\s+|(?<=[。！？])")

Standing = Mapping[str, Sequence[str]]


def learnt(drafts: Sequence[Draft], before: Standing) -> dict[str, tuple[str, ...]]:
    """Return what stands in most of *drafts*; where they are few, with what was known *before*."""
    titles = [_headline(draft.title) for draft in drafts]
    texts = [_folded(draft.dek) for draft in drafts if draft.dek]
    bodies = [_folded(draft.body) for draft in drafts if draft.body]
    sentences = _frequent(map(_sentences, texts), len(texts)) | _frequent(
        map(_sentences, bodies), len(bodies)
    )
    rest = [" ".join(part for part in _sentences_in_order(text) if part not in sentences) for text in texts]
    found = {
        "title_starts": _frequent((_edges(title, _LEAD, _start) for title in titles), len(titles)),
        "title_ends": _frequent((_edges(title, _TRAIL, _end) for title in titles), len(titles)),
        "sentences": sentences,
        "dek_starts": _frequent((_runs(text, _first) for text in rest), len(texts)),
        "dek_ends": _frequent((_runs(text, _last) for text in rest), len(texts)),
    }
    if len(drafts) < ENOUGH:
        found = {name: words | set(before.get(name, ())) for name, words in found.items()}
    return {name: tuple(sorted(words, key=lambda word: (-len(word), word))) for name, words in found.items()}


def without(draft: Draft, standing: Standing) -> Draft:
    """Return *draft* without the words that stand in most items of its source."""
    title = draft.title
    for words in standing.get("title_starts", ()):
        title = _cut(title, words, at_end=False)
    for words in standing.get("title_ends", ()):
        title = _cut(title, words, at_end=True)
    dek = _text(draft.dek, standing)
    body = _text(draft.body, standing)
    return replace(draft, title=title, dek=dek, body="" if body == dek else body)


def _text(text: str, standing: Standing) -> str:
    sentences = set(standing.get("sentences", ()))
    if sentences and text:
        text = " ".join(part for part in _SENTENCE.split(text) if _folded(part) not in sentences).strip()
    for name, at_end in (("dek_ends", True), ("dek_starts", False)):
        for words in standing.get(name, ()):
            many, parts = len(words.split()), text.split()
            there = parts[-many:] if at_end else parts[:many]
            rest = parts[:-many] if at_end else parts[many:]
            if _folded(" ".join(there)) == words and (not rest or len(rest) >= _LEFT):
                text = " ".join(rest)
    return text.strip(" -–—|:·")


def _cut(title: str, words: str, *, at_end: bool) -> str:
    folded = _headline(title)
    if len(folded) != len(title) or not (folded.endswith(words) if at_end else folded.startswith(words)):
        return title
    rest = title[: len(title) - len(words)].rstrip() if at_end else title[len(words) :].lstrip()
    return rest if keeps(rest) else title


def _frequent(found: Iterable[set[str]], count: int) -> set[str]:
    """Return what more than half of *count* items have, and at least FEWEST of them."""
    often = Counter(words for each in found for words in each)
    return {words for words, times in often.items() if times >= FEWEST and 2 * times > count}


def _edges(title: str, mark: re.Pattern[str], part: Callable[[str, "re.Match[str]"], str]) -> set[str]:
    """Return the beginnings, or the ends, of *title* that a mark parts off, and long runs of words."""
    parts = {part(title, found) for found in mark.finditer(title)}
    words = title.split()
    runs = {
        _first(words, many) if part is _start else _last(words, many) for many in range(_EDGE, len(words) - 1)
    }
    return {words for words in parts | runs if words.strip() and words != title}


def _start(title: str, found: "re.Match[str]") -> str:
    return title[: found.end()]


def _end(title: str, found: "re.Match[str]") -> str:
    return title[found.start() :]


def _runs(text: str, part: Callable[[Sequence[str], int], str]) -> set[str]:
    words = text.split()
    return {part(words, many) for many in range(_RUN, min(_LONGEST, len(words)) + 1)}


def _first(words: Sequence[str], many: int) -> str:
    return " ".join(words[:many])


def _last(words: Sequence[str], many: int) -> str:
    return " ".join(words[-many:])


def _sentences(text: str) -> set[str]:
    return {part for part in _sentences_in_order(text) if len(part) >= _SHORTEST}


def _sentences_in_order(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text[:20_000]) if part.strip()]


def _headline(title: str) -> str:
    """Return *title* folded, each digit a 0: "LIVE 14:30" stands in most headlines as "LIVE 15:05" does."""
    return re.sub(r"\d", "0", _folded(title))


def _folded(text: str) -> str:
    """Return *text* in small letters, as many as it has."""
    low = text.lower()
    return low if len(low) == len(text) else text
