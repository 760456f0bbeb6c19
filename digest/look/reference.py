"""What a template may use, as a page: made from the classes that it is given, so that it is never out of date."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import get_type_hints

from digest.config.look import Look
from digest.messages.render import Fonts
from digest.messages.template_context import Other, Page, Picture, Section, Story
from digest.model import Sponsor

TITLE = "# The look: what a template may use"
CLASSES: Mapping[str, type] = {
    "page": Page,
    "story": Story,
    "section": Section,
    "other": Other,
    "picture": Picture,
    "sponsor": Sponsor,
    "fonts": Fonts,
}
ABOUT: Mapping[str, str] = {
    "page.title": "the newsletter's name",
    "page.tagline": "the line below it, or nothing",
    "page.subject": "the mail's subject",
    "page.preheader": "the line that inboxes show beside the subject",
    "page.date": "the edition's date, written in its language",
    "page.number": "the edition's number in words, or nothing",
    "page.note": "the editor's note, or nothing",
    "page.correction": "whether the note says what was wrong in the mail before",
    "page.sponsor": "the advertisement, or none",
    "page.language": "the edition's language, for `lang`",
    "page.direction": "`ltr` or `rtl`, for `dir`",
    "page.start": "the side where lines begin, `left` or `right`",
    "page.end": "the other side",
    "page.lead": "the first story, or none",
    "page.top": "the top stories after it",
    "page.sections": "the sections that have stories",
    "page.colours": "the colours of the sections that have one, by the section's name: `.light`, `.dark`",
    "page.why": "why the reader gets the mail",
    "page.postal": "the postal address, which many countries require",
    "page.view_url": "the mail in the browser; each mail must show it",
    "page.unsubscribe_url": "where the reader leaves; each mail must show it",
    "page.preferences_url": "where the reader chooses; each mail must show it",
    "page.signup_url": "where somebody it was forwarded to signs up",
    "story.title": "the headline",
    "story.headline": "the headline for a block of type: its last two words are bound where they are short",
    "story.long": "whether the headline is long: the looks set it a step smaller",
    "story.url": "where it leads; may be nothing",
    "story.dek": "the lines below the headline, or nothing",
    "story.kicker": "its section, said above the headline; nothing where the heading above says it",
    "story.section": "the short name of that section, or nothing",
    "story.byline": "who wrote it, in the words of the language, or nothing",
    "story.outlet": "the outlet, where the edition has several; else nothing",
    "story.update": "whether an earlier edition had the story",
    "story.also": "our other outlets that tell it",
    "story.second": "a second piece of the same outlet on the story, with its title and url, or none",
    "story.wide": "its picture in 16:9, or none",
    "story.square": "its picture as a square, or none",
    "story.direction": "`ltr` or `rtl` where it is not the edition's, else nothing",
    "story.language": "its language where it is not the edition's, else nothing",
    "section.name": "its short name; `brief` is the one of one-liners",
    "section.title": "its heading",
    "section.layout": "how it is set: `list`, `thumbnails`, `cards` or `briefs`",
    "section.stories": "its stories, at least one",
    "section.begin": "a mark to stand before it in a comment, if there is one: readers choose sections by it",
    "section.end": "the same behind it",
    "other.outlet": "the outlet's name",
    "other.url": "where it tells the story; may be nothing",
    "other.title": "its headline",
    "picture.src": "its address",
    "picture.alt": "what is seen on it, for those who do not see it",
    "picture.caption": "what its publisher writes under it, or nothing",
    "picture.credit": "whose it is, or nothing",
    "picture.cropped": "whether it has the shape of its place; a publisher's own has not",
    "sponsor.name": "who advertises",
    "sponsor.text": "the advertisement's words",
    "sponsor.url": "where it leads",
    "fonts.headline": "the font stack of headlines, for `font-family`",
    "fonts.text": "the font stack of everything else",
    "look.template": "the look's name",
    "look.accent": "the accent colour in the light",
    "look.accent_dark": "the accent colour in the dark",
    "look.logo": "the address of the logo, or nothing",
    "look.logo_width": "its width in pixels",
    "look.headline_font": "what the configuration says; use `fonts.headline`",
    "look.text_font": "what the configuration says; use `fonts.text`",
    "look.radius": "of the pictures' corners, in pixels",
    "look.pictures": "`host`, `hotlink` or `none`; a story without a picture to show has none",
}
INTRODUCTION = """\
Copy a file from here into your templates folder (`[site] templates`), keep its path, and change it: what you have is
used in the place of ours. Leave out what you do not change, for then it is mended when `digest` is.

    editions/default.mjml, .txt   the mail, and its text part; another name is another look: [look] template
    parts/head.mjml               what stands in the head of the mail
    parts/blocks/NAME.mjml        one block of the page, a macro of the same name
    parts/theme.css               styles that are written into the elements
    parts/kept.css                styles that stay in the head: dark mode, phones
    words/LANGUAGE.toml           every word that the mail says itself; a file needs only the lines that it changes
    newsletters/NAME/...          the same again, for one newsletter

Templates are Jinja; `default:parts/blocks/footer.mjml` is ours, `newsroom:...` yours for all newsletters, so a file may
build on the one that it replaces:

    {% import "default:parts/blocks/footer.mjml" as ours with context %}
    {% macro footer() %}{{ ours.footer() }}<p class="meta mute">Printed on no paper at all.</p>{% endmacro %}

`digest look check` tries all of it, `digest look preview` shows it in the light, in the dark, on a phone, and from
right to left. All texts are escaped in `.mjml`. `| column` wraps a text at 72 columns, for `.txt`. Stories are left out
beyond 85,000 bytes of HTML, for Gmail cuts a mail at about 102,000.
"""


def page(words: Mapping[str, str], blocks: Mapping[str, str]) -> str:
    """Return the page in Markdown: *words* are the English ones, *blocks* the shipped sources of blocks, by name."""
    parts = [TITLE, "", INTRODUCTION]
    for name, kind in CLASSES.items():
        parts += [f"## {name}", "", _said_of(kind), "", *_table(name, _fields(kind)), ""]
    look = dict.fromkeys(Look.model_fields, "text") | {
        name: _type(field.annotation) for name, field in Look.model_fields.items()
    }
    parts += ["## look", "", "The settings in `[newsletters.NAME.look]`.", "", *_table("look", look), ""]
    parts += ["## words", "", "What `words.NAME` says in English.", "", "| word | English |", "| --- | --- |"]
    parts += [f"| `words.{key}` | {word} |" for key, word in words.items()]
    parts += ["", "## Blocks", "", "`blocks.NAME(...)` in a look; each is a file in `parts/blocks/`.", ""]
    parts += ["| block | what it is |", "| --- | --- |", *_blocks(blocks)]
    return "\n".join(parts) + "\n"


def _said_of(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _fields(kind: type) -> dict[str, str]:
    hints = get_type_hints(kind)
    return {field.name: _type(hints[field.name]) for field in fields(kind)}


def _table(name: str, known: Mapping[str, str]) -> Sequence[str]:
    rows = [f"| `{name}.{field}` | {what} | {ABOUT[f'{name}.{field}']} |" for field, what in known.items()]
    return ["| variable | what it is | what it says |", "| --- | --- | --- |", *rows]


def _type(hint: object) -> str:
    """Return a type in words: "text", "stories", "picture or none"."""
    said = getattr(hint, "__name__", "") if isinstance(hint, type) else str(hint)
    said = re.sub(r"typing\.|digest\.[\w.]+\.", "", said)
    if said.startswith("tuple["):
        return f"list of {said[6:].split(',')[0].lower()}"
    if said.startswith(("Literal", "Annotated")):
        return "text"
    return (
        said.replace(" | None", " or none")
        .replace("str", "text")
        .replace("bool", "yes or no")
        .replace("int", "number")
        .lower()
    )


def _blocks(sources: Mapping[str, str]) -> Iterator[str]:
    for name, source in sources.items():
        about = re.search(r"\{#\s*(.*?)\s*#\}", source)
        call = re.search(r"\{% macro (" + name + r"\(.*?\)) %\}", source)
        yield f"| `{call[1] if call else name}` | {about[1] if about else ''} |"
