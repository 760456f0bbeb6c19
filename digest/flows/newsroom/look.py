"""The look kit: what ships is copied out, what a newsroom made of it is tried with the sample edition, and shown."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel import Locale, UnknownLocaleError

from digest.articles.pictures import crops
from digest.config.schema import Config, Newsletter
from digest.errors import TemplateError, UsageError
from digest.look import reference, sample, schemes, trial
from digest.look import words as languages
from digest.messages import slots
from digest.messages.links import followed
from digest.messages.templates import library, shipped, table
from digest.model import Composition
from digest.ops.findings import Finding

ROOMS = ("editions", "parts", "words")
README = "README.md"
Draw = Callable[[str, str], bytes]  # the JPEG of a scene, for whatever has that name
SCENES = ("harbour", "assembly", "hall", "storm", "ferry")  # of the sample's pictures, in their order


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: the files it *wrote*, and those that differ from ours, which it *kept*."""

    wrote: tuple[Path, ...]
    kept: tuple[Path, ...]


def export(folder: Path, names: Sequence[str] = ()) -> Exported:
    """Copy the shipped files *names*, all of them without, and a page of every variable into *folder*.

    A file that is there and differs stays as it is. Raises UsageError for a name that does not ship.
    """
    ours = shipped_files()
    unknown = [name for name in names if name not in ours]
    if unknown:
        what = f"no file of that name ships: {', '.join(repr(name) for name in unknown)}"
        raise UsageError(what, do=f"There are: {', '.join(ours)}.")
    wanted = {name: ours[name] for name in names or ours} | {README: readme()}
    wrote, kept = list[Path](), list[Path]()
    for name, content in wanted.items():
        file = folder / name
        if file.exists() and not _same(file, content, name):
            kept.append(file)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        wrote.append(file)
    return Exported(tuple(wrote), tuple(kept))


def shipped_files() -> dict[str, str]:
    """Return the shipped templates and words, by their path below the templates folder."""
    root = shipped()
    found = sorted(file for room in ROOMS for file in (root / room).rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in found}


def readme() -> str:
    """Return the page of every variable."""
    prefix, ours = "parts/blocks/", shipped_files()
    blocks = {Path(name).stem: text for name, text in ours.items() if name.startswith(prefix)}
    return reference.page(table("words/en.toml", ours["words/en.toml"]), blocks)


def _same(file: Path, content: str, name: str) -> bool:
    """Return whether *file* may be written: it is what would be written, or an older page of ours."""
    try:
        there = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return there == content or (name == README and there.startswith(reference.TITLE))


# ------------------------------------------------------------------------------- check


def check(config: Config) -> list[Finding]:
    """Return what is to be said of each newsletter's look, of the words, and of files that nothing uses."""
    own = config.site.templates
    found: list[Finding] = []
    if own is None:
        words = "there are none of your own: `digest look export DIR` copies ours, [site] templates names the folder"
        found.append(Finding("templates", True, words, note=True))
    elif not own.is_dir():
        found.append(Finding("templates", False, f"{own} is no folder: mend [site] templates, or make it"))
    for name, newsletter in config.newsletters.items():
        found += _tried(config, f"newsletter {name}", name, newsletter)
    found += _unused_looks(config, own)
    found += _words(config, own)
    return found + list(_astray(config, own))


def _tried(config: Config, what: str, name: str, newsletter: Newsletter) -> Iterator[Finding]:
    faults = dict.fromkeys(trial.tried(name, newsletter, config.site))
    for one in faults:
        yield Finding(what, one.good or one.note, one.words, note=one.note)


def _unused_looks(config: Config, own: Path | None) -> Iterator[Finding]:
    """Try the looks that no newsletter has yet, with the settings of the first."""
    used = {newsletter.look.template for newsletter in config.newsletters.values()}
    name, first = next(iter(config.newsletters.items()))
    for file in sorted((own / "editions").glob("*.mjml")) if own else ():
        if file.stem not in used:
            look = first.look.model_copy(update={"template": file.stem})
            yield from _tried(config, f"look {file.stem}", name, first.model_copy(update={"look": look}))


def _words(config: Config, own: Path | None) -> Iterator[Finding]:
    """Yield what is wrong with the words of each language that a newsletter has, or a file of the newsroom's."""
    english = table("words/en.toml", library().source("default:words/en.toml"))
    for where, newsletter, language in _languages(config, own):
        try:
            there = library(own, newsletter)
            said = there.words(language)
            spoken = there.own_words(language)
        except TemplateError as fault:
            yield Finding(where, False, str(fault))
            continue
        if not spoken:
            yield Finding(where, False, languages.no_file(language))
            continue
        wrong = list(languages.wrong(spoken, english, said))
        for one in wrong:
            yield Finding(where, one.note, one.what, note=one.note)
        if not wrong:
            yield Finding(where, True, f"all {len(english)} are there")


def _languages(config: Config, own: Path | None) -> Iterator[tuple[str, str, str]]:
    """Yield (what is looked at, newsletter or "", language), each once."""
    seen: set[str] = set()
    for file in sorted((own / "words").glob("*.toml")) if own else ():
        seen.add(file.stem)
        yield f"words {file.stem}", "", file.stem
    for name, newsletter in config.newsletters.items():
        language = newsletter.language.lower()
        if own and (own / "newsletters" / name / "words").is_dir():
            yield f"words {language} of {name}", name, language
        elif language not in seen and language.split("-")[0] not in seen:
            seen.add(language)
            yield f"words {language}", "", language


def _astray(config: Config, own: Path | None) -> Iterator[Finding]:
    """Yield the files of the newsroom's folder that nothing uses: mostly a name that is misspelt."""
    if own is None or not own.is_dir():
        return
    ours, texts = shipped_files(), _texts(own)
    for name, file in texts.items():
        parts = Path(name).parts
        newsletter = parts[1] if parts[0] == "newsletters" and len(parts) > 2 else ""
        inner = "/".join(parts[2:]) if newsletter else name
        if newsletter and newsletter not in config.newsletters:
            words = f"there is no newsletter {newsletter!r}"
        elif reason := _unused(inner, ours, texts.values(), file):
            words = reason
        else:
            continue
        yield Finding(f"file {name}", True, f"{words}: nothing uses it", note=True)


def _unused(name: str, ours: Mapping[str, str], texts: Collection[str], text: str) -> str:
    """Return why nothing uses the template *name*; "" where something does."""
    room, _, rest = name.partition("/")
    if room not in ROOMS or not rest:
        return f"it lies in none of {', '.join(ROOMS)} and newsletters"
    if room == "words":
        try:
            Locale.parse(Path(rest).stem, sep="-")
        except (UnknownLocaleError, ValueError):
            return f"{Path(rest).stem!r} is no language that we know"
        return "" if rest.endswith(".toml") else "words are in files that end in .toml"
    if room == "editions" or name in ours or any(name in each for each in texts if each is not text):
        return ""
    return "no template of that name ships, and none of yours names it"


def _texts(own: Path) -> dict[str, str]:
    """Return the newsroom's files, by their path; hidden ones and the page of variables are left out."""
    found: dict[str, str] = {}
    for file in sorted(own.rglob("*")):
        name = file.relative_to(own)
        if file.is_file() and str(name) != README and not any(part.startswith(".") for part in name.parts):
            found[name.as_posix()] = file.read_text(encoding="utf-8", errors="replace")
    return found


# ------------------------------------------------------------------------------- preview


def preview(config: Config, folder: Path, draw: Draw, name: str | None = None) -> list[Path]:
    """Write the sample edition as each newsletter, or *name* alone, looks into *folder*; return the pages to open.

    *draw* makes the JPEG of a scene for its pictures.
    Raises TemplateError where a template fails, UsageError for a newsletter that is not there.
    """
    there = config.newsletters
    if name is not None and name not in there:
        raise UsageError(f"there is no newsletter {name!r}", do=f"There are: {', '.join(there)}.")
    return [_shown(config, one, there[one], folder / one, draw) for one in ([name] if name else there)]


def _shown(config: Config, name: str, newsletter: Newsletter, folder: Path, draw: Draw) -> Path:
    full, other = trial.shapes(name, newsletter)[:2]
    _draw(folder / "pictures", draw)
    pages, text = {}, ""
    for shape in (full, other):
        one, edition, _ = trial.printed(shape, newsletter, config.site)
        html = slots.filled(one.html, one.nonce, "html", sample.VALUES)
        pages[shape.edition.direction] = _with_pictures(config.site.url, edition, html)
        text = text or slots.filled(one.text, one.nonce, "text", sample.VALUES)
    mine, others = full.edition.direction, other.edition.direction
    turned, wide = f"{others}.html", 700
    title = f"{newsletter.title}: {newsletter.look.template}"
    phone = {"Phone": ("light.html", schemes.PHONE), "Phone, dark": ("dark.html", schemes.PHONE)}
    way = {"rtl": "From right to left", "ltr": "From left to right"}[others]
    files = {
        "light.html": schemes.as_if(pages[mine], "light"),
        "dark.html": schemes.as_if(pages[mine], "dark"),
        turned: schemes.as_if(pages[others], "light"),
        f"{others}-dark.html": schemes.as_if(pages[others], "dark"),
        "phone.html": schemes.framed(f"{title}, on a phone", phone),
        "text.txt": text,
        "index.html": schemes.framed(
            title,
            {"Light": ("light.html", wide), "Dark": ("dark.html", wide)} | phone | {way: (turned, wide)},
        ),
    }
    for file, content in files.items():
        (folder / file).write_text(content, encoding="utf-8")
    return folder / "index.html"


def _with_pictures(site: str, edition: Composition, html: str) -> str:
    """Return *html*, whose pictures are those that `_draw` writes."""
    shown = [placed.article.picture for placed in edition.stories if placed.article.picture is not None]
    for source, scene in zip(shown, SCENES, strict=False):
        for shape, sha in (("wide", source.wide), ("square", source.square)):
            html = html.replace(f"{site}/p/{sha}.jpg", f"pictures/{scene}-{shape}.jpg")
        html = html.replace(followed(source.url, {}), f"pictures/{scene}-wide.jpg")
    return html


def _draw(folder: Path, draw: Draw) -> None:
    """Write the sample's pictures into *folder*, where they are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        wide, square = folder / f"{scene}-wide.jpg", folder / f"{scene}-square.jpg"
        if not (wide.is_file() and square.is_file()):
            made = crops(draw(scene, "sample"))
            wide.write_bytes(made.wide)
            square.write_bytes(made.square)
