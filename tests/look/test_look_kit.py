"""The look kit: export, check and preview, as a designer types them, rightly and wrongly."""

import io
import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from digest.cli import cli
from digest.config.look import Look
from digest.configuration import load
from digest.errors import TemplateError, UsageError
from digest.flows.newsroom import look
from digest.look import reference, trial
from digest.look.schemes import as_if
from digest.look.words import wrong
from digest.messages.render import rendered
from digest.messages.templates import library, shipped
from tests.messages import sample

CONFIG = """
[site]
url = "http://127.0.0.1:8000"
templates = "templates"
[sources.own]
url = "https://example.org/rss"
[newsletters.daily]
title = "The Daily"
sources = ["own"]
schedule = { time = "06:00" }
sender = { address = "news@example.org", postal = "1 Harbour Street" }
"""
WEEKLY = """
[newsletters.weekly]
title = "The Weekly"
sources = ["own"]
schedule = { time = "06:00" }
sender = { address = "news@example.org", postal = "1 Harbour Street" }
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A newsroom with a newsletter and an empty folder for templates."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.toml").write_text(CONFIG)
    (tmp_path / "templates").mkdir()
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["look", *words] if words[0] != "init" else list(words))


def own(house: Path, name: str, text: str) -> Path:
    file = house / "templates" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def checked(house: Path) -> tuple[bool, dict[str, list[str]], str]:
    """Return whether all is well, and what is said, by what it is about, and as one text."""
    lines = look.check(load(house / "digest.toml"))
    found: dict[str, list[str]] = {}
    for one in lines:
        found.setdefault(one.what, []).append(one.words)
    return all(one.ok for one in lines), found, "\n".join(one.words for one in lines)


def drawn(scene: str, slug: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1280, 720), "navy").save(file, "JPEG")
    return file.getvalue()


# ------------------------------------------------------------------------------- export


def test_all_that_ships_is_copied_and_renders_the_same(house: Path) -> None:
    look.export(house / "templates")
    for room in look.ROOMS:
        for file in (shipped() / room).rglob("*.*"):
            copy = house / "templates" / file.relative_to(shipped())
            assert copy.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    site = sample.SITE.model_copy(update={"templates": house / "templates"})
    ours = rendered(sample.sponsored(), sample.newsletter(), sample.SITE, nonce=sample.NONCE)[0]
    assert rendered(sample.sponsored(), sample.newsletter(), site, nonce=sample.NONCE)[0] == ours
    good, found, _ = checked(house)
    assert good
    assert not any(what.startswith("file ") for what in found)


def test_what_is_there_already_stays(house: Path) -> None:
    mine = own(house, "words/en.toml", 'in_brief = "And finally"\n')
    assert run("init").exit_code == 0
    result = run("export", "templates", "--json")
    made = json.loads(result.stdout)
    assert made["kept"] == ["templates/words/en.toml"]
    assert mine.read_text() == 'in_brief = "And finally"\n'
    assert "it stays as it is" in run("export", "templates").output


def test_single_files_may_be_asked_for_and_unknown_ones_are_wrong_usage(house: Path) -> None:
    look.export(house / "out", ["parts/blocks/footer.mjml"])
    files = {file.relative_to(house / "out").as_posix() for file in (house / "out").rglob("*.*")}
    assert files == {"README.md", "parts/blocks/footer.mjml"}
    with pytest.raises(UsageError, match=r"parts/blocks/footer\.mjml"):
        look.export(house / "out", ["parts/blocks/foot.mjml"])


def test_the_readme_has_every_variable_word_and_block_and_no_other() -> None:
    page = look.readme()
    known = {f"{name}.{field.name}" for name, kind in reference.CLASSES.items() for field in fields(kind)}
    known |= {f"look.{name}" for name in Look.model_fields}
    assert set(reference.ABOUT) == known
    assert (
        set(re.findall(r"^\| `((?:page|story|section|other|picture|sponsor|fonts|look)\.\w+)`", page, re.M))
        == known
    )
    words = set(library().words("en"))
    assert set(re.findall(r"^\| `words\.(\w+)`", page, re.M)) == words
    blocks = {file.stem for file in (shipped() / "parts" / "blocks").glob("*.mjml")}
    assert set(re.findall(r"^\| `(\w+)\(", page, re.M)) == blocks
    assert not re.search(r"\|\s*\|$", page, re.M), "a row without a word about it"


def test_every_variable_that_a_template_names_is_in_the_readme() -> None:
    known = set(reference.ABOUT) | {f"words.{key}" for key in library().words("en")}
    for name, text in look.shipped_files().items():
        used = (
            re.findall(r"\b((?:page|look|fonts|words)\.[a-z_]+)\b", text)
            if not name.endswith(".toml")
            else []
        )
        assert set(used) <= known, name


def test_the_readmes_example_works(house: Path) -> None:
    (example,) = re.findall(r"\n(    \{% import.*?\n    \{% macro footer.*?)\n", look.readme(), re.DOTALL)
    own(house, "parts/blocks/footer.mjml", "\n".join(line.strip() for line in example.splitlines()))
    good, _, said = checked(house)
    assert good, said
    site = sample.SITE.model_copy(update={"templates": house / "templates"})
    html = rendered(sample.edition(), sample.newsletter(), site, nonce=sample.NONCE)[0].html
    assert "Printed on no paper at all." in html
    assert "Unsubscribe" in html


# ------------------------------------------------------------------------------- one by one


def test_a_newsletter_overrides_a_single_block_and_a_single_word(house: Path) -> None:
    own(
        house,
        "parts/blocks/heading.mjml",
        "{% macro heading(title) %}<h2>newsroom {{ title }}</h2>{% endmacro %}",
    )
    own(
        house,
        "newsletters/daily/parts/blocks/heading.mjml",
        '{% import "newsroom:parts/blocks/heading.mjml" as mine with context %}'
        "{% macro heading(title) %}{{ mine.heading(title) }}<p>daily</p>{% endmacro %}",
    )
    own(house, "words/en.toml", 'in_brief = "And finally"\nupdate = "New"\n')
    own(house, "newsletters/daily/words/en.toml", 'in_brief = "Last, not least"\n')
    site = sample.SITE.model_copy(update={"templates": house / "templates"})
    daily, weekly = (
        rendered(replace(sample.edition(), newsletter=name), sample.newsletter(), site, nonce=sample.NONCE)[
            0
        ].html
        for name in ("daily", "weekly")
    )
    assert ("newsroom City" in daily, "<p>daily</p>" in daily, "Last, not least" in daily) == (
        True,
        True,
        True,
    )
    assert ("newsroom City" in weekly, "<p>daily</p>" in weekly, "And finally" in weekly) == (
        True,
        False,
        True,
    )
    assert library(house / "templates", "daily").words("en")["update"] == "New"
    assert run("init").exit_code == 0
    said = run("check")
    assert said.exit_code == 0
    assert "ok   newsletter daily: template default renders 5 shapes" in said.output


def test_a_fault_in_a_newsletters_own_block_names_the_file_and_line(house: Path) -> None:
    own(
        house,
        "newsletters/daily/parts/blocks/footer.mjml",
        "{% macro footer() %}\n{{ page.wrong }}\n{% endmacro %}",
    )
    (house / "digest.toml").write_text(CONFIG + WEEKLY)
    good, found, _ = checked(house)
    assert not good
    assert any(
        "newsletters/daily/parts/blocks/footer.mjml line 2" in words for words in found["newsletter daily"]
    )
    assert all("footer" not in words for words in found["newsletter weekly"])


# ------------------------------------------------------------------------------- check


FAULTY = {
    "no link to leave": ("parts/blocks/footer.mjml", "{% macro footer() %}<p>{{ page.view_url }}{{ page.preferences_url }}</p>{% endmacro %}", "the look lacks html.unsubscribe_url"),
    "a block without its macro": ("parts/blocks/footer.mjml", "nothing", "footer"),
    "broken Jinja": ("parts/head.mjml", "\n{% if %}\n", "parts/head.mjml line 2"),
    "broken MJML": ("parts/head.mjml", "<mj-title>x</mj-title>\n<mj-foo />", "mj-foo"),
    "only with a picture": ("parts/blocks/lead.mjml", "{% macro lead(story) %}{{ story.wide.src }}{{ story.also[1].url }}{% endmacro %}", "has no element 1"),
    "words that are no TOML": ("words/en.toml", "view = \n", "this is no TOML"),
    "a word that is no text": ("words/en.toml", "view = 5\n", "must be text: view"),
    "a word with a place that nobody fills": ("words/en.toml", 'why = "You get {this}."\n', "why has {this}, which nobody fills"),
    "unreadable in the dark": ("parts/kept.css", '{% include "default:parts/kept.css" %}\n@media (prefers-color-scheme: dark) { .ink, .ink a { color: #14161A !important; } }', "in dark mode"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTY)
def test_what_a_mail_would_fail_by_is_one_line_and_exit_code_1(house: Path, what: str) -> None:
    name, text, words = FAULTY[what]
    own(house, name, text)
    good, _, said = checked(house)
    assert not good
    assert words in said


def test_a_look_that_no_newsletter_has_yet_is_tried(house: Path) -> None:
    own(house, "editions/evening.mjml", "<mjml><mj-body></mj-body></mjml>")
    good, found, _ = checked(house)
    assert not good
    assert any("editions/evening.txt" in words for words in found["look evening"])


def test_a_new_language_has_its_missing_words_listed(house: Path) -> None:
    text = (
        (house / "digest.toml").read_text().replace('title = "The Daily"', 'title = "Päivä"\nlanguage = "fi"')
    )
    (house / "digest.toml").write_text(text)
    english = library().words("en")
    good, found, _ = checked(house)
    assert not good
    (missing,) = found["words fi"]
    assert "add words/fi.toml" in missing
    assert "digest look export DIR words/en.toml" in missing
    own(
        house,
        "words/fi.toml",
        'unsubscribe = "Peru tilaus"\nview = "Lue selaimessa"\nviews = "x"\nby = "Kirjoittanut"\n',
    )
    good, found, _ = checked(house)
    assert good
    missing, more, lacks = found["words fi"]
    assert missing.startswith(
        f"{len(english) - 3} of {len(english)} words are said in English: date, number, note"
    )
    assert "views: for a template of your own, or misspelt" in more
    assert "by lacks {names}" in lacks
    site = sample.SITE.model_copy(update={"templates": house / "templates"})
    made = rendered(replace(sample.edition(), language="fi"), sample.newsletter(), site, nonce=sample.NONCE)[
        0
    ]
    assert "Peru tilaus" in made.html


def test_a_file_that_nothing_uses_is_named(house: Path) -> None:
    for name in (
        "part/head.mjml",
        "parts/blocks/foter.mjml",
        "words/zz9.toml",
        "newsletters/dayly/parts/head.mjml",
    ):
        own(house, name, "x = 'x'\n")
    own(house, "parts/own.mjml", "<mj-title>x</mj-title>")
    own(house, "parts/head.mjml", '{% include "default:parts/head.mjml" %}{# parts/own.mjml #}')
    _, found, _ = checked(house)
    assert {what for what in found if what.startswith("file ")} == {
        "file part/head.mjml", "file parts/blocks/foter.mjml", "file words/zz9.toml", "file newsletters/dayly/parts/head.mjml",
    }  # fmt: skip


def test_a_folder_that_is_not_there_fails(house: Path) -> None:
    (house / "templates").rmdir()
    good, found, _ = checked(house)
    assert not good
    assert "is no folder" in found["templates"][0]


def test_a_word_that_cannot_be_filled_is_a_fault_in_words_when_a_mail_is_made(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "en.toml").write_text('number = "No. {nr}"\n')
    site = sample.SITE.model_copy(update={"templates": tmp_path})
    with pytest.raises(
        TemplateError, match=r"the word number cannot be filled: 'No. \{nr\}'. It may have \{number\}"
    ):
        rendered(sample.edition(), sample.newsletter(), site, nonce=sample.NONCE)


def test_words_are_compared_with_the_english_ones() -> None:
    english = {"by": "By {names}", "view": "View"}
    assert list(wrong(english, english, english)) == []
    own_words = {"by": "Par {nom}", "view": "a } b"}
    found = [(one.what, one.note) for one in wrong(own_words, english, own_words)]
    assert found == [
        ("by has {nom}, which nobody fills", False),
        ("view has a brace without its other: 'a } b'", False),
    ]


# ------------------------------------------------------------------------------- preview


def test_the_preview_shows_light_dark_phone_and_right_to_left(house: Path) -> None:
    assert run("init").exit_code == 0
    result = run("preview", "daily", "--out", "pages", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == ["pages/daily/index.html"]
    folder = house / "pages" / "daily"
    text = {file.name: file.read_text("utf-8") for file in folder.glob("*.html")}
    assert set(text) == {"index.html", "light.html", "dark.html", "phone.html", "rtl.html", "rtl-dark.html"}
    assert "@media not all" in text["light.html"]
    assert "@media all" in text["dark.html"]
    assert 'dir="rtl"' in text["rtl.html"]
    assert 'src="light.html"' in text["phone.html"]
    assert "width:390px" in text["phone.html"]
    assert "@@" not in "".join(text.values())
    for src in set(re.findall(r'src="(pictures/[^"]+)"', text["light.html"])):
        with Image.open(folder / src) as picture:
            assert picture.format == "JPEG"
    assert 'src="http' not in text["light.html"]
    assert "Unsubscribe:" in (folder / "text.txt").read_text("utf-8")


def test_a_newsletter_that_is_written_from_right_to_left_is_shown_the_other_way(house: Path) -> None:
    text = (
        (house / "digest.toml").read_text().replace('title = "The Daily"', 'title = "היום"\nlanguage = "he"')
    )
    (house / "digest.toml").write_text(text, encoding="utf-8")
    look.preview(load(house / "digest.toml"), house / "pages", drawn)
    folder = house / "pages" / "daily"
    assert 'dir="rtl"' in (folder / "light.html").read_text("utf-8")
    assert 'dir="ltr"' in (folder / "ltr.html").read_text("utf-8")


def test_a_preview_that_cannot_be_made_says_why(house: Path) -> None:
    config = load(house / "digest.toml")
    with pytest.raises(UsageError, match="daily"):
        look.preview(config, house / "pages", drawn, "dayly")
    own(house, "parts/head.mjml", "{{ page.nothing }}")
    with pytest.raises(TemplateError, match="nothing"):
        look.preview(config, house / "pages", drawn)


def test_only_the_question_about_the_dark_is_answered() -> None:
    page = "<head></head><style>@media (prefers-color-scheme: dark) { a { } } @media print { }</style>"
    assert "@media not all { a" in as_if(page, "light")
    assert "@media all { a" in as_if(page, "dark")
    assert "@media print" in as_if(page, "dark")
    assert as_if(page, "") == page


def test_the_other_way_is_read_in_a_language_of_that_way() -> None:
    """An editor's note in English, set from right to left, has its full stop at the wrong end."""
    newsletter = sample.newsletter()
    by_words = {shape.words: shape.edition for shape in trial.shapes("daily", newsletter)}
    assert by_words[trial.FULL].note == sample.NOTES["en"]
    assert by_words[trial.OTHER_WAY].note == sample.NOTES["he"]
    arabic = {shape.words: shape.edition for shape in trial.shapes("daily", sample.newsletter("ar"))}
    assert {edition.note for edition in arabic.values()} >= {sample.NOTES["ar"], sample.NOTES["en"]}
