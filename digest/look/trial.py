"""The sample edition as a newsletter's look renders it, in each of its shapes, and what the checks say of it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from digest import plugins
from digest.config.look import SectionRule
from digest.config.schema import RTL, Newsletter, Site
from digest.editions import preflight
from digest.errors import TemplateError
from digest.look import sample
from digest.messages.compile import compiled
from digest.messages.render import rendered
from digest.model import Composition, Rendered

NONCE = "0123456789abcdef"
OF_THE_LOOK = (
    "contrast",
    "postal",
    "size",
    "support",
    "text",
    "unsubscribe",
)  # the checks that a look can fail
FULL, OTHER_WAY = "the sample edition", "the sample edition in the other direction"


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape that a day may have: *words* say which; the edition may have another language than the newsletter."""

    words: str
    edition: Composition


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a trial: *words*; not *good* is what a mail would fail by, a *note* is not."""

    words: str
    good: bool
    note: bool = False


def shapes(name: str, newsletter: Newsletter) -> list[Shape]:
    """Return the sample edition of *newsletter* in the shapes that days have."""
    language = newsletter.language
    full = _full(name, newsletter, language)
    other = _full(name, newsletter, "en" if newsletter.direction == "rtl" else "he")
    bare = replace(full, note="", sponsor=None, number=0)
    alone = replace(bare, sections=(replace(full.sections[0], stories=full.sections[0].stories[:1]),))
    several = replace(full, sections=sample.roundup().sections)
    return [
        Shape(FULL, full),
        Shape(OTHER_WAY, other),
        Shape("a day with a single story", alone),
        Shape("a day with several outlets and updates", several),
        Shape("a correction", replace(bare, note=full.note, correction=True)),
    ]


def printed(shape: Shape, newsletter: Newsletter, site: Site) -> tuple[Rendered, Composition, Newsletter]:
    """Return *shape* rendered as *newsletter* looks, with the newsletter that it was rendered for.

    Raises TemplateError with the template's name and line.
    """
    titles = {section.name: section.title for section in shape.edition.sections}
    rules = tuple(
        SectionRule(name=key, title=title or key) for key, title in titles.items() if key not in _NO_RULE
    )
    fitting = newsletter.model_copy(update={"sections": rules, "language": shape.edition.language})
    one, edition = rendered(shape.edition, fitting, site, nonce=NONCE)
    return one, edition, fitting


def tried(name: str, newsletter: Newsletter, site: Site) -> Iterator[Told]:
    """Yield what is to be said of the look of *newsletter*, last that it renders, if it does."""
    sizes: dict[str, int] = {}
    for shape in shapes(name, newsletter):
        try:
            one, edition, fitting = printed(shape, newsletter, site)
            compiled(one, fitting, edition, site)
        except TemplateError as fault:
            yield Told(f"{shape.words}: {fault}", good=False)
            continue
        sizes[shape.words] = one.size
        if shape.words not in (FULL, OTHER_WAY):  # the others have no part that these have not
            continue
        proof = preflight.Proof(edition, one, fitting)
        yield from (Told(f"{shape.words}: {told.words}", told.good, told.note) for told in _checked(proof))
    if FULL in sizes and OTHER_WAY in sizes:
        words = f"template {newsletter.look.template} renders {len(sizes)} shapes of the sample edition"
        yield Told(f"{words}, in both directions; {sizes[FULL] / 1000:.0f} kB of HTML", good=True)


def _checked(proof: preflight.Proof) -> Iterator[Told]:
    for name in OF_THE_LOOK:
        for one in plugins.load(preflight, name).check(proof):
            if one.level != "ok" and not (name == "postal" and not proof.newsletter.sender.postal.strip()):
                yield Told(f"{name}: {one}", good=one.level != "stop", note=one.level == "warn")


def _full(name: str, newsletter: Newsletter, language: str) -> Composition:
    """Return the sample edition with everything that an edition may have, said to be in *language*."""
    code = language.split("-", maxsplit=1)[0].lower()
    text = code if code in sample.TITLES else "he" if code in RTL else "en"
    return replace(
        sample.edition(text),
        newsletter=name,
        title=newsletter.title,
        language=language,
        direction="rtl" if code in RTL else "ltr",
        note=sample.NOTES[text],
        sponsor=sample.SPONSORS[text],
    )


_NO_RULE: Mapping[str, None] = {"top": None, "brief": None}
