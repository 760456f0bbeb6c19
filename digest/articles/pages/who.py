"""Who wrote a page's article, as single names: its data first, then what it shows, its publisher's name last."""

import re
from collections.abc import Iterable, Iterator

from digest.articles.pages.lines import Line, Mark, Outline, holds, word_list
from digest.articles.pages.linked import Linked
from digest.articles.pages.metas import Metas
from digest.articles.text import cut, plain

_AUTHOR = word_list(
    "author article:author_name article:author byl parsely-author sailthru.author dc.creator "
    "dc:creator dcterms.creator cxenseparse:author shareaholic:article_author_name "
    "citation_author article.author creator rnews:author og:article:author og:author authors "
    "author_name twitter:data1"
)
_BY = (
    r"(?:(?:view |see |show )?(?:all )?(?:posts|articles|stories) (?:by|from)"
    r"|zeige alle beiträge von|alle beiträge von|(?:written|posted|published|words|story|text|"
    r"report|reported|reporting|analysis|interview|article) by"
    r"|(?:ein[e]? )?(?:kommentar|kolumne|analyse|interview|gastbeitrag|essay|bericht|porträt|"
    r"reportage|glosse) von|geschrieben von|erstellt von"
    r"|by|von|vom|par|por|di|da|av|af|door|od|автор(?:ы)?|текст|autor(?:in|a|es|zy)?|"
    r"auteur(?:e|s)?|autore|authors?|redaktion|redacción|texto|testo|tekst"
    r"|text|interview|źródło|yazar|penulis|oleh|bởi|מאת|بقلم|كتب(?:ت)?|نویسنده|责编|責編|责任编辑|编辑|作者|記者|记者|文)"
)
_LEAD = re.compile(rf"^[\s(（【\[|·•–—-]*{_BY}(?:\s*[:：]\s*|[\s|]+)(?=\S)", re.IGNORECASE)
_CJK_LEAD = re.compile(r"^[\s(（【\[]*(?:责编|責編|责任编辑|编辑|作者|記者|记者|文|撰文)\s*[:：/／]\s*")
_ENDS = re.compile(
    r"\s*(?:[|•·(（\n【\]）)]|\s[–—-]\s|,?\s(?:on|am|le|il|den|at|um|updated|published|"
    r"veröffentlicht|edited by|for|para)\s|@|https?:|\d{1,4}[./:年]"
    r"|\s\d|,\s(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d).*$",
    re.IGNORECASE | re.DOTALL,
)
_MONTH_END = re.compile(
    r"\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)$"
)
_PARTED = re.compile(
    r"\s*(?:;|\||、|，|\s/\s|\n|•|·)\s*|\s*,\s*(?!(?:Jr|Sr|II|III|MD|PhD)\b)|,?\s+(?:and|und|et|"
    r"y|e|en|och|og|ja|és|și|ve|and|и|і|و|&|with|mit|avec|con)\s+(?=[^\W\da-z_])"
)
_JOINT = re.compile(r"^(?:and|und|et|y|&|by|von|par|por|with)\s+", re.IGNORECASE)
_NOBODY = re.compile(
    r"^(?:\w*admin\w*|by|von|par|por|administrator|root|editor|user\d*|staff|guest|"
    r"redakt(?:ion|eur|or)|redacci[oó]n|la rédaction|redaksi(?:on(?:en)?)?|desk"
    r"|webmaster|news|nachrichten|unknown|none|null|n/?a|undefined|author|autor|anonymous|"
    r"posts?|home|facebook|twitter|share|follow(?: .*)?|contact"
    r"|read more|more|subscribe|email|print|comments?|updated|published)$",
    re.IGNORECASE,
)
_FOTO = re.compile(
    r"^(?:bild|foto|photo|image|picture|illustration|credit|quelle|source|©|copyright)\b", re.IGNORECASE
)
_TRAILING = re.compile(r"\s+(?:Follow(?:ing)?|Twitter|Facebook|Email|Contributor)$")
_PREFIX = re.compile(
    r"^(?:Interview|Text|Foto|Photo|Protokoll|Story|Report|Reporter|Written|Von|By)\s*:\s*", re.IGNORECASE
)
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|a)?|auteurs?|autori|staff(?:-contributors)?|writers?|people|"
    r"profil(?:e)?|journalists?|reporters?|contributors?|redakteure?|kolumnisten|by|penulis|"
    r"yazar(?:lar)?)/[^/]",
    re.IGNORECASE,
)
_BYLINE = word_list(
    "byline by-line auth autor writer article-origins reporter journalist signature penulis yazar creator"
)
_BOX = word_list("bio description about follow desc count role job title- position image date")
_CARD = ("vcard", " fn ", "p-author")
_DATE_BESIDE = re.compile(r"(?:19|20)\d\d")
_NO_NAME = re.compile(r"\d|\b(?:uhr|min|read|news)\b", re.IGNORECASE)
_PARTICLES = frozenset(
    [
        "de",
        "van",
        "von",
        "der",
        "den",
        "di",
        "da",
        "del",
        "della",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "zu",
        "y",
        "ter",
    ]
)


def authors(linked: Linked, metas: Metas, outline: Outline, site: str) -> tuple[str, ...]:
    """Return the names of those who wrote the article, each once, as the page says them."""
    people = linked.people()
    own = {_key(site), *(_key(name) for name, kind in people if kind.endswith("Organization"))}
    own |= {
        _key(str(thing.get("name", "")))
        for thing in linked.things
        if str(thing.get("@type", "")).endswith("Organization")
    }
    own |= {
        _key(name)
        for name in metas.every("og:site_name", "application-name", "publisher", "article:publisher")
    }
    said = split(name for name, _ in people)
    listed = split(
        value for name in _AUTHOR if _name_like(metas.first(name)) for value in metas.every(name)[:10]
    )
    first = [name for name in said if _key(name) not in own]
    meta = [name for name in listed if _key(name) not in own]
    shown = list(_shown(outline))
    found = first or _fuller(meta, shown) or shown
    if len(first) == 1 and " " not in first[0]:
        found = _fuller(first, [*meta, *shown])
    if found and len(shown) > len(found) and {_key(name) for name in found} <= {_key(name) for name in shown}:
        found = shown
    return tuple(_bare(found, site) or dict.fromkeys(said or listed))[:12]


def split(values: Iterable[str]) -> list[str]:
    """Return the single names in *values*, without what is no name: an address, a number, "admin"."""
    names: dict[str, None] = {}
    for value in values:
        text = _CJK_LEAD.sub("", _LEAD.sub("", plain(value[:1_000]), count=1))
        for part in _PARTED.split(text):
            name = _PREFIX.sub("", _JOINT.sub("", _LEAD.sub("", part or ""))).strip(" ,;:.|-–—\"'()[]*")
            name = _TRAILING.sub("", re.sub(r"\s*\([^)]{0,80}\)?$", "", name))
            if _name_like(name) and len(name) <= 80:
                names[cut(name, 80)] = None
    return list(names)


def _name_like(text: str) -> bool:
    text = text.strip()
    if (
        not text
        or "://" in text
        or text.startswith(("www.", "@", "/", "#"))
        or not any(mark.isalpha() for mark in text)
    ):
        return False
    return not _NOBODY.match(text) and not _FOTO.match(text) and not ("@" in text and " " not in text)


def _key(name: str) -> str:
    return "".join(mark for mark in name.casefold() if mark.isalnum())


def _fuller(names: list[str], others: list[str]) -> list[str]:
    """Return *names*, a first name alone made whole by one of *others*."""
    return [
        next((one for one in others if one.startswith(f"{name} ")), name) if " " not in name else name
        for name in names
    ]


def _bare(names: list[str], site: str) -> list[str]:
    """Return *names* without the outlet's own before one: "Outlet - A. Writer"."""
    if not site:
        return names
    return [
        re.sub(
            rf"^{re.escape(site)}\s*[-–—|:]\s*|\s*[-–—|]\s*{re.escape(site)}$", "", name, flags=re.IGNORECASE
        )
        for name in names
    ]


def _shown(outline: Outline) -> Iterator[str]:
    """Give the names that the page shows as its authors': the surest kind that there is."""
    marks = [mark for mark in outline.marks if mark.apart < 3]
    near = [line for line in outline.near(before=8, after=25) if line.apart < 3]
    rungs = (
        split(_of_mark(mark) for mark in marks if "author" in mark.names.split() and "rel" not in mark.names),
        _linked(near),
        _labelled(near),
        _classed(near),
        _beside_a_date(outline.near(before=3, after=6)),
        _card(near),
        _linked([line for line in outline.lines if line.apart < 1]),
        [
            name
            for name in _labelled([line for line in outline.lines if line.apart < 1 and len(line.text) < 70])
            if _two_words(name)
        ],
        _classed([line for line in outline.lines if line.apart < 1])[:1],
        _card([line for line in outline.lines if line.apart < 1])[:1],
        _signed(outline),
    )
    yield from next((names for names in rungs if names), [])


def _of_mark(mark: Mark) -> str:
    if mark.tag == "meta":
        return ""
    value = mark.value if mark.value and not mark.href else ""
    text = value or mark.text
    return _ENDS.sub("", text) if len(text) < 120 else ""


def _linked(lines: list[Line]) -> list[str]:
    """Return the names that lead to the pages of authors."""
    return split(
        text
        for line in lines
        if len(line.text) < 200
        for link in line.links
        if ("author" in link.rel.split() or _PROFILE.search(link.url))
        and _two_words(text := _ENDS.sub("", link.text))
    )


def _labelled(lines: list[Line]) -> list[str]:
    """Return the names in the first line that begins with "by" in any language."""
    for line in lines:
        text = line.text[:220]
        lead = _LEAD.match(text) or _CJK_LEAD.match(text)
        if lead is None:
            continue
        rest = _MONTH_END.sub("", _ENDS.sub("", text[lead.end() :]))
        names = [name for name in split([rest]) if _capital(name)]
        if names and len(rest) < 120:
            return names
    return []


def _beside_a_date(lines: list[Line]) -> list[str]:
    """Return the names that stand in one line with the date: "04.02.2022 | 13:10 | A. Name"."""
    for line in lines:
        if line.apart > 2 or len(line.text) > 160 or not _DATE_BESIDE.search(line.text):
            continue
        parts = re.split(r"\s*[|·•]\s*|\s+[–—-]\s*", line.text)
        names = _labelled([Line(part, "", "", 0) for part in parts]) or split(
            part for part in parts if _two_words(part)
        )
        names = [name for name in names if _strict(name) and not _NO_NAME.search(name)]
        if names:
            return names[:3]
    return []


def _card(lines: list[Line]) -> list[str]:
    """Return the name in an element marked as an author's card (microformats.org, hCard), in whatever letters."""
    for line in lines:
        if holds(f"{line.names[-80:]} ", _CARD):
            names = [
                name
                for name in split([link.text for link in line.links] or [line.text])
                if not _NO_NAME.search(name)
            ]
            if names and len(names[0]) <= 40:
                return names[:1]
    return []


def _signed(outline: Outline) -> list[str]:
    """Return the name that stands alone under the article."""
    body = [
        line for line in outline.lines[max(outline.heading, 0) + 1 :] if line.tag == "p" and line.apart < 1
    ]
    last = [at for at, line in enumerate(body) if len(line.text) > 120]
    for line in body[last[-1] + 1 : last[-1] + 3] if last else []:
        if (
            1 < len(line.text.split()) <= 4
            and len(line.text) <= 40
            and not re.search(r"[^\w\s.'’-]|\d", line.text)
            and _two_words(line.text)
        ):
            return split([line.text])
    return []


def _classed(lines: list[Line]) -> list[str]:
    """Return the names in lines whose class speaks of an author, and that look like names."""
    found: list[str] = []
    for line in lines:
        if holds(line.names[-120:], _BYLINE) and not holds(line.names[-60:], _BOX) and len(line.text) < 160:
            runs = [run for run in line.runs if _two_words(run)]
            if len(runs) > 1 and len(runs) == len(line.runs):
                return split(runs)
            found += [
                name for name in split([_MONTH_END.sub("", _ENDS.sub("", line.text))]) if _two_words(name)
            ]
    return list(dict.fromkeys(found))[:6]


def _two_words(name: str) -> bool:
    words = name.split()
    return (1 < len(words) <= 6 or (bool(words) and not name.isascii() and len(name) <= 12)) and _capital(
        name
    )


def _strict(name: str) -> bool:
    words = name.split()
    return 1 < len(words) <= 4 and all(word[0].isupper() or word in _PARTICLES for word in words)


def _capital(name: str) -> bool:
    """Return whether *name* looks like one: a few words, the first and the last of them in capitals."""
    words = name.split()
    return (
        0 < len(words) <= 6
        and not words[0][0].islower()
        and not words[-1][0].islower()
        and not name.endswith((".", "!", "?"))
    )
