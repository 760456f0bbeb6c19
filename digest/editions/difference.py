"""What differs between two versions of an edition, in words: approved against now, seen against approved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from digest.model import Composition, Placed

Kind = Literal["in", "out", "moved", "title", "text", "picture", "line"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: about the story *title*, or a line of the edition; *words* say what."""

    kind: Kind
    title: str
    words: str
    top: bool = False  # it touches the top stories


def between(before: Composition, after: Composition) -> tuple[Difference, ...]:
    """Return what a reader of *after* finds that a reader of *before* does not, the top stories' first."""
    titles = {section.name: section.title for edition in (before, after) for section in edition.sections}
    found = [*_lines(before, after), *_stories(before, after, titles)]
    return tuple(sorted(found, key=lambda one: (one.kind != "line", not one.top)))


def entering_top(before: Composition, after: Composition) -> int:
    """Return how many stories are on top of *after* that are not on top of *before*."""
    known = [set(story.members) | {story.article.id} for story in _top(before)]
    return sum(
        not any((set(story.members) | {story.article.id}) & members for members in known)
        for story in _top(after)
    )


def _top(edition: Composition) -> tuple[Placed, ...]:
    return tuple(story for section in edition.sections if section.name == "top" for story in section.stories)


def _lines(before: Composition, after: Composition) -> list[Difference]:
    pairs = (
        ("subject", before.subject, after.subject),
        ("preheader", before.preheader, after.preheader),
        ("editor's note", before.note, after.note),
        ("advertisement", _advertised(before), _advertised(after)),
    )
    return [
        Difference(
            "line", name, f"now “{new}”, was “{old}”" if old and new else f"now “{new}”" if new else "gone"
        )
        for name, old, new in pairs
        if old != new
    ]


def _advertised(edition: Composition) -> str:
    one = edition.sponsor
    return f"{one.name}: {one.text} {one.url}" if one else ""


def _stories(before: Composition, after: Composition, titles: Mapping[str, str]) -> list[Difference]:
    found: list[Difference] = []
    left = list(before.stories)
    for story in after.stories:
        members = {*story.members, story.article.id}
        was = next((one for one in left if members & {*one.members, one.article.id}), None)
        if was is None:
            found.append(
                Difference("in", story.title, f"comes into {_where(story, titles)}", story.section == "top")
            )
            continue
        left.remove(was)
        top = "top" in (story.section, was.section)
        if story.title != was.title:
            found.append(Difference("title", story.title, f"was headed “{was.title}”", top))
        if story.dek != was.dek:
            words = f"now “{story.dek}”" if story.dek else "gone"
            found.append(Difference("text", story.title, words, top))
        if _picture(story) != _picture(was):
            words = "another one" if _picture(story) else "gone"
            found.append(Difference("picture", story.title, words, top))
        if story.section != was.section or (top and story.place != was.place):
            found.append(
                Difference(
                    "moved", story.title, f"to {_where(story, titles)} from {_where(was, titles)}", top
                )
            )
    found += [
        Difference("out", one.title, f"leaves {_where(one, titles)}", one.section == "top") for one in left
    ]
    return found


def _picture(story: Placed) -> str:
    return story.article.picture.url if story.article.picture else ""


def _where(story: Placed, titles: Mapping[str, str]) -> str:
    if story.section == "top":
        return "the lead" if story.place == 1 else f"top, place {story.place}"
    return titles.get(story.section) or {"brief": "In brief"}.get(story.section, story.section)
