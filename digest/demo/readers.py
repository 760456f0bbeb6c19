"""The sample newsletters' subscribers: 25 people, two of whom get both."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class SampleReader:
    """A person who signed up for *newsletters*; no *sections* means all of them."""

    name: str
    address: str
    language: str
    newsletters: tuple[str, ...]
    sections: tuple[str, ...]


def readers() -> tuple[SampleReader, ...]:
    """Return the sample subscribers, in the order of their names in the file."""
    text = (files("digest.demo") / "newsroom" / "readers.toml").read_text(encoding="utf-8")
    return tuple(
        SampleReader(
            name=row["name"],
            address=row["address"],
            language=row.get("language", "en"),
            newsletters=tuple(row["newsletters"]),
            sections=tuple(row.get("sections", ())),
        )
        for row in tomllib.loads(text)["reader"]
    )
