"""What an article's page says about itself: JSON-LD first, then Open Graph, then what its readers see.

A pure function of bytes: it runs in a worker process (`apart`), never where strangers' bytes could stop the others.
"""

import html
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from digest.articles import charsets, urls
from digest.articles.pages import about, picture, refused, title, when, who, written
from digest.articles.pages.lines import Line, Link, Outline, outline
from digest.articles.pages.linked import Linked
from digest.articles.pages.metas import Metas
from digest.articles.text import plain
from digest.model import Item, Media

MOST_BYTES = 6_000_000
ENOUGH = (
    250  # letters of text that make a page with a headline an article, where it says neither date nor summary
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article page. *titles* are its headlines as it words them in several places, the surest first.

    *published* and *modified* are in the offset that the page names, so that their day is the publisher's. *section* is
    a path ("News / Israel at War"). *paragraphs* are the article's text. *problem* says in words why a page is no
    article's: a wall, a soft 404; then nothing else of it should be believed.
    """

    titles: tuple[str, ...] = ()
    site: str = ""
    canonical: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    image_alt: str = ""
    caption: str = ""
    credit: str = ""
    language: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    paragraphs: tuple[str, ...] = ()
    related: tuple[Link, ...] = ()
    live: bool = False
    paywalled: bool = False
    problem: str = ""

    @property
    def byline(self) -> str:
        """The authors in a line, parted by commas."""
        return ", ".join(self.authors)


def page(
    content: bytes,
    url: str = "",
    content_type: str = "",
    language: str = "",
    now: datetime | None = None,
    own: tzinfo = UTC,
) -> Page:
    """Return what the HTML page *content*, read from *url*, says about itself; what is missing is empty.

    *language* is the newsroom's word for what the outlet writes in, *own* the zone of dates that name none. Dates far
    ahead of *now* are none.
    """
    if len(content) > MOST_BYTES:
        return Page(problem=f"the page is larger than {MOST_BYTES // 1_000_000} MB")
    if refused.too_deep(content):
        return Page(problem=f"the page's elements stand more than {refused.DEEPEST:,} deep in one another")
    return _read(
        LexborHTMLParser(charsets.of_page(content, content_type)), content, url, (language, now, own)
    )


def _read(
    tree: LexborHTMLParser, content: bytes, url: str, given: tuple[str, datetime | None, tzinfo]
) -> Page:
    """Return what the parsed page says, each part by its own rules."""
    metas, linked = Metas(tree), Linked(tree, url)
    shown = outline(tree, title.named(tree, linked, metas))
    site = plain(metas.first("og:site_name"))
    titles = title.titles(tree, linked, metas, shown)
    headline = titles[0] if titles else ""
    spoken = _language(tree, metas)
    asked = _asked(shown, url, spoken, *given)
    lead = picture.picture(linked, metas, shown, url, headline)
    published = when.published(linked, metas, shown, content, asked)
    described = plain(
        linked.string("description") or metas.first("og:description", "description", "twitter:description")
    )
    described = described or _dek(shown.lines, shown.heading)
    text = about.paragraphs(shown, headline, described, lead.caption)
    found = refused.Found(titles, published is not None, sum(map(len, text)))
    return Page(
        titles=titles,
        site=site,
        canonical=_canonical(tree, metas, url),
        description=described,
        authors=who.authors(linked, metas, shown, site),
        section=about.section(linked, metas, shown, headline),
        tags=about.tags(linked, metas, shown),
        image=lead.url,
        image_alt=lead.alt,
        caption=lead.caption,
        credit=lead.credit,
        language=spoken,
        published=published,
        modified=when.modified(linked, metas, shown, asked),
        paragraphs=text,
        related=about.related(shown, url),
        live=about.live(linked, titles),
        paywalled=about.paywalled(linked, metas, shown),
        problem=refused.problem(content, url, linked, metas, shown, found),
    )


def _language(tree: LexborHTMLParser, metas: Metas) -> str:
    root = tree.css_first("html")
    return ((root.attributes.get("lang") or "") if root else "") or metas.first(
        "og:locale", "content-language"
    )


def _asked(
    shown: Outline, url: str, spoken: str, language: str, now: datetime | None, own: tzinfo
) -> when.Asked:
    """Return how the page's dates are read: whether the day comes first is settled by all that it shows."""
    tongue = spoken or language
    host = urlsplit(url).hostname or ""
    return when.Asked(
        url, tongue, own, now, written.day_first((line.text for line in shown.lines), host, tongue)
    )


def refusal(said: Page, url: str) -> str:
    """Return in words why the page at *url* is no article's, "" where it is one's."""
    if said.problem:
        return said.problem
    front = urlsplit(url).path in {"", "/"} and bool(url)
    written = sum(len(text) for text in said.paragraphs)
    if said.titles and (said.published or (not front and (said.description or written >= ENOUGH))):
        return ""
    return "the page has no headline with a date, a summary or a text"


def item(said: Page, url: str) -> Item:
    """Return what the page at *url* says as an item of a source; another site's word for its address counts less."""
    own = not url or urlsplit(said.canonical).hostname == urlsplit(url).hostname
    media = Media(url=said.image, alt=said.image_alt, caption=said.caption, credit=said.credit)
    return Item(
        url=said.canonical if own else url,
        title=said.titles[0] if said.titles else "",
        summary=said.description,
        content="".join(f"<p>{html.escape(text, quote=False)}</p>" for text in said.paragraphs),
        byline=said.byline,
        published=said.published.astimezone(UTC) if said.published else None,
        modified=said.modified.astimezone(UTC) if said.modified else None,
        categories=(said.section,) if said.section else (),
        tags=said.tags,
        media=(media,) if said.image else (),
        language=said.language,
    )


def _canonical(tree: LexborHTMLParser, metas: Metas, url: str) -> str:
    link = tree.css_first('link[rel="canonical"]')
    said = (link.attributes.get("href") or "") if link else ""
    return urls.canonical(said or metas.first("og:url"), url)


def _dek(lines: list[Line], heading: int) -> str:
    """Return the sentence that stands right under the headline."""
    for line in lines[heading + 1 : heading + 3] if heading >= 0 else []:
        if (
            40 <= len(line.text) <= 400
            and line.text.endswith((".", "!", "?", "…", "。", "؟"))
            and not line.apart
        ):
            return line.text
    return ""
