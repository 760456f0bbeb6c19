"""The templates: a newsletter's own first, then the newsroom's, then ours.

editions/<name>.mjml, <name>.txt    a look: the mail, and its text part
parts/*                             what the looks share; parts/blocks/<name>.mjml is one block of the page
words/<language>.toml               every word that the templates say
newsletters/<newsletter>/...        the same again, for one newsletter

`default:` always means ours, `newsroom:` the newsroom's over ours: so one may build on what it replaces.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
)

from digest.errors import TemplateError
from digest.messages.text import column, legal


def shipped() -> Path:
    """Return the folder of the shipped templates: in the wheel, or beside the checkout."""
    installed = Path(str(files("digest") / "templates"))
    return installed if installed.is_dir() else installed.parents[1] / "templates"


@dataclass(frozen=True)
class Library:
    """The two environments that templates are read in: markup is escaped, text is not."""

    markup: Environment
    text: Environment

    def source(self, name: str) -> str:
        """Return the source of the template *name*; "" where there is none."""
        assert self.text.loader is not None
        try:
            return self.text.loader.get_source(self.text, name)[0]
        except TemplateNotFound:
            return ""

    def words(self, language: str) -> Mapping[str, str]:
        """Return the words of *language*; what its files leave out is said in English."""
        return self._words(["en", *_files(language)])

    def own_words(self, language: str) -> Mapping[str, str]:
        """Return the words of *language* alone, without the English ones; none where it has no file."""
        return self._words(_files(language))

    def _words(self, names: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name in dict.fromkeys(names):
            for prefix in ("default:", "newsroom:", ""):
                path = f"words/{name}.toml"
                found |= table(path, self.source(prefix + path))
        return found

    def names(self) -> list[str]:
        """Return the names of the templates that can be found, each once, as the others call it."""
        there = self.text.list_templates()
        return [name for name in there if ":" not in name and not name.startswith("newsletters/")]


def _files(language: str) -> list[str]:
    """Return the names of the files of *language*, a region's after the language's: pt, pt-br."""
    return [language.split("-", maxsplit=1)[0].lower(), language.lower()]


@cache
def library(own: Path | None = None, newsletter: str = "") -> Library:
    """Return the templates of *newsletter* over those of the newsroom's folder *own* over ours.

    Jinja itself sees to changed files.
    """
    ours = FileSystemLoader(shipped())
    newsroom = ChoiceLoader([FileSystemLoader(own), ours]) if own is not None else ChoiceLoader([ours])
    first: list[BaseLoader] = []
    if own is not None and newsletter:
        first = [FileSystemLoader(own / "newsletters" / newsletter)]
    prefixed = PrefixLoader({"default": ours, "newsroom": newsroom}, delimiter=":")
    loader = ChoiceLoader([*first, newsroom, prefixed])
    return Library(markup=_environment(loader, escape=True), text=_environment(loader, escape=False))


def _environment(loader: BaseLoader, *, escape: bool) -> Environment:
    # Jinja's select_autoescape() leaves .mjml unescaped, so escaping is all or nothing here.
    environment = Environment(
        loader=loader,
        autoescape=escape,  # noqa: S701 - off for the text part only
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=legal,
    )
    environment.filters["column"] = column
    return environment


def said(words: Mapping[str, str], key: str, **values: object) -> str:
    """Return the word *key* with *values* in its places; raise TemplateError where it has one that nobody fills."""
    try:
        return words[key].format(**values)
    except (KeyError, IndexError, ValueError, AttributeError) as fault:
        places = ", ".join(f"{{{name}}}" for name in values)
        raise TemplateError(
            f"the word {key} cannot be filled: {words[key]!r}", where="words", do=f"It may have {places}."
        ) from fault


def table(path: str, source: str) -> dict[str, str]:
    """Return the words in *source*, the TOML of the file *path*; raise TemplateError where it is none, or no text."""
    try:
        found = tomllib.loads(source)
    except tomllib.TOMLDecodeError as fault:
        raise TemplateError(f"this is no TOML: {fault}", where=path) from fault
    wrong = sorted(key for key, word in found.items() if not isinstance(word, str))
    if wrong:
        raise TemplateError(f"must be text: {', '.join(wrong)}", where=path)
    return found
