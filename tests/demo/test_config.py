"""The sample configuration is one that a newsroom could have written."""

import tomllib
from datetime import datetime
from pathlib import Path

from digest.config.schema import Config
from digest.demo.config import config_toml
from digest.demo.newsroom import outlets
from digest.demo.readers import readers

BASES = {
    "courier": "http://127.0.0.2:1",
    "wire": "http://127.0.0.3:2",
    "post": "http://127.0.0.4:3",
    "boker": "http://127.0.0.5:4",
}


def config() -> Config:
    return Config.model_validate(tomllib.loads(config_toml(BASES, 2525, 8000, Path("demo-run\n[x]"))))


def test_it_is_valid() -> None:
    made = config()
    assert set(made.newsletters) == {"morning", "minutes", "boker"}
    assert {one.look.template for one in made.newsletters.values()} == {"default", "briefing", "magazine"}
    assert made.newsletters["boker"].direction == "rtl"
    assert made.relays["main"].port == 2525
    assert made.relays["main"].security == "none"


def test_its_sources_are_the_newsrooms_feeds(now: datetime) -> None:
    there = {BASES[paper.name] + feed.path for paper in outlets(now) for feed in paper.feeds}
    assert {source.url for source in config().sources.values()} == there


def test_every_section_of_the_own_papers_has_its_place(now: datetime) -> None:
    made = config()
    for paper, newsletter in (("courier", "morning"), ("boker", "boker")):
        pieces = next(one for one in outlets(now) if one.name == paper).pieces
        known = {name for rule in made.newsletters[newsletter].sections for name in rule.categories}
        assert {piece.section for piece in pieces} <= known


def test_the_readers_choose_sections_that_exist() -> None:
    made = config()
    for person in readers():
        for newsletter in person.newsletters:
            assert set(person.sections) <= {rule.name for rule in made.newsletters[newsletter].sections}
