"""An edition to HTML and text with open slots: Jinja, then MJML, then styles inlined. Once an edition.

Files are read by the template library and MJML runs in its own process; what comes out depends on the
arguments and the templates alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace

from digest.config.schema import Newsletter, Site
from digest.messages import mjml, template_errors
from digest.messages.inline import inlined
from digest.messages.template_context import Page, page
from digest.messages.templates import Library, library
from digest.messages.text import line
from digest.model import Composition, Placed, Reason, Rendered

LIMIT = 85_000  # decoded bytes of HTML with every slot filled: Gmail cuts a mail at about 102,000
SERIF = {
    "he": "David, 'Times New Roman', serif",
    "ar": "'Geeza Pro', 'Times New Roman', serif",
}
LATIN = "Georgia, 'Times New Roman', serif"
SANS = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Fonts:
    """The two stacks of a mail."""

    headline: str
    text: str


def rendered(
    edition: Composition, newsletter: Newsletter, site: Site, *, nonce: str, limit: int = LIMIT
) -> tuple[Rendered, Composition]:
    """Return *edition* rendered, and the edition as it was rendered: too long a one sheds its last stories.

    *nonce* is 8 or more of 0-9 and a-f that no outsider knows. Raises TemplateError with the template's name
    and line.
    """
    if not re.fullmatch(r"[0-9a-f]{8,64}", nonce):
        raise ValueError("a nonce is 8 to 64 of 0-9 and a-f")
    press = _Press(library(site.templates, edition.newsletter), newsletter, site, nonce)
    made = press.print(edition)
    while (over := made.size - limit) > 0 and len(edition.stories) > 1:
        each = made.size // len(edition.stories)  # a story of the tail is smaller: rather twice than too much
        edition = shed(edition, max(over // each, 1))
        made = press.print(edition)
    return made, edition


def shed(edition: Composition, count: int) -> Composition:
    """Return *edition* with its last *count* stories in reading order on the bench; the first always stays."""
    left, gone, sections = count, list[Placed](), []
    for section in reversed(edition.sections):
        lead = section is edition.sections[0]
        cut = min(left, len(section.stories) - lead)
        keep = len(section.stories) - cut
        gone += reversed(section.stories[keep:])
        left -= cut
        if keep:
            sections.append(replace(section, stories=section.stories[:keep]))
    titles = tuple(placed.title for placed in reversed(gone))
    note = Reason("size", 0.0, 0.0, "left out to keep the mail under the size at which Gmail cuts it")
    waiting = [replace(placed, place=0, reasons=(note, *placed.reasons)) for placed in reversed(gone)]
    bench = tuple(sorted([*waiting, *edition.bench], key=lambda placed: -placed.score))
    return replace(edition, sections=tuple(reversed(sections)), shed=(*titles, *edition.shed), bench=bench)


class _Press:
    """What stays the same while an edition is rendered, shortened, and rendered again."""

    def __init__(self, templates: Library, newsletter: Newsletter, site: Site, nonce: str) -> None:
        self._templates = templates
        self._newsletter = newsletter
        self._site = site
        self._nonce = nonce

    def print(self, edition: Composition) -> Rendered:
        """Return *edition* as it is, whatever its size."""
        words = self._templates.words(edition.language)
        view = page(edition, self._newsletter, self._site, words, self._nonce)
        return Rendered(
            subject=line(edition.subject),
            preheader=line(edition.preheader),
            html=self._html(view, words),
            text=self._text(view, words),
            nonce=self._nonce,
            language=edition.language,
            shed=edition.shed,
        )

    def _html(self, view: Page, words: Mapping[str, str]) -> str:
        name = f"editions/{self._newsletter.look.template}.mjml"
        known = {
            "page": view,
            "words": SimpleNamespace(**words),
            "look": self._newsletter.look,
            "fonts": self._fonts(view),
        }
        source = template_errors.filled(self._templates.markup, name, known)
        try:
            html = mjml.shared.html(source)
        except mjml.MjmlError as fault:
            raise template_errors.located(fault, source, name, self._templates) from fault
        return inlined(html, self._theme(known))

    def _theme(self, known: dict[str, object]) -> str:
        own = f"editions/{self._newsletter.look.template}.css"
        name = own if self._templates.source(own) else "parts/theme.css"
        return template_errors.filled(self._templates.text, name, known)

    def _text(self, view: Page, words: Mapping[str, str]) -> str:
        name = f"editions/{self._newsletter.look.template}.txt"
        made = template_errors.filled(
            self._templates.text, name, {"page": view, "words": SimpleNamespace(**words)}
        )
        return re.sub(r"\n{3,}", "\n\n", made).strip("\n") + "\n"

    def _fonts(self, view: Page) -> Fonts:
        look, script = self._newsletter.look, view.language.split("-")[0].lower()
        fallback = SERIF.get(script, SERIF["ar"] if view.direction == "rtl" else LATIN)
        return Fonts(look.headline_font or fallback, look.text_font or SANS)
