"""The templates: a newsroom's own folder first, then ours, which `default:` always means.

editions/<name>.mjml, <name>.txt    a look: the mail, and its text part
parts/*                             what the looks share
words/<language>.toml               every word that the templates say
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

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
        """Return the words of *language*; what its file leaves out is said in English."""
        wanted = ["en", language.split("-")[0].lower(), language.lower()]
        said: dict[str, str] = {}
        for name in dict.fromkeys(wanted):
            for path in (f"default:words/{name}.toml", f"words/{name}.toml"):
                said |= _table(path, self.source(path))
        return said

    def names(self) -> list[str]:
        """Return the names of every template that can be found."""
        return self.text.list_templates()


@cache
def library(own: Path | None = None) -> Library:
    """Return the templates of the newsroom's folder *own* over ours; Jinja itself sees to changed files."""
    ours = FileSystemLoader(shipped())
    first: list[BaseLoader] = [FileSystemLoader(own)] if own is not None else []
    loader = ChoiceLoader([*first, ours, PrefixLoader({"default": ours}, delimiter=":")])
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


def _table(path: str, source: str) -> dict[str, str]:
    try:
        found: dict[str, Any] = tomllib.loads(source)
    except tomllib.TOMLDecodeError as fault:
        raise TemplateError(f"this is no TOML: {fault}", where=path) from fault
    wrong = sorted(key for key, word in found.items() if not isinstance(word, str))
    if wrong:
        raise TemplateError(f"must be text: {', '.join(wrong)}", where=path)
    return found
