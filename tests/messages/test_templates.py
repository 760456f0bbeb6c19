import re
import tomllib
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.messages import templates
from digest.messages.render import rendered
from tests.messages import sample

LOOKS = sorted(path.stem for path in templates.shipped().joinpath("editions").glob("*.mjml"))
WORDS = sorted(templates.shipped().joinpath("words").glob("*.toml"))


def own(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def tried(folder: Path, look: str = "default"):
    site = sample.SITE.model_copy(update={"templates": folder})
    newsletter = sample.newsletter(look=sample.look(template=look))
    return rendered(sample.edition(stories=2), newsletter, site, nonce=sample.NONCE)[0]


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_each_language_has_every_word(path: Path) -> None:
    english = tomllib.loads(templates.shipped().joinpath("words/en.toml").read_text(encoding="utf-8"))
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(words) == set(english)
    for key, word in words.items():
        assert set(re.findall(r"\{\w+\}", word)) == set(re.findall(r"\{\w+\}", english[key]))


def test_a_language_without_words_is_told_in_english() -> None:
    assert templates.library().words("eo")["unsubscribe"] == "Unsubscribe"


def test_a_newsroom_changes_one_word_and_keeps_the_rest(tmp_path: Path) -> None:
    own(tmp_path, "words/en.toml", 'in_brief = "And finally"\n')
    made = tried(tmp_path)
    assert templates.library(tmp_path).words("en-GB")["in_brief"] == "And finally"
    assert "View in browser" in made.html


def test_the_newsrooms_own_part_wins_and_can_build_on_ours(tmp_path: Path) -> None:
    own(tmp_path, "parts/kept.css", '{% include "default:parts/kept.css" %}\n.ours { color: red; }\n')
    made = tried(tmp_path)
    assert ".ours { color: red; }" in made.html
    assert "prefers-color-scheme" in made.html


def test_each_look_has_a_text_part() -> None:
    assert LOOKS
    for name in LOOKS:
        assert templates.library().source(f"editions/{name}.txt")


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("<mjml>\n{% if %}\n</mjml>", "editions/mine.mjml line 2", "cannot be read"),
        ("<mjml>\n\n{{ page.nothing }}\n</mjml>", "editions/mine.mjml line 3", "nothing"),
        ("{{ 1 / 0 }}", "editions/mine.mjml line 1", "division"),
        ("{% include 'parts/away.mjml' %}", "editions/mine.mjml", "parts/away.mjml"),
        ("<mjml><mj-body>\n<mj-section><mj-column>\n<mj-text>a < b</mj-text></mj-column></mj-section></mj-body></mjml>", "editions/mine.mjml line 3", "no MJML"),
        ("<mjml>\n<mj-body><mj-section><mj-column>\n\n<mj-foo>x</mj-foo></mj-column></mj-section></mj-body></mjml>", "editions/mine.mjml line 4", "mj-foo"),
    ],
)  # fmt: skip
def test_a_broken_template_is_told_with_its_name_and_line(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    own(tmp_path, "editions/mine.mjml", text)
    own(tmp_path, "editions/mine.txt", "x")
    with pytest.raises(TemplateError) as fault:
        tried(tmp_path, "mine")
    assert fault.value.where == where
    assert what in fault.value.what


def test_a_fault_inside_a_part_names_the_part(tmp_path: Path) -> None:
    own(tmp_path, "parts/head.mjml", "<mj-title>x</mj-title>\n{{ look.wrong }}\n")
    with pytest.raises(TemplateError) as fault:
        tried(tmp_path)
    assert fault.value.where == "parts/head.mjml line 2"


def test_a_look_that_is_not_there_is_named() -> None:
    with pytest.raises(TemplateError, match=r"editions/none\.mjml"):
        rendered(
            sample.edition(),
            sample.newsletter(look=sample.look(template="none")),
            sample.SITE,
            nonce=sample.NONCE,
        )


def test_words_that_are_no_toml_are_told(tmp_path: Path) -> None:
    own(tmp_path, "words/en.toml", "view = \n")
    with pytest.raises(TemplateError, match="no TOML") as fault:
        tried(tmp_path)
    assert fault.value.where == "words/en.toml"
