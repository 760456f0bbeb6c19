"""The words of a language beside the English ones: what is missing, and what would fail. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_FIELD = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a language's words: a *note* is said in English instead, else a mail would fail."""

    what: str
    note: bool


def no_file(language: str) -> str:
    """Return what is to be done where no file has a word of *language*."""
    file = f"words/{language.split('-', maxsplit=1)[0].lower()}.toml"
    return (
        f"there are no words of its language {language!r}, and the mail would speak English around its stories: add "
        f"{file} to the folder of [site] templates (`digest look export DIR words/en.toml` copies ours to translate)"
    )


def wrong(own: Mapping[str, str], english: Mapping[str, str], said: Mapping[str, str]) -> Iterator[Wrong]:
    """Yield what is wrong with *own*, the words of one language's own files.

    *english* has every word there is, *said* what the mail says in the language once all files are read.
    """
    missing = [key for key in english if key not in own]
    if missing:
        yield Wrong(
            f"{len(missing)} of {len(english)} words are said in English: {', '.join(missing)}", note=True
        )
    more = [key for key in own if key not in english]
    if more:
        yield Wrong(
            f"no template of ours says {', '.join(more)}: for a template of your own, or misspelt", note=True
        )
    for key in english:
        wanted, there = set(_FIELD.findall(english[key])), set(_FIELD.findall(said[key]))
        if odd := sorted(there - wanted):
            yield Wrong(f"{key} has {', '.join(odd)}, which nobody fills", note=False)
        elif lacks := sorted(wanted - there):
            yield Wrong(f"{key} lacks {', '.join(lacks)}: what would stand there is not said", note=True)
        elif unbalanced(said[key]):
            yield Wrong(f"{key} has a brace without its other: {said[key]!r}", note=False)


def unbalanced(word: str) -> bool:
    """Return whether *word* cannot be filled: a brace of its own is written twice."""
    rest = _FIELD.sub("", word.replace("{{", "").replace("}}", ""))
    return "{" in rest or "}" in rest
