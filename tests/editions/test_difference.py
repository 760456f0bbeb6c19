"""What differs between two versions of an edition, where the texts and the pictures of a story do."""

from dataclasses import replace

from digest.editions.difference import between
from digest.model import Composition, Picture
from tests.messages import sample


def changed(edition: Composition, **of_first: object) -> Composition:
    """Return *edition* with another first story."""
    top, *others = edition.sections
    first = replace(top.stories[0], **of_first)  # type: ignore[arg-type]
    return replace(edition, sections=(replace(top, stories=(first, *top.stories[1:])), *others))


def told(before: Composition, after: Composition) -> list[tuple[str, str]]:
    return [(one.kind, one.words) for one in between(before, after)]


def test_another_text_or_picture_of_a_story_is_told() -> None:
    before = sample.edition()
    (story, *_), *_ = (section.stories for section in before.sections)
    assert story.dek
    assert story.article.picture is not None
    assert told(before, changed(before, dek="Mended.")) == [("text", "now “Mended.”")]
    assert told(before, changed(before, dek="")) == [("text", "gone")]
    other = replace(story.article, picture=Picture(url="https://harbour.example/other.jpg"))
    assert told(before, changed(before, article=other)) == [("picture", "another one")]
    none = replace(story.article, picture=None)
    assert told(before, changed(before, article=none)) == [("picture", "gone")]
    cropped = replace(story.article.picture, wide="a" * 64, square="b" * 64)
    assert told(before, changed(before, article=replace(story.article, picture=cropped))) == []
