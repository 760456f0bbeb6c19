"""When a page says that it was published and changed: a ladder from what is meant for machines to what is shown.

Each rung is weaker than the one before. What is of before the web, or far ahead of *now*, is no date, and the next rung
is asked.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import unquote, urlsplit

from digest.articles import dates
from digest.articles.pages import written
from digest.articles.pages.lines import Line, Mark, Outline, holds, word_list
from digest.articles.pages.linked import Linked
from digest.articles.pages.metas import Metas

# What publishing systems call it, the most common first.
_PUBLISHED = word_list(
    "article:published_time article:published og:article:published_time datepublished "
    "og:published_time bt:pubdate date dc.date dc.date.issued dcterms.date dcterms.issued "
    "dcterms.created dc.date.created dc:date dc:created pubdate publishdate publish-date "
    "publish_date publication_date published_date date_published article:post_date "
    "article_publish_date parsely-pub-date sailthru.date citation_publication_date "
    "citation_online_date og:release_date article.published cxenseparse:recs:publishtime "
    "cxenseparse:publishtime cxenseparse:recs:pubtime shareaholic:article_published_time "
    "article_date_original originalpublicationdate displaydate ptime release_date article.created "
    "datecreated uploaddate created og:pubdate video:release_date article:publicationdate "
    "last-published rnews:datepublished publicationdate doc_date issuedate"
)
_MODIFIED = word_list(
    "article:modified_time article:modified og:updated_time datemodified lastmod last-modified "
    "dcterms.modified dc.date.modified article:updated_time revised updated_time og:modified_time "
    "cxenseparse:recs:modtime"
)
_NOT_OURS = re.compile(
    r"modif|updat|expir|revis|valid|event|birth|start|end_|refresh|build|cache|server|generat|now|current",
    re.IGNORECASE,
)
_DATED = word_list("date datum publi posted time zeit fecha data meta byline info author entry tagline")
_SAID = re.compile(
    r"\b(?:(?:first |originally )?published|posted|written|published on|publication date|date|"
    r"created|uploaded|released|issued"
    r"|veröffentlicht|erschienen|publiziert|erstellt|stand|datum|publié|mis en ligne|créé|"
    r"paru|publicado|fecha|creado|publicada"
    r"|pubblicato|pubblicata|data|gepubliceerd|geplaatst|opublikowano|publicerad|publisert|"
    r"udgivet|publiceret|julkaistu|vydáno"
    r"|közzétéve|publicat|yayınlanma|yayın tarihi|giriş|опубликовано|опубліковано|дата|"
    r"δημοσίευση|δημοσιεύτηκε)\b"
    r"|פורסם|תאריך|نشر|تاريخ|منتشر|发布|發布|发表|發佈|公開|配信|投稿|掲載|입력|등록|प्रकाशित",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:(?:last )?(?:modified|updated|edited|changed|reviewed)|update|aktualisiert|"
    r"geändert|letzte änderung|zuletzt|mis à jour"
    r"|modifié|actualizado|actualizada|modificado|aggiornato|modificato|atualizado|bijgewerkt|"
    r"gewijzigd|zaktualizowano|uppdaterad"
    r"|oppdatert|opdateret|päivitetty|güncelleme|обновлено|изменено|оновлено|ενημέρωση)\b"
    r"|עודכן|עדכון|حدث|تحديث|به ?روز|更新|最終更新|수정|최종",
    re.IGNORECASE,
)
_QUOTED = re.compile(rb"""["'](\d{4}[-/]\d\d[-/]\d\d[^"'<>\\]{0,30})["'\\]""")
_FIELD = re.compile(
    rb"(?:publi[sc]|pubdate|pubtime|datecreated|created_?at|createdate|broadcasted|posted|"
    rb"releasedate|(?:show|write|print)_?date)"
    rb"[a-z_]{0,20}\W{1,8}$",
    re.IGNORECASE,
)
_ZONED = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-](?!00:?00)\d\d:?\d\d)")
_STANDARD = re.compile(r"[\d\s:+./,TZ\-]{4,40}(?:UTC|GMT|[AP]M)?", re.IGNORECASE)
_ENGLISH = re.compile(
    r"(?:[A-Za-z]{3},? )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d"
)
_DATISH = re.compile(r"\d{4}|\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d")
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/\-_.]?(0[1-9]|1[0-2])[/\-_.]?(0[1-9]|[12]\d|3[01])(?=[/\-_.]|$)")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)")
_BEGINS = re.compile(r"\W{0,3}(?:\w+[ .,]\W{0,2}){0,2}\d")
_LONGEST_SHORT = 160


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked with: its address, its language, the zone of its outlet, and the time now."""

    url: str
    language: str
    own: tzinfo
    now: datetime | None
    day_first: bool = True

    def believed(self, moment: datetime | None) -> datetime | None:
        """Return *moment* unless it is of before the web or far ahead: a server's empty field, or a slip."""
        if moment is None or moment < dates.EARLIEST:
            return None
        ahead = self.now + dates.EMBARGO if self.now else datetime(2100, 1, 1, tzinfo=UTC)
        return moment if moment <= ahead else None


def machine(text: str, asked: Asked) -> datetime | None:
    """Return a date from a field for machines, in the offset that it names."""
    text = text.strip()
    if not text:
        return None
    moment = None
    if _STANDARD.fullmatch(text):  # without letters no other language is tried, which would take long
        bare = re.sub(
            r"(?<=\d)[Tt](?=\d)",
            " ",
            re.sub(r"(?<=\d)\s?(?:Z|UTC|GMT)$", "+00:00", text, flags=re.IGNORECASE),
        )
        moment = dates.moment(bare, {"": asked.own}, ("en",), day_first=asked.day_first)
    elif _ENGLISH.match(text):
        moment = dates.moment(text, {"": asked.own}, ("en",), day_first=asked.day_first)
    return asked.believed(written.local(moment, text) if moment else _found(text[:200], asked))


def published(
    linked: Linked, metas: Metas, outline: Outline, content: bytes, asked: Asked
) -> datetime | None:
    """Return when the page was published; None where it does not say."""
    said = machine(linked.date("datePublished"), asked) or machine(linked.string("dateCreated"), asked)
    said = said or machine(linked.string("uploadDate"), asked)
    front = bool(asked.url) and urlsplit(asked.url).path in {"", "/"}
    said = said or next((found for name in _PUBLISHED if (found := machine(metas.first(name), asked))), None)
    if said or front:
        return _at_home(said, content) if said else None
    rungs: tuple[Callable[[], datetime | None], ...] = (
        lambda: _marked(
            outline.marks, asked, 1, ("datePublished", "dateCreated", "uploadDate", "pubdate", "published")
        ),
        lambda: _timed(in_path(asked.url), outline, asked),
        lambda: _marked(outline.marks, asked, 0, ("time",)),
        lambda: _shown(outline, asked, 0),
        lambda: _marked(outline.marks, asked, 1, ("time",)),
        lambda: _shown(outline, asked, 1),
        lambda: _labelled(
            [line for line in outline.lines if line.apart < 3 and len(line.text) < 300], _SAID, asked, 2
        ),
        lambda: _in_scripts(content, asked),
        lambda: next((found for found in _any(metas, asked)), None),
        lambda: _labelled(outline.lines, _CHANGED, asked, 2),
        lambda: asked.believed(
            _found(f"{metas.first('og:title')} {metas.first('description')}"[:600], asked)
        ),
    )
    return next((found for rung in rungs if (found := rung())), None)


def modified(linked: Linked, metas: Metas, outline: Outline, asked: Asked) -> datetime | None:
    """Return when the page was changed; None where it does not say."""
    found = machine(linked.date("dateModified"), asked) or machine(metas.first(*_MODIFIED), asked)
    return (
        found
        or _marked(outline.marks, asked, 0, ("dateModified",))
        or _labelled(outline.near(), _CHANGED, asked, 0)
    )


def in_path(url: str) -> datetime | None:
    """Return the day that an address names ("/2026/03/04/"), None for none."""
    found = _IN_PATH.search(unquote(urlsplit(url).path)) if url else None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def _at_home(moment: datetime, content: bytes) -> datetime:
    """Return *moment* in the outlet's own offset, where the page names the same moment in both ways."""
    if moment.utcoffset():
        return moment
    for said in _ZONED.findall(content[:1_500_000]):
        try:
            other = datetime.fromisoformat(said.decode("ascii"))
        except ValueError:
            continue
        if other == moment:
            return other
    return moment


def _timed(day: datetime | None, outline: Outline, asked: Asked) -> datetime | None:
    """Return *day*, of an address, with the time of day that the page shows for it."""
    shown = (_marked(outline.marks, asked, 0, ("time",)) or _shown(outline, asked, 0)) if day else None
    return shown if shown and day and shown.date() == day.date() else day


def _found(text: str, asked: Asked) -> datetime | None:
    """Return the date in a text; one that would be ahead of us has its day and its month the other way round."""
    if not _DATISH.search(text):
        return None
    moment = written.found(text, day_first=asked.day_first, language=asked.language, own=asked.own)
    if moment and asked.now and moment > asked.now + timedelta(days=2):
        other = written.found(text, day_first=not asked.day_first, language=asked.language, own=asked.own)
        moment = other if other and other <= asked.now + timedelta(days=2) else moment
    return moment


def _marked(marks: list[Mark], asked: Asked, most: int, names: tuple[str, ...]) -> datetime | None:
    for mark in marks:
        if mark.apart > most or not _named(mark, names):
            continue
        moment = machine(mark.value, asked) or asked.believed(_found(mark.text, asked))
        if moment:
            return moment
    return None


def _named(mark: Mark, names: tuple[str, ...]) -> bool:
    if names == ("time",):
        return mark.tag == "time" and not _CHANGED.search(f"{mark.names} {mark.text[:40]}")
    return any(name.lower() in mark.names.lower() for name in names)


def _shown(outline: Outline, asked: Asked, most: int) -> datetime | None:
    """Return the date that a line shows: said to be of publication, in a place for dates, or saying little else."""
    near = [line for line in outline.near(after=60) if line.apart <= most]
    dated = [line for line in near if holds(line.names, _DATED)]
    every = [line for line in outline.lines if line.apart <= most and _DATISH.search(line.text)]
    return (
        _labelled(near, _SAID, asked, most)
        or next(
            (found for line in dated if _BEGINS.match(line.text) and (found := _of_line(line, asked, 160))),
            None,
        )
        or next((found for line in dated if (found := _of_line(line, asked, 160))), None)
        or next((found for line in near if (found := _of_line(line, asked, 60))), None)
        or _labelled(
            [line for line in outline.lines if line.apart <= most and len(line.text) < 400],
            _SAID,
            asked,
            most,
        )
        or next(
            (found for line in every if holds(line.names, _DATED) and (found := _of_line(line, asked, 120))),
            None,
        )
        or next((found for line in every if (found := _of_line(line, asked, 40))), None)
    )


def _labelled(lines: list[Line], word: re.Pattern[str], asked: Asked, most: int) -> datetime | None:
    for at, line in enumerate(lines):
        if line.apart > most or (len(line.text) > 40 and not _DATISH.search(line.text)):
            continue
        for part in re.split(r"\s[|•·]\s", line.text[:400]):
            label = word.search(part)
            if label is None or label.start() > 60:
                continue
            rest = part[label.end() : label.end() + 60]
            if not rest.strip(" :") and at + 1 < len(lines):
                rest = lines[at + 1].text[:60]  # <dt>Date</dt><dd>12.01.2017</dd>
            moment = asked.believed(_found(rest, asked) or written.short(rest, day_first=asked.day_first))
            if moment:
                return moment
    return None


def _of_line(line: Line, asked: Asked, most: int) -> datetime | None:
    text = line.text
    if not _DATISH.search(text[:most]) or _CHANGED.search(text[:60]):
        return None
    if len(text) > most:
        head = text[:50]  # "22/11/2020 - 04:30 - Source: ..."
        text = head if re.match(r"\W{0,2}\d", head) and len(text) <= 2 * _LONGEST_SHORT else ""
    if not text:
        return None
    return asked.believed(
        _found(text, asked) or (written.short(text, day_first=asked.day_first) if len(text) < 40 else None)
    )


def _in_scripts(content: bytes, asked: Asked) -> datetime | None:
    """Return a date of publication from a script's data."""
    content = content[:1_500_000]
    for found in _QUOTED.finditer(content):
        before = content[max(0, found.start() - 50) : found.start()]
        if (named := _FIELD.search(before)) and not _NOT_OURS.search(named[0].decode("latin-1")):
            moment = machine(found[1].decode("latin-1"), asked)
            if moment:
                return moment
    return None


def _any(metas: Metas, asked: Asked) -> Iterator[datetime]:
    """Give the dates of meta elements of any name, those of a change last."""
    dated = [(name, values[0]) for name, values in metas.all.items() if _ISO.match(values[0])]
    for later in (False, True):
        for name, value in dated:
            ours = _NOT_OURS.search(name) is None
            if (
                ours is not later
                and (later is False or name in _MODIFIED)
                and (moment := machine(value, asked))
            ):
                yield moment
